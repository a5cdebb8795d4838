"""Places: labels for profiles from the caller, places that can't be one source, and what sources
keep and show of a place."""

import os
import pathlib
import pickle
import shutil

import pytest
from conftest import LABELS, PROFILES

import dolerite as dl
from dolerite import _labels, engine

PATTERN = "{version}/{pod}/*.{kind}.pb.gz"
BAD_PATTERNS = {"{a}{b}": "follows another", "*{b}": "follows another", "{a}*": "follows another",
                "{}": "has no name", "{a}/{a}": "given twice", "{a": "partner", "a}": "partner",
                "{a/b}": "partner"}


@pytest.fixture(scope="module")
def archives(tool, tmp_path_factory):
    """An archive of each version."""
    root = tmp_path_factory.mktemp("archives")
    for version in ("v1.5.0", "v1.6.0"):
        tool("import", root / version, *LABELS, "--root", PROFILES, PROFILES / version)
    return root


def test_labels_of_paths_are_those_of_the_tool(a):
    b = dl.open(PROFILES, labels={"service_name": "checkout"}, path_labels=PATTERN)
    assert b.labels() == a.labels() and b.types() == a.types()
    for selection in (lambda s: s.where(version="v1.6.0"), lambda s: s.where(kind="heap")):
        assert selection(b).top(0).rows == selection(a).top(0).rows != []
    assert [p["id"] for p in b.profiles()] == [p["id"] for p in a.profiles()]
    again = pickle.loads(pickle.dumps(b))
    assert again == b and again.labels() == a.labels()
    assert b != dl.open(PROFILES)


def test_labels_of_single_files_and_bytes():
    files = sorted((PROFILES / "v1.5.0").glob("*/*.cpu.pb.gz"))
    rows = dl.open(files).top(0).rows
    for places, root in ((files, PROFILES), (PROFILES / "v1.5.0", PROFILES)):
        b = dl.open(places, labels={"version": "mine", "env": "x"}, root=root,
                    path_labels="{version}/{pod}/*.cpu.pb.gz")
        assert b.labels() == {"env": ["x"], "pod": ["d", "e"], "version": ["v1.5.0"]}
        assert b.top(0).rows == rows
    data = dl.open([f.read_bytes() for f in files], labels={"version": "mine"})
    assert data.labels() == {"version": ["mine"]} and data.top(0).rows == rows


def test_named_files_are_relative_to_the_working_directory_of_open(monkeypatch):
    monkeypatch.chdir(PROFILES)
    b = dl.open(sorted(pathlib.Path("v1.5.0").glob("*/*.cpu.pb.gz")),
                path_labels="{version}/{pod}/*.pb.gz")
    monkeypatch.chdir("/")
    assert b.labels() == {"pod": ["d", "e"], "version": ["v1.5.0"]}


def test_captures_are_short_and_wildcards_long():
    for pattern, path, expected in (("{a}-{b}", "x-y-z", ("x", "y-z")), ("*-{b}", "x-y-z", ("z",)),
                                    ("{a}.*", "a.b/c", None), ("*.{a}", "n/x.y", None),
                                    ("a*b", "ab", ()), ("a+{x}", "aab", None)):
        match = _labels._pattern(pattern)[0].fullmatch(path)
        assert (match and match.groups()) == expected, pattern
    for pattern, why in BAD_PATTERNS.items():
        with pytest.raises(dl.DoleriteError, match=f"path_labels: .*{why}"):
            dl.open("x", path_labels=pattern)


def test_other_files_of_a_directory_are_passed_over(tmp_path, block):
    shutil.copy(next(PROFILES.glob("*/*/*.cpu.pb.gz")), tmp_path / "a.pb.gz")
    (tmp_path / "README").write_text("no profile")
    (tmp_path / "nowhere").symlink_to("/nowhere/at/all")
    b = dl.open(tmp_path, labels={"env": "x"})
    assert b.labels() == {"env": ["x"]}
    (tmp_path / "broken.pb.gz").write_bytes(b"\x1f\x8bbroken")
    b.source.refresh()
    with pytest.raises(dl.DoleriteError, match="broken.pb.gz: gzip"):
        b.labels()


@pytest.mark.parametrize("code, text, ask", [
    ("INVALID_ARGUMENT", "labels of its own", lambda b: dl.open(b, labels={"a": "b"}).labels()),
    ("INVALID_ARGUMENT", "files of profiles",
     lambda b: dl.open("s3://a/b", labels={"a": "b"}).labels()),
    ("INVALID_ARGUMENT", "bytes have no path",
     lambda b: dl.open(b"x", path_labels="{a}").labels()),
    ("INVALID_ARGUMENT", "does not match", lambda b: dl.open(b, path_labels="{a}/x").labels()),
    ("NOT_FOUND", "holds no profile", lambda b: dl.open(PROFILES, path_labels="{a}/no").labels()),
    ("NOT_FOUND", "No such file", lambda b: dl.open("/nowhere", labels={"a": "b"}).labels()),
    ("INVALID_ARGUMENT", "a dictionary", lambda b: dl.open(b, labels="a=b")),
    ("INVALID_ARGUMENT", "found int 1", lambda b: dl.open(b, labels={"a": 1})),
    ("INVALID_ARGUMENT", "give a name and a value", lambda b: dl.open(b, labels={"a": ""})),
    ("INVALID_ARGUMENT", "root", lambda b: dl.open(b, root="/")),
    ("FAILED_PRECONDITION", "dolerite import.*dolerite build",
     lambda b: engine.plan(dl.open(PROFILES, path_labels=PATTERN).type("cpu").tree())),
    ("FAILED_PRECONDITION", "dolerite import.*dolerite build",
     lambda b: engine.plan(dl.open(PROFILES).tree())),
])
def test_what_labels_cannot_do(block, code, text, ask):
    with pytest.raises(dl.DoleriteError, match=text) as error:
        ask(block)
    assert error.value.code == code


