"""Results ask once, in all their formats; they say what was left out or replaced; and readers of
streams raise the package's own errors."""

import gzip
import html
import pickle
import typing

import pytest

import dolerite as dl
from dolerite import _arrow, _html, engine, results


@pytest.fixture
def asked(monkeypatch):
    """The questions that sources are asked, but for those for their types."""
    questions = []
    ask = dl.Source.ask

    def note(source, question, *arguments):
        if '"catalog"' not in question:
            questions.append(question)
        return ask(source, question, *arguments)

    monkeypatch.setattr(dl.Source, "ask", note)
    return questions


def damaged(block, *places):
    data = bytearray(open(block, "rb").read())
    for place in places or range(64, len(data) - 4000):  # all but the footer
        data[place] ^= 0xFF
    return bytes(data)


def field(number, value):
    """A field of a protobuf message: an integer or bytes."""
    def varint(n):
        return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)

    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def profile_of(name):
    """A pprof file: a sample of a function with this name."""
    texts = [b"", b"cpu", b"nanoseconds", name]
    kind = field(1, 1) + field(2, 2)
    line = field(1, 1)
    return b"".join([
        field(1, kind), field(2, field(1, field(1, 1)[1:]) + field(2, b"\x07")),
        field(4, field(1, 1) + field(4, line)), field(5, field(1, 1) + field(2, 3)),
        *(field(6, text) for text in texts), field(9, 10**18), field(11, kind), field(12, 1)])


def test_a_picture_asks_once(a, asked, tmp_path):
    flame = a.type("cpu").flame()
    assert not asked
    flame.save(tmp_path / "x.html")
    flame.save(tmp_path / "x.folded")
    assert flame.html == (tmp_path / "x.html").read_text()
    assert flame.folded() == (tmp_path / "x.folded").read_text()
    assert flame.json()["type"] == "cpu" and flame.cost["rows"] and flame._repr_html_()
    assert len(asked) == 1
    assert flame.folded() == flame.question.answer("folded").bytes.decode()


def test_a_chart_asks_once(a, asked, tmp_path):
    pytest.importorskip("polars")
    series = a.type("cpu").series(by="pod")
    plot = series.plot("a title")
    assert len(series.to_polars()) and "a title" in plot.svg and plot._repr_html_()
    assert series.json()["lines"] and series._repr_html_()
    plot.save(tmp_path / "x.json")
    assert len(asked) == 1


def test_a_table_asks_once(a, asked):
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    for table in (a.type("cpu").top(5), a.type("cpu").profiles(3),
                  dl.diff(a.where(pod="d"), a.where(pod="g")).top(4)):
        asked.clear()
        assert isinstance(table.to_pandas(), pandas.DataFrame)
        assert isinstance(table.to_polars(), polars.DataFrame)
        assert table.cost["rows"] or table.cost["profiles"]
        assert len(table) == len(table.arrow()) and len(asked) == 1
        again = pickle.loads(pickle.dumps(table))
        assert again.rows == table.rows and len(asked) == 1


def test_what_engines_found_is_all_that_is_needed(pods, asked):
    pytest.importorskip("polars")
    cpu = dl.open(pods).type("cpu")
    for local, look in (
            (cpu.flame(), lambda x: (x.html, x.folded(), x.json(), x._repr_html_())),
            (cpu.series(by="pod"), lambda x: (x.plot().svg, x.json(), x._repr_html_(),
                                              x.to_polars().to_dicts())),
            (cpu.top(5), lambda x: (x.rows, x.head, x.to_polars().to_dicts(), x.is_empty, x.cut)),
            (cpu.profiles(2), lambda x: (x.rows, x.to_polars().to_dicts(), x.cut))):
        partial = engine.execute_all(engine.plan(local.question, 1))
        asked.clear()
        result = engine.answered(local, partial)
        assert type(result) is type(local)
        seen = look(result)
        assert not asked
        assert seen == look(local)
        assert result.cost["rows"] == local.cost["rows"] and result.left_out == []


def test_types_of_what_engines_give():
    from dolerite import dask

    if not hasattr(typing, "get_overloads"):
        pytest.skip("SKIPPED: this Python has no typing.get_overloads")
    for ask in (engine.ask, dask.ask):
        of = [typing.get_type_hints(each) for each in typing.get_overloads(ask)]
        assert [each["return"] for each in of] == [results.Raw, engine.Result]
        assert [each["asked"] for each in of] == [dl.Question, engine.Result]


def test_tables_say_what_was_left_out_as_damaged(block):
    pytest.importorskip("pyarrow")
    place = dl.open(damaged(block), skip_damaged=True)
    samples = place.samples()
    for early in (lambda: samples.cost, lambda: samples.left_out, lambda: samples.functions):
        with pytest.raises(dl.DoleriteError) as error:
            early()
        assert error.value.code == "FAILED_PRECONDITION"
    assert "not read yet" in samples._repr_html_()
    assert len(samples.arrow()) == 0 and samples.is_empty
    assert samples.left_out == samples.cost["left_out"] == samples.functions.left_out
    assert samples.left_out[0]["error"] and samples.left_out[0]["place"]
    top, flame = place.top(), place.flame()
    diff = dl.diff(place.where(pod="d"), place.where(pod="g")).top()
    assert top.left_out and diff.left_out and flame.left_out
    assert len(top.arrow()) == 0
    for shown in (samples, samples.functions, top, flame, diff, place.ask(top.question.resolved())):
        assert "damaged part" in shown._repr_html_(), shown


