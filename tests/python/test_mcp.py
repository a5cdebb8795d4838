"""Tools for agents: the SDK's own client calls each of them; answers are small and say what they
leave out."""

import asyncio
import json
import re
import sys

import pytest

import dolerite as dl
from dolerite._agent import Tools

V5, V6 = '{version="v1.5.0"}', '{version="v1.6.0"}'
CALLS = {
    "catalog": {},
    "top": {"profile_type": "cpu"},
    "callers": {"function": "main.priceCart"},
    "diff": {"base": V5, "against": V6},
    "series": {"function": "main.priceCart", "by": "pod"},
    "ask": {"question": '{"question":"tree","selection":{"profile_type":"cpu"}}'},
}


@pytest.fixture
def tools(a):
    return Tools(a)


def call_all(server, calls):
    """The tools' names, then each answer with whether it is an error."""
    mcp = pytest.importorskip("mcp")

    async def run():
        async with mcp.Client(server(mcp)) as client:
            listed = await client.list_tools()
            answers = [await client.call_tool(name, arguments) for name, arguments in calls]
            return listed.tools, [(x.content[0].text, x.is_error) for x in answers]

    return asyncio.run(run())


def test_the_sdk_calls_every_tool_over_stdio(block, a):
    calls = [*CALLS.items(), ("top", {"profile_type": "nothing"}), ("top", {"where": "x="}),
             ("catalog", {"max_bytes": 10}), ("ask", {"question": '{"question":"tee"}'})]
    listed, answers = call_all(
        lambda mcp: mcp.StdioServerParameters(
            command=sys.executable, args=["-m", "dolerite.mcp", block]), calls)
    assert sorted(tool.name for tool in listed) == sorted(CALLS)
    for tool in listed:
        assert tool.annotations.read_only_hint and tool.description
        assert not {"path", "place", "uri"} & set(tool.input_schema["properties"])
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


def test_totals_are_exact_and_what_is_left_out_adds_up(tools, a):
    table = a.type("cpu").top(0)
    for max_bytes in (700, 1500, 4096):
        text = tools.top("cpu", rows=50, max_bytes=max_bytes)
        assert f"({table.head['total']} nanoseconds)" in text
        shown = len(re.findall(r" \| .* \| ", text)) - 1  # without the line of columns
        left_out = int(re.search(r"left out: (\d+) functions", text)[1])
        assert shown + left_out == len(table) and len(text.encode()) <= max_bytes


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("max_bytes", [512, 600, 1000, 100_000])
def test_answers_keep_their_size(tools, name, max_bytes):
    text = getattr(tools, name)(**CALLS[name], max_bytes=max_bytes)
    assert len(text.encode()) <= max_bytes
    assert max_bytes < 600 or ("no row fits" not in text and ".. cut" not in text)
    for wrong in (511, 2**20 + 1, -1):
        with pytest.raises(dl.DoleriteError, match="max_bytes"):
            getattr(tools, name)(**CALLS[name], max_bytes=wrong)


def test_next_calls_work_literally(tools):
    seen = 0
    for name, arguments in CALLS.items():
        lines = re.findall(r"^next: (\w+) (.*)$", getattr(tools, name)(**arguments), re.MULTILINE)
        assert len(lines) <= 3
        for tool, text in lines:
            assert "cost: " in getattr(tools, tool)(**json.loads(text))
            seen += 1
    assert seen >= 8


def test_diff_names_the_culprit_first(tools):
    rows = re.findall(r"\| (.*)", tools.diff(V5, V6))
    assert rows[0] == "main.checksum"


def test_names_that_are_long_or_odd_keep_the_lines():
    from dolerite import _agent

    assert _agent._name("a\nb" + "x" * 1000).startswith("a bx")
    assert len(_agent._name("x" * 1000)) <= 160
    assert fitted([], calls=["callers " + "x" * 1000]) == ""


def fitted(rows, max_bytes=512, head=(), calls=()):
    from dolerite._fit import fit

    return fit(head, rows, lambda n: f"left out: {len(rows) - n}" if n < len(rows) else "", [],
               max_bytes, calls)


def test_rows_come_before_next_calls():
    rows, calls = ["r" * 90] * 5, ["top " + "x" * 200] * 2
    assert fitted(rows, calls=["top " + "x" * 290]).splitlines() == rows
    both = fitted(rows, 600, calls=calls).splitlines()
    assert both == [*rows[:4], "left out: 1", "next: " + calls[0]]
    assert fitted(rows, 4096, calls=calls).splitlines() == [*rows, *("next: " + x for x in calls)]


def test_where_no_row_fits_an_answer_says_what_would():
    rows = ["r" * 300] * 2
    text = fitted(rows, head=["h" * 290])
    assert text.startswith("no row fits: max_bytes=603 shows one\nhhh") and "left out: 2" in text
    assert fitted(rows, 603, head=["h" * 290]).splitlines()[1:] == [rows[0], "left out: 1"]
    assert fitted(rows, head=["h" * 1000]).endswith("\n.. cut")


def test_usage():
    import subprocess

    for arguments in ([], ["--help"], ["a", "b"]):
        done = subprocess.run([sys.executable, "-m", "dolerite.mcp", *arguments],
                              capture_output=True, text=True)
        assert done.returncode == 2 and "usage" in done.stderr