def test_reading_profiles_ends_with_the_call(tmp_path):
    with pytest.raises(dl.DoleriteError) as error:
        dl.open(PROFILES, path_labels=PATTERN, timeout=0).labels()
    assert error.value.code == "DEADLINE_EXCEEDED"


@pytest.mark.parametrize("kind", ["cpu", "heap"])
def test_a_diff_of_archives_is_that_of_one_source(a, archives, block, kind):
    old, new = (a.where(version=v).type(kind) for v in ("v1.5.0", "v1.6.0"))
    expected = dl.diff(old, new).top(0).rows
    base, against = (dl.open(archives / v).type(kind) for v in ("v1.5.0", "v1.6.0"))
    for sides in ((base, against), (base, new), (old, against)):
        diff = dl.diff(*sides)
        assert diff.top(0).rows == expected and "<html" in diff.flame().html
    with pytest.raises(dl.DoleriteError) as error:
        dl.diff(base.where(pod="none"), new).top()
    assert error.value.code == "NOT_FOUND"
    with pytest.raises(dl.DoleriteError, match="dolerite import") as error:
        engine.plan(dl.diff(base, new).tree())
    assert error.value.code == "FAILED_PRECONDITION"


@pytest.mark.parametrize("change", [
    lambda s: s, lambda s: s.focus("main"), lambda s: s.type("heap", "alloc_space"),
    lambda s: s.where_sample(bytes="19072"), lambda s: s.hide("main").below("main.main")])
def test_averages_over_time_stay_exact(tool, tmp_path, change):
    heaps = sorted(PROFILES.glob("*/*/*.heap.pb.gz"))
    files = []
    for n, heap in enumerate(heaps * 2):  # as if a pod had many
        version = "v1.5.0" if n in (1, 2, 3) else "v1.6.0"
        files.append(tmp_path / f"tree/{version}/d/{n}.heap.pb.gz")
        files[-1].parent.mkdir(parents=True, exist_ok=True)
        files[-1].write_bytes(heap.read_bytes())
    for version in ("v1.5.0", "v1.6.0"):
        for made in (("import", version), ("build", "-o", f"{version}.block")):
            tool(*made[:-1], tmp_path / made[-1], *LABELS, "--root", tmp_path / "tree",
                 tmp_path / "tree" / version)
    tool("build", "-o", tmp_path / "one", *LABELS, "--root", tmp_path / "tree", *files)
    one = change(dl.open(tmp_path / "one"))
    base, against = (change(dl.open(tmp_path / v)) for v in ("v1.5.0", "v1.6.0"))
    blocks = [change(dl.open(tmp_path / f"{v}.block")) for v in ("v1.5.0", "v1.6.0")]
    assert base.top(1).head["aggregate"] in ("average", "sum") and base.top(1).head["profiles"] > 2
    expected = dl.diff(one.where(version="v1.5.0"), one.where(version="v1.6.0")).top(0).rows
    assert dl.diff(base, against).top(0).rows == dl.diff(*blocks).top(0).rows == expected != []


def test_an_archive_beside_other_places_says_the_way(archives, block):
    for places in ([archives / "v1.5.0", block], [block, archives / "v1.5.0"]):
        with pytest.raises(dl.DoleriteError, match="dolerite import") as error:
            dl.open(places).labels()
        assert error.value.code == "FAILED_PRECONDITION"


def test_the_endpoint_is_part_of_a_place():
    one, other = (dl.open("s3://b/x", endpoint=f"http://{host}:1") for host in ("one", "other"))
    assert one != other and "http://one:1" in repr(one)
    assert dl.open("s3://b/x", region="r") != dl.open("s3://b/x", region="s")
    with pytest.raises(dl.DoleriteError, match="different servers") as error:
        one.source.with_places_of(other.source)
    assert error.value.code == "FAILED_PRECONDITION"
    mine = dl.open("s3://b/x", endpoint="http://one:1", secret_access_key="k")
    assert mine == one and hash(mine) == hash(one)  # whoever asks


def test_sides_of_two_servers_become_profiles(a, monkeypatch):
    old, new = (dl.Selection(dl.Source(a.source.places, {"endpoint": e}, a.source.limits))
                for e in ("http://one", "http://two"))
    monkeypatch.setattr(dl.Source, "_in_buckets", lambda _: True)
    diff = dl.diff(old.where(version="v1.5.0"), new.where(version="v1.6.0"))
    assert all(isinstance(place, bytes) for place in diff.question.source.places)
    assert diff.top(0).rows == dl.diff(a.where(version="v1.5.0"),
                                       a.where(version="v1.6.0")).top(0).rows


def test_places_are_absolute(block, tmp_path, monkeypatch):
    monkeypatch.chdir(os.path.dirname(block))
    sources = [dl.open(os.path.basename(block)), dl.open("file://" + os.path.basename(block)),
               dl.open(f"../{os.path.basename(os.path.dirname(block))}/{os.path.basename(block)}")]
    monkeypatch.chdir(tmp_path)
    for source in sources:
        assert pickle.loads(pickle.dumps(source)).types()


def test_places_have_no_credentials():
    for ask in (lambda: dl.open("s3://KEY:HIDDEN@b/x"), lambda: dl.open("https://K:HIDDEN@b/x"),
                lambda: dl.open("s3://b/x", endpoint="http://KEY:HIDDEN@h:1")):
        with pytest.raises(dl.DoleriteError, match="access_key_id") as error:
            ask()
        assert error.value.code == "INVALID_ARGUMENT" and "HIDDEN" not in str(error.value)
