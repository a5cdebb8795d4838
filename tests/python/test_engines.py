"""Questions in pieces, on processes and on Dask, answer as in one piece: for all questions, any
splits, any order of merges, and when a process dies."""

import json
import os
import pathlib
import pickle
import random
import signal

import pytest
from conftest import LABELS, PROFILES

import dolerite as dl
from dolerite import engine

# Whoever removes this file kills itself, once.
KILLER = "DOLERITE_TEST_KILLER"
partial_of = engine.execute_all


def execute_or_die(pieces):
    """As engine.execute_all, except that one process of all dies."""
    try:
        os.remove(os.environ[KILLER])
    except FileNotFoundError:
        return partial_of(pieces)
    os.kill(os.getpid(), signal.SIGKILL)


def questions(a):
    cpu = a.type("cpu")
    return [
        cpu.tree(), cpu.tree(max_nodes=50), cpu.flame().question, cpu.top(5).question,
        cpu.flame(group_by="pod").question,
        dl.diff(a.where(version="v1.5.0"), a.where(version="v1.6.0")).tree(),
        cpu._ask("profile"), cpu.series("main.priceCart", by="pod").question,
        cpu.series(aggregate="quantile", quantile=0.9).question, cpu.heatmap(by="pod").question,
        a._ask("catalog"), a._ask("catalog", sample_labels=True), cpu.profiles().question,
    ]


def in_pieces(question, split, parts=engine.groups):
    partials = [engine.execute(piece) for piece in engine.plan(question, split)]
    while len(partials) > 1:
        partials = [engine.merge(group) for group in parts(partials)]
    return engine.finish(partials[0], question).bytes


@pytest.fixture
def parts(pods):
    return dl.open(pods)


@pytest.fixture(scope="session")
def in_blocks(tool, tmp_path_factory):
    """The same profiles in 1, 2 and 50 blocks."""
    files = sorted(PROFILES.glob("*/*/*.cpu.pb.gz"))
    assert len(files) >= 25
    root = tmp_path_factory.mktemp("many")
    copies = []
    for i in range(50):  # each file twice, as if two pods had it
        copies.append(root / f"tree/v1.{i % 2 + 5}.0/p{i}/0.cpu.pb.gz")
        copies[-1].parent.mkdir(parents=True)
        copies[-1].write_bytes(files[i % 25].read_bytes())
    sources = {}
    for count in (1, 2, 50):
        directory = root / str(count)
        directory.mkdir()
        for n in range(count):
            tool("build", "-o", directory / f"{n}.block", *LABELS,
                 "--root", root / "tree", *copies[n::count])
        sources[count] = dl.open(directory)
    return sources


def test_all_questions_in_1_2_and_50_splits(in_blocks):
    for of_one, *others in zip(*(questions(in_blocks[count]) for count in (1, 2, 50))):
        expected = of_one.answer().bytes
        assert in_pieces(of_one, "64MB") == expected, of_one
        for question, count in zip(others, (2, 50)):
            assert len(engine.plan(question)) == count
            assert in_pieces(question, "64MB") == question.answer().bytes, question
            if '"list"' not in str(question):  # a list names the blocks
                assert question.answer().bytes == expected, question


def test_any_splits(parts):
    for question in questions(parts):
        for split in (0, 1, "10KB", "64MB"):
            assert in_pieces(question, split) == question.answer().bytes, question


def test_any_order_and_grouping(parts):
    question = parts.type("cpu").tree()
    pieces = engine.plan(question, 1)
    assert len(pieces) == 4 and len({piece.split for piece in pieces}) == 4
    partials = [engine.execute(piece) for piece in pieces]
    expected = question.answer().bytes
    for _ in range(10):
        random.shuffle(partials)
        cut = random.randrange(1, 4)
        merged = engine.merge([engine.merge(partials[:cut]), engine.merge(partials[cut:])])
        assert engine.finish(merged, question).bytes == expected
    with pytest.raises(dl.DoleriteError) as error:
        engine.merge([partials[0], partials[0]])
    assert error.value.code == "ALREADY_EXISTS"


