"""Tools for agents: the SDK's own client calls each of them; answers are small and say what they
leave out; the calls that they propose are about the same data."""

import asyncio
import json
import re
import subprocess
import sys

import pytest

import dolerite as dl
from agents import NANOS, V5, V6, many_pods, next_calls, rows_of
from dolerite._agent import Tools
from pprof import block_of, pprof

CALLS = {
    "catalog": {},
    "top": {"profile_type": "cpu"},
    "callers": {"function": "main.priceCart"},
    "diff": {"base": V5, "against": V6},
    "series": {"function": "main.priceCart", "by": "pod"},
    "ask": {"question": '{"question":"tree","selection":{"profile_type":"cpu"}}'},
}
TREE = '{"question":"tree","selection":{"profile_type":"%s","matchers":"{version=~\\"v.*\\"}"}}'
BOUNDS = {"start": "2026-11-20T10:44:00Z", "end": "2026-11-20T10:49:00Z", "focus": "main"}


@pytest.fixture
def tools(a):
    return Tools(a)


@pytest.fixture(scope="module")
def kinds(block):
    """Also profiles of goroutines and of a mutex."""
    delays = [("contentions", "count"), ("delay", "nanoseconds")]
    added = []
    for number, version in enumerate(("v1.5.0", "v1.6.0"), 1):
        labels = {"version": version, "pod": f"p{number}", "service_name": "checkout"}
        parked = {("park", "main.wait", "main.main"): [number], ("read", "main.main"): [7]}
        added.append((pprof([("goroutine", "count")], parked, NANOS + number), labels))
        locked = {("unlock", "main.put"): [2, 50 * number], ("unlock", "main.get"): [1, 9]}
        added.append((pprof(delays, locked, NANOS + number), labels))
    return Tools(dl.open([block, block_of(added)]))


def call_all(server, calls):
    """The tools' names, then each answer with whether it is an error."""
    mcp = pytest.importorskip("mcp")

    async def run():
        async with mcp.Client(server(mcp)) as client:
            listed = await client.list_tools()
            answers = [await client.call_tool(name, arguments) for name, arguments in calls]
            return listed.tools, [(x.content[0].text, x.is_error) for x in answers]

    return asyncio.run(run())


def over_stdio(place, calls):
    return call_all(lambda mcp: mcp.StdioServerParameters(
        command=sys.executable, args=["-m", "dolerite.mcp", place]), calls)


def test_the_sdk_calls_every_tool_over_stdio(block, a):
    calls = [*CALLS.items(), ("top", {"profile_type": "nothing"}), ("top", {"where": "x="}),
             ("catalog", {"max_bytes": 10}), ("ask", {"question": '{"question":"tee"}'})]
    listed, answers = over_stdio(block, calls)
    assert sorted(tool.name for tool in listed) == sorted(CALLS)
    for tool in listed:
        assert tool.annotations.read_only_hint and tool.description
        assert not {"path", "place", "uri"} & set(tool.input_schema["properties"])
        assert tool.input_schema["additionalProperties"] is False
    for (name, _), (text, is_error) in zip(CALLS.items(), answers):
        assert not is_error and 100 < len(text.encode()) <= 4096, name
        assert "cost: " in text
        here = getattr(Tools(a), name)(**CALLS[name])
        assert _timeless(text) == _timeless(here)
    assert len(answers[1][0].encode()) < 2048
    assert [is_error for _, is_error in answers[6:]] == [False, True, True, True]
    assert 'did you mean "tree"' in answers[9][0]


def _timeless(text):
    return re.sub(r"cost: .*", "", text)


def test_errors_are_small_and_unknown_arguments_are_errors(block):
    long = "\x1b[31m\u202e" * 4000
    calls = [("top", {"where": long}), ("top", {"sample_type": long}), ("top", {long: 1}),
             ("top", {"rows": long}), (long, {}), ("ask", {"question": long}),
             ("top", {"path": "/"}), ("top", {"limit": 3}), ("catalog", {"labels": "pod"}),
             ("top", {"rows": -5}), ("callers", {"function": "main.main", "depth": 0})]
    _, answers = over_stdio(block, calls)
    for text, is_error in answers:
        assert is_error and len(text.encode()) <= 512 and text.isprintable()
    assert "no argument 'path'; there are profile_type, " in answers[6][0]
    assert "did you mean 'label'?" in answers[8][0]
    assert "rows is -5" in answers[9][0] and "depth is 0" in answers[10][0]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("max_bytes", [512, 600, 1000, 100_000])
def test_answers_keep_their_size_and_show_rows(tools, name, max_bytes):
    text = getattr(tools, name)(**CALLS[name], max_bytes=max_bytes)
    assert len(text.encode()) <= max_bytes
    assert "no row fits" not in text and ".. cut" not in text and rows_of(text)
    assert re.search("^(selected|base): .*\n(total|against): ", text)
    assert len(next_calls(text)) == text.count("\nnext: ")
    for wrong in (511, 2**20 + 1, -1):
        with pytest.raises(dl.DoleriteError, match="max_bytes"):
            getattr(tools, name)(**CALLS[name], max_bytes=wrong)


def calls_of(kind, function, bounds):
    """Calls of every tool about a type of profiles."""
    same = {"profile_type": kind, **bounds}
    times = {name: bounds[name] for name in ("start", "end") if bounds}
    stacks = {"stacks": {"focus": bounds["focus"]}} if bounds else {}
    selection = {"profile_type": kind, **times, **stacks}
    yield "catalog", times
    for by in ("function", "line", "file", "mapping"):
        yield "top", {**same, "rows": 2, "by": by}
    for callees in (False, True):
        yield "callers", {**same, "function": function, "callees": callees}
    yield "diff", {**same, "base": V5, "against": V6}
    yield "series", {**same, "function": function, "by": "pod"}
    yield "series", {**same, "step": "1s", "aggregate": "max"}
    yield "ask", {"question": json.dumps({"question": "tree", "selection": selection})}
    yield "ask", {"question": json.dumps({"question": "list", "selection": selection})}
    yield "ask", {"question": json.dumps({
        "question": "diff", "base": {**selection, "matchers": V5},
        "against": {**selection, "matchers": V6}})}