def test_samples_say_what_they_took(a):
    pytest.importorskip("pyarrow")
    samples = a.type("cpu").samples()
    assert len(samples.arrow()) <= samples.cost["rows"]
    assert samples.left_out == [] and samples.replaced_texts == 0 and not samples.is_empty
    assert "samples, read;" in samples._repr_html_()
    assert samples.functions.cost == samples.cost and "Functions" in samples.functions._repr_html_()


def test_tables_say_which_texts_they_replaced():
    pytest.importorskip("pyarrow")
    place = dl.open(profile_of(b"f\xff"))
    samples, top = place.samples(), place.top()
    assert samples.arrow().num_rows == 1 and samples.replaced_texts == 1
    assert samples.functions.arrow()["name"].to_pylist() == top.arrow()["name"].to_pylist() == (
        ["f\ufffd"])
    assert top.replaced_texts == samples.replaced_texts == samples.functions.replaced_texts == 1
    for shown in (samples, samples.functions, top, place.flame()):
        assert "1 text not UTF-8" in shown._repr_html_(), shown


def test_what_turns_text_around_is_shown_as_what_it_is():
    for evil in "\x1b", "\0", "\u202e", "\u2066", "\u200f", "\x9b", "\ud800", "\U000e0041":
        for shown in (_html.table(evil, [evil], [[f"a{evil}b"]]), _html.note(evil),
                      _html.lines("", evil)):
            assert evil not in shown and f"\\u{ord(evil):04x}" in shown
    assert "a\tb\nc" in _html.lines("", "a\tb\nc")
    top = dl.open(profile_of("a\u202eb\x1b[31m".encode())).top()
    assert "a\\u202eb\\u001b[31m" in top._repr_html_() and top[0]["name"] == "a\u202eb\x1b[31m"


def test_what_is_empty_says_so(a):
    none = a.where(pod="none")
    for shown in (none.top(), dl.diff(none, none.where(version="none")).top(), none.profiles(),
                  none.labels(), none.types(), results.Types(), results.Catalog()):
        assert "nothing is selected" in shown._repr_html_(), shown
        assert isinstance(shown.cost, dict)
    assert "nothing is selected" not in a.top()._repr_html_()


def test_all_results_show_themselves(a):
    labels = a.labels()._repr_html_()
    assert "<td" in labels and "v1.5.0" in labels and "pod" in labels
    shown = a.ask(str(a.type("cpu").top(3).question))._repr_html_()
    assert "<pre>" in shown and "runtime" in html.unescape(shown)
    assert a.ask(str(a.type("cpu").flame().question))._repr_html_().startswith("<iframe")
    assert a.ask(str(a.type("cpu").series().plot().question))._repr_html_().startswith("<img")
    binary = a.ask('{"question":"profile","selection":{"profile_type":"cpu"}}')
    assert gzip.decompress(binary.bytes) and "<pre></pre>" in binary._repr_html_()


def test_a_pprof_file_is_had_another_way(a, tmp_path):
    with pytest.raises(dl.DoleriteError, match=r"\.folded.*selection\.profile\(\)"):
        a.flame().save(tmp_path / "x.pb.gz")


@pytest.fixture
def broken_late(block):
    """Samples whose stream breaks after it was opened."""
    size = len(open(block, "rb").read())
    for place in range(64, size - 4000, 499):
        samples = dl.open(damaged(block, place)).type("cpu").samples()
        try:
            samples.__arrow_c_stream__()
            samples.arrow()
        except Exception:
            if samples._last is not None:
                return samples
    raise AssertionError("no byte is of samples alone")


def test_errors_within_a_stream_are_our_own(broken_late, tmp_path):
    for module in ("duckdb", "polars", "pyarrow", "pandas"):
        pytest.importorskip(module)
    path = str(tmp_path / "x.parquet")
    reads = [broken_late.arrow, broken_late.to_polars, broken_late.to_pandas,
             lambda: broken_late.to_parquet(path)]
    reads += [lambda write=write: broken_late._read(lambda table: write(table, path)) for write in (
        _arrow._duckdb_parquet, _arrow._pyarrow_parquet, _arrow._polars_parquet)]
    for read in reads:
        with pytest.raises(dl.DoleriteError) as error:
            read()
        assert error.value.code == "DATA_LOSS" and error.value.__cause__ is not None


def test_a_stream_that_breaks_leaves_no_file_that_looks_whole(broken_late, tmp_path):
    for module in ("duckdb", "polars", "pyarrow"):
        pytest.importorskip(module)
    for write in (_arrow._duckdb_parquet, _arrow._pyarrow_parquet, _arrow._polars_parquet):
        path = tmp_path / f"{write.__name__}.parquet"
        with pytest.raises(dl.DoleriteError):
            broken_late._read(lambda table: write(table, str(path)))
        assert not path.exists(), write


def test_errors_of_readers_are_theirs(a, tmp_path):
    pytest.importorskip("pyarrow")
    for table in (a.type("cpu").samples(), a.type("cpu").top()):
        with pytest.raises(Exception) as error:
            table.to_parquet(str(tmp_path / "no" / "x.parquet"))
        assert not isinstance(error.value, dl.DoleriteError)


def test_errors_of_questions_come_before_readers(a):
    pytest.importorskip("polars")
    for table in (a.where("pod=").top(), a.where("pod=").samples()):
        with pytest.raises(dl.DoleriteError) as error:
            table.to_polars()
        assert error.value.code == "INVALID_ARGUMENT"