def test_tasks_have_all_pieces_once_in_few_batches(in_blocks):
    pieces = engine.plan(in_blocks[50].type("cpu").tree())
    whole = sum(piece.bytes for piece in pieces)
    for split, workers in ((1, 1), (1, 9), ("20KB", 1), ("1GB", 1), ("1GB", 2), ("1GB", 1000)):
        tasks = engine.tasks(pieces, split, workers)
        assert [piece for task in tasks for piece in task] == pieces
        left = whole
        for task in tasks:
            room = min(max(left // (2 * workers), whole // (engine.FINEST * workers)),
                       engine.size_bytes(split))
            size = sum(piece.bytes for piece in task)
            assert len(task) == 1 or size <= room
            left -= size
        assert left == 0
    assert len(engine.tasks(pieces, 1, 1)) == 50
    first, *_, last = engine.tasks(pieces, "1GB", 2)
    assert len(first) >= 10 and len(last) == 1 and len(engine.tasks(pieces, "1GB", 2)) <= 20
    question = in_blocks[50].type("cpu").tree()
    assert engine.finish(engine.execute_all(pieces), question).bytes == question.answer().bytes


def test_estimates_are_near_what_is_read(parts):
    question = parts.type("cpu").tree()
    pieces = engine.plan(question, 1)
    estimated = sum(piece.bytes for piece in pieces)
    answer = engine.finish(engine.execute_all(pieces), question)
    read = json.loads(answer.cost_json)["bytes_read"]
    assert abs(estimated - read) <= read / 5


def test_a_block_named_twice_counts_once(block):
    cpu = dl.open([block, block]).type("cpu")
    assert in_pieces(cpu.tree(), 1) == dl.open(block).type("cpu").tree().answer().bytes


def test_blocks_behind_links(pods, tmp_path):
    blocks = sorted(pathlib.Path(pods).glob("*.block"))
    for n, block in enumerate(blocks):
        (tmp_path / f"{n}.block").symlink_to(os.path.relpath(block, tmp_path) if n else block)
    expected = dl.open(pods).type("cpu").tree().answer().bytes
    for places in ([tmp_path], [tmp_path / f"{n}.block" for n in range(len(blocks))]):
        question = dl.open([str(place) for place in places]).type("cpu").tree()
        assert question.answer().bytes == expected
        assert in_pieces(question, 1) == expected


def test_an_archive(tool, tmp_path, pods):
    archive = str(tmp_path / "archive")
    tool("import", archive, *LABELS, PROFILES)
    question = dl.open(archive).type("cpu").tree()
    assert question.answer().bytes == dl.open(pods).type("cpu").tree().answer().bytes
    assert in_pieces(question, 1) == question.answer().bytes


def test_what_cannot_be_planned(block):
    for places in (open(block, "rb").read(), str(pathlib.Path(__file__).parents[2] /
                                                 "examples/data/checkout")):
        with pytest.raises(dl.DoleriteError) as error:
            engine.plan(dl.open(places).tree())
        assert error.value.code == "FAILED_PRECONDITION"
    with pytest.raises(dl.DoleriteError, match="not a size"):
        engine.plan(dl.open(block).tree(), "many")


def test_processes(parts):
    flame = engine.ask(parts.type("cpu").flame(), processes=2, split=1)
    assert flame.html == parts.type("cpu").flame().html and flame._repr_html_()
    top = engine.ask(parts.type("cpu").top(5), processes=2, split=1)
    assert top.rows == parts.type("cpu").top(5).rows
    nothing = parts.type("cpu").where(pod="none").tree()
    assert engine.ask(nothing, processes=2).bytes == nothing.answer().bytes


def test_a_process_that_dies(parts, tmp_path, monkeypatch):
    killer = tmp_path / "killer"
    killer.touch()
    monkeypatch.setenv(KILLER, str(killer))
    monkeypatch.setattr(engine, "execute_all", execute_or_die)
    question = parts.type("cpu").tree()
    assert engine.ask(question, processes=2, split=1).bytes == question.answer().bytes
    assert not killer.exists()


def test_pieces_travel_small_and_without_credentials(parts):
    source = dl.Source(parts.source.places, {"secret_access_key": "hidden"}, parts.source.limits)
    for piece in engine.plan(dl.Selection(source).type("cpu").tree(), 1):
        assert len(pickle.dumps(piece)) < 2000 and b"hidden" not in pickle.dumps(piece)


def test_dask(in_blocks, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    from dolerite import dask

    killer = tmp_path / "killer"
    monkeypatch.setenv(KILLER, str(killer))
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(__file__), prepend=os.pathsep)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as (
            cluster), distributed.Client(cluster) as client:
        for count, parts in in_blocks.items():
            for question in questions(parts)[:: 1 if count == 2 else 4]:
                assert dask.ask(client, question).bytes == question.answer().bytes, question
        killer.touch()
        monkeypatch.setattr(engine, "execute_all", execute_or_die)
        question = in_blocks[50].type("cpu").tree()
        assert dask.ask(client, question).bytes == question.answer().bytes
        assert not killer.exists()
