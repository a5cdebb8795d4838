"""Answers equal those of the tool, and of each other."""

import pickle

import pytest
from conftest import PROFILES, lines

import dolerite as dl


def test_catalog(a, tool, block):
    assert a.labels() == {x["label"]: x["values"] for x in lines(tool("labels", "--json", block))}
    assert a.types() == lines(tool("labels", "--types", "--json", block))
    assert a.labels().cost["blocks"] == a.types().cost["blocks"] == 1


def test_top(a, tool, block):
    top = a.where(version="v1.6.0").type("cpu").top(7)
    expected = lines(tool("top", "--profile-type", "cpu", "--where", '{version="v1.6.0"}', "-n", 7,
                          "--json", block))
    assert [top.head, *top] == expected
    assert top.cut == top.head["rows_left_out"] > 0 and top.replaced_texts == 0
    assert len(top) == 7 and top[0] == expected[1]
    assert top.cost["rows"] > 0 and not top.is_empty
    whole = a.type("cpu").top(0)
    assert sum(r["flat"] for r in whole) + whole.head["flat_without_frames"] == whole.head["total"]


def test_flame(a, tool, block):
    flame = a.type("cpu").flame()
    assert sorted(flame.folded().splitlines()) == sorted(
        tool("flame", "--profile-type", "cpu", "--max-nodes", 8192, "--format", "folded",
             block).decode().splitlines())
    assert flame.json()["type"] == "cpu"
    assert a.type("cpu").callers("main.priceCart").json()["names"]


def test_diff(a, tool, block):
    diff = dl.diff(a.where(version="v1.5.0").type("cpu"), a.where(version="v1.6.0").type("cpu"))
    assert list(diff.top(0)) == lines(
        tool("diff", "--base", '{version="v1.5.0"}', "--against", '{version="v1.6.0"}',
             "--profile-type", "cpu", "--json", block))
    assert "<html" in diff.flame().html


def test_diff_of_different_sources_is_that_of_one(a, pods):
    apart = dl.diff(dl.open(f"{pods}/d.block").type("cpu"), dl.open(f"{pods}/g.block").type("cpu"))
    together = dl.diff(a.where(pod="d").type("cpu"), a.where(pod="g").type("cpu"))
    assert apart.top(0).rows == together.top(0).rows


def test_series(a, tool, block):
    series = a.type("cpu").series("main.priceCart", step="1m", by="pod")
    [expected] = lines(tool("series", "--profile-type", "cpu", "--function", "main.priceCart",
                            "--group-by", "pod", "--json", block))
    assert series.json() == expected
    assert series.plot().svg.startswith("<svg")


def test_steps_begin_at_the_origin(a):
    cpu, origin, hour = a.type("cpu"), "2026-05-04T10:07:30Z", 3_600 * 10**9
    for chart in (cpu.series(step="1h", origin=origin), cpu.heatmap(step="1h", origin=origin)):
        assert f'"origin":"{origin}"' in chart.question.resolved()
    for given, phase in ((origin, 450 * 10**9), (0, 0)):
        [line] = cpu.series(step="1h", origin=given).json()["lines"]
        assert line["time_nanos"] and all(t % hour == phase for t in line["time_nanos"])


def test_heatmap_and_profiles(a, tool, block):
    [expected] = lines(tool("heatmap", "--profile-type", "cpu", "--json", block))
    assert a.type("cpu").heatmap().json() == expected
    profiles = a.type("cpu").profiles()
    listed = lines(tool("profiles", "--profile-type", "cpu", "--json", block))
    assert [p["id"] for p in profiles] == [p["id"] for p in listed]


def test_profile_reads_as_a_source(a):
    cpu = a.type("cpu")
    again = dl.open(cpu.profile())
    assert again.top(0).head["total"] == cpu.top(0).head["total"]
    assert again.top(5).rows == cpu.top(5).rows


def test_places_of_all_kinds_answer_alike(a, block, pods):
    expected = a.type("cpu").top(0).rows
    data = open(block, "rb").read()
    for places in (pods, [f"{pods}/{pod}.block" for pod in "degh"], data, memoryview(data),
                   [block, data, block]):
        assert dl.open(places).type("cpu").top(0).rows == expected
    files = sorted(PROFILES.glob("*/*/*.cpu.pb.gz"))
    assert dl.open(files).top(0).rows == expected
    assert dl.open([f.read_bytes() for f in files]).top(0).rows == expected
    assert dl.open(PROFILES).labels() == {"service_name": ["d", "e", "g", "h"]}