@pytest.mark.parametrize("bounds", [{}, BOUNDS], ids=["all", "bounds"])
@pytest.mark.parametrize(("kind", "function"), [
    ("cpu", "main.priceCart"), ("heap", "main.priceCart"), ("goroutine", "main.main"),
    ("contentions", "unlock")])
def test_next_calls_find_something_about_the_same_data(kinds, kind, function, bounds):
    followed = set()
    for tool, arguments in calls_of(kind, function, bounds):
        text = getattr(kinds, tool)(**arguments)
        proposed = next_calls(text)
        assert 1 <= len(proposed) <= 3, (tool, arguments, text)
        for name, given in proposed:
            if bounds:
                assert (given["start"], given["end"]) == (bounds["start"], bounds["end"])
            if name not in ("catalog", "ask") and tool != "catalog":
                assert given["profile_type"] == kind
                assert given.get("focus", "") == bounds.get("focus", "")
                assert given.get("by", "function") == arguments.get("by", "function") or \
                    "pod" in (given.get("by"), arguments.get("by"))
            if (name, str(given)) not in followed:
                followed.add((name, str(given)))
                answer = getattr(kinds, name)(**given)
                assert rows_of(answer) and "nothing" not in answer, (tool, arguments, name, given)
                assert re.search(r"^(total|against): .*[1-9]", answer, re.MULTILINE)
    assert len(followed) >= 8


def test_next_calls_keep_the_type_of_samples_and_what_is_ignored(kinds):
    text = kinds.top("heap", sample_type="alloc_space", ignore="reflect", where=V5, rows=3)
    for tool, given in next_calls(text):
        assert given["sample_type"] == "alloc_space" and given["ignore"] == "reflect"
        answer = getattr(kinds, tool)(**given)
        assert "alloc_space" in answer.split("\n")[1] and given["where"] == V5
    wider = dict(next_calls(many_pods().series(step="500ms", aggregate="average")))
    assert wider["series"]["step"] == "5s" and wider["series"]["aggregate"] == "average"


def test_a_type_that_was_chosen_is_said(kinds, tools):
    for tool, arguments in CALLS.items():
        if tool in ("callers", "diff", "series"):
            first = getattr(tools, tool)(**arguments).split("\n")[0]
            assert '"profile_type":"cpu"' in first and "(type not given" in first
            assert "; others: heap)" in first or tool == "diff"
    one = Tools(dl.open(block_of([(pprof([("goroutine", "count")], {("park",): [1]}, NANOS), {})])))
    assert 'selected: {"profile_type":"goroutine"} (type not given)\n' in one.top()
    assert "not given" not in kinds.top("heap")
    assert "others" not in tools.top(where='{kind="heap"}') and "inuse_space" in tools.top(
        where='{kind="heap"}')
    assert tools.ask('{"question":"tree"}').startswith('selected: {"profile_type":"cpu"}\ntotal: ')


def test_diff_names_the_culprit_first(tools):
    rows = re.findall(r"\| (.*)", tools.diff(V5, V6))
    assert rows[0] == "main.checksum"


@pytest.mark.parametrize(("called", "arguments", "why"), [
    ("top", {"where": '{pod="x"}'}, "no series matches"),
    ("catalog", {"where": '{pod="x"}'}, "no series matches"),
    ("top", {"where": '{kind="heap"}', "profile_type": "cpu"}, "is of type cpu; types: heap"),
    ("top", {"start": "2027-01-01T00:00:00Z"}, "of these times; there are 2026-11-20T10:43:48.178"),
    ("series", {"end": "2020-01-01T00:00:00Z"}, "of these times"),
    ("top", {"focus": "no such thing"}, "focus and ignore leave no stack"),
    ("series", {"function": "no such thing"}, "no stack here has no such thing"),
    ("diff", {"base": '{pod="x"}', "against": V6}, "no series matches"),
    ("catalog", {"label": "nope"}, 'no series has the label "nope"'),
    ("ask", {"question": TREE % "nope"}, "no series here is of type nope; types: cpu, heap"),
])
def test_empty_answers_say_why_and_what_is_there(tools, called, arguments, why):
    text = getattr(tools, called)(**arguments)
    assert "nothing" in text and why in text and ", sum: 0 (0 )" not in text
    assert next_calls(text)
    for name, given in next_calls(text):
        answer = getattr(tools, name)(**given)
        assert rows_of(answer) and "nothing" not in answer


def test_a_function_that_is_not_there_is_an_error_that_says_where_names_are(tools):
    with pytest.raises(dl.DoleriteError, match='top {"profile_type": "cpu"}') as error:
        tools.callers("main.PriceCart")
    assert error.value.code == "NOT_FOUND"


def started(*arguments, before="pass"):
    code = f"import sys; {before}; import dolerite.mcp; sys.exit(dolerite.mcp.main())"
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)


def test_usage():
    for arguments in ([], ["--help"], ["a", "b"]):
        done = started(*arguments)
        assert done.returncode == 2 and "usage" in done.stderr


def test_a_start_that_fails_says_why_in_a_line(block, tmp_path):
    done = started(block, before="sys.modules['mcp'] = None")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "pip install 'dolerite[mcp]'" in done.stderr
    pytest.importorskip("mcp")
    done = started(str(tmp_path / "nope"))
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "NOT_FOUND" in done.stderr