def test_cpu_is_the_type_where_there_are_several(a):
    assert a.top(3).rows == a.type("cpu").top(3).rows
    assert dl.diff(a.where(version="v1.5.0"), a.where(version="v1.6.0")).top(1)[0]["name"] == (
        "main.checksum")
    with pytest.raises(dl.DoleriteError) as error:
        a.ask('{"question":"tree"}')
    assert error.value.code == "INVALID_ARGUMENT"


def test_the_type_is_one_that_is_selected(a):
    heap, total = a.where(kind="heap"), a.type("heap").top(1).head["total"]
    assert heap.top().head["total"] == total > 0
    assert sum(1 for _ in heap.samples().arrow().to_pylist()) == sum(
        1 for _ in a.type("heap").samples().arrow().to_pylist()) > 0
    fresh = dl.open(a.source.places)
    assert "cpu" not in repr(fresh) + repr(fresh.top())  # nothing is read to show it
    assert fresh.top().rows
    for shown in (fresh, fresh.top(), fresh.tree(), fresh.flame(), fresh.samples()):
        assert "cpu" in repr(shown)
    assert str(fresh) == "{}"
    heap = dl.open(a.source.places).where(kind="heap")
    assert heap.top().rows and "cpu" not in repr(heap) + repr(heap.top())


def test_sides_of_a_diff_are_of_one_type(a, block):
    new, heap = a.where(version="v1.6.0"), a.type("heap")
    cpu, one = a.type("cpu"), a.where(kind="heap")
    for sides, same in (((a, new), (cpu, new.type("cpu"))), ((new, a), (new.type("cpu"), cpu)),
                        ((a, a), (cpu, cpu)), ((heap, new), (heap, new.type("heap"))),
                        ((new, heap), (new.type("heap"), heap)), ((one, a), (heap, heap)),
                        ((a.where(pod="none"), a), (cpu.where(pod="none"), cpu))):
        assert dl.diff(*sides).top(0).rows == dl.diff(*same).top(0).rows != []
    assert all(row["cum_change"] == 0 for row in dl.diff(a, a).top(0))
    assert '"base":{}' in str(dl.diff(a, a).question)
    dl.assert_no_slower(block, block).check()
    text = '{"question":"diff","base":{},"against":{"matchers":"{version=\\"v1.6.0\\"}"}}'
    assert dl.Question(a.source, text).answer("table").bytes == dl.diff(
        a, new).question.answer("table").bytes


def test_a_test_that_compares_nothing_fails(a, pods):
    old, typo, other = a.where(version="v1.5.0"), a.where(version="nope"), dl.open(pods)
    for before, after in ((old, typo), (typo, old), (typo, typo), (old, old.focus("no function")),
                          (old, other.where(version="nope"))):
        with pytest.raises(dl.DoleriteError) as error:
            dl.assert_no_slower(before, after, type="cpu").check()
        assert error.value.code == "NOT_FOUND"


def test_a_block_of_code_may_write_the_profiles(block, tmp_path, a):
    place = tmp_path / "profiles"
    place.mkdir()
    (place / "0.pb.gz").write_bytes(a.where(version="v1.5.0").type("cpu").profile())
    old = a.where(version="v1.5.0").type("cpu")
    for after in (place, dl.open(place)):
        dl.assert_no_slower(old, after).check()
        with pytest.raises(dl.SlowerError):
            with dl.assert_no_slower(old, after, by=0.01):
                new = a.where(version="v1.6.0").type("cpu").profile()
                (place / "0.pb.gz").write_bytes(new)
        (place / "0.pb.gz").write_bytes(old.profile())


def test_shares_may_be_percents_and_errors_travel(a):
    old, new = a.where(version="v1.5.0"), a.where(version="v1.6.0")
    with pytest.raises(dl.SlowerError) as error:
        dl.assert_no_slower(old, new, by="1.25 %").check()
    assert "grew by more than 1.25 % of the total" in str(error.value)
    again = pickle.loads(pickle.dumps(error.value))
    assert type(again) is dl.SlowerError and str(again) == str(error.value)
    assert again.rows == error.value.rows
    dl.assert_no_slower(old, new, by="99.5%").check()


def test_no_slower(a):
    old, new = a.where(version="v1.5.0"), a.where(version="v1.6.0")
    with dl.assert_no_slower(old, old, by=0.0):
        pass
    with pytest.raises(dl.SlowerError) as error:
        with dl.assert_no_slower(old, new, by=0.01, ignore="runtime"):
            pass
    names = [row["name"] for row in error.value.rows]
    assert names[0] == "main.checksum" and "main.priceCart" in names
    assert not any("runtime" in name for name in names)
    assert "main.checksum" in str(error.value) and isinstance(error.value, AssertionError)
    with pytest.raises(ZeroDivisionError):  # an error of the block comes first
        with dl.assert_no_slower(old, new):
            1 // 0
    dl.assert_no_slower(old, new, by=0.5).check()
