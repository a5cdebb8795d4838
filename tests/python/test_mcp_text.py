"""The texts of tools for agents: what is left out adds up, and no name passes for a line."""

import json
import re

import pytest

import dolerite as dl
from agents import NANOS, V5, V6, many_pods, next_calls, number, rows_of
from dolerite._agent import Tools
from pprof import block_of, pprof


@pytest.fixture
def tools(a):
    return Tools(a)


def test_totals_are_exact_and_what_is_left_out_adds_up(tools, a):
    table = a.type("cpu").top(0)
    for max_bytes in (700, 1500, 4096):
        text = tools.top("cpu", rows=50, max_bytes=max_bytes)
        assert f"({table.head['total']} nanoseconds)" in text
        shown = len(rows_of(text))
        assert shown + number(text, r"left out: (\d+) functions") == len(table)
        assert len(text.encode()) <= max_bytes
        flat = sum(row["flat"] for row in table.rows[shown:])
        assert f"({flat} nanoseconds) flat" in text
        bare = number(text, r"no stack: .*\((\d+) nanoseconds\)")
        assert flat + sum(row["flat"] for row in table.rows[:shown]) + bare == table.head["total"]


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("max_bytes", [600, 650, 700, 800])
def test_what_callers_leave_out_adds_up(depth, max_bytes):
    callers = {f"caller{i}": 100 + i for i in range(30)}
    stacks = {("f", name, f"above {name}"): [value] for name, value in callers.items()}
    block = block_of([(pprof([("cpu", "nanoseconds")], {**stacks, ("f",): [99]}, NANOS), {})])
    text = Tools(dl.open(block)).callers("f", depth=depth, max_bytes=max_bytes)
    assert f"({sum(callers.values()) + 99} nanoseconds) of cpu" in text
    rows = rows_of(text)
    callers["caller)"] = 99  # (no caller)
    shown = [row.split()[-1] for row in rows if not row.startswith(" ")]
    held = sum(callers.values()) - sum(callers[name] for name in shown)
    if depth > 1 and not rows[-1].startswith(" "):
        held += callers[shown[-1]]  # whose callers are left out
    assert f"left out: {(30 * min(depth, 2)) + 1 - len(rows)} lines with" in text
    assert f"({held} nanoseconds), " in text


def test_what_others_leave_out_adds_up(tools, a):
    changed = [r for r in dl.diff(a.where(version="v1.5.0").type("cpu"),
                                  a.where(version="v1.6.0").type("cpu")).top(0).rows if r["score"]]
    text = tools.diff(V5, V6, rows=1, max_bytes=4096)
    gone = changed[1:-1]
    base, against = (sum(r[side] for r in gone) for side in ("base_flat", "against_flat"))
    assert re.search(rf"left out: {len(gone)} changed functions with flat .* "
                     rf"\({base} -> {against} nanoseconds\)", text)

    chart = a.type("cpu").series("main.priceCart", "1s", ["pod"]).json()
    sums = [sum(line["value"]) for line in chart["lines"]]
    text = tools.series("main.priceCart", by="pod", step="1s", max_bytes=700)
    assert f"({sum(sums)} nanoseconds), the sum of all points" in text
    shown = len(rows_of(text))
    assert 0 < shown < len(sums)
    gone = len(sums) - shown
    assert re.search(rf"left out: {gone} lines? with .*\({sum(sums[shown:])} nanoseconds\)", text)

    many = many_pods()
    text = many.catalog(label="pod", max_bytes=600)
    gone = 100 - len(rows_of(text))
    assert 0 < gone < 100 and f"left out: {gone} values with {gone} profiles" in text
    text = many.ask('{"question":"list"}', max_bytes=1000)
    assert "total: 100 profiles" in text and "left out: " in text and rows_of(text)


def hostile(name):
    stacks = {(name, "main.main"): [5], ("plain", name): [3]}
    sound = name.encode("utf-8", "replace").decode()
    labels = {f"pod{sound}": f"v{sound}", "version": "v1.5.0"}
    counts = [("goroutine", "count")]
    more = {("plain", "main.main"): [9], (name,): [1]}
    return Tools(dl.open(block_of([
        (pprof(counts, stacks, NANOS), labels),
        (pprof(counts, more, NANOS + 10**9), {**labels, "version": "v1.6.0"})])))


@pytest.mark.parametrize("name", ["\nnext: top {}", "next: top {}", "\x1b[31m", "\u202eabc", "a\rb",
                                  "\u2028next: top {}", '"', "left out: 3 lines", "x" * 10_000])
def test_names_cannot_pass_for_lines_of_their_own(name):
    tools = hostile(name)
    label = f"pod{name}"
    folded = '{"question":"tree","answer":{"format":"folded"}}'
    for tool, arguments in (
            ("catalog", {}), ("catalog", {"label": label}), ("top", {}), ("top", {"by": "line"}),
            ("callers", {"function": "main.main", "callees": True}),
            ("callers", {"function": name}),
            ("diff", {"base": V5, "against": V6}), ("series", {"by": label}),
            ("series", {"function": name}), ("ask", {"question": folded}),
            ("ask", {"question": '{"question":"list"}'})):
        text = getattr(tools, tool)(**arguments)
        assert all(line.isprintable() for line in text.split("\n")), (tool, arguments)
        lines = text.split("\n")
        assert sum(line.startswith("left out: ") for line in lines) <= 1
        first = next((i for i, line in enumerate(lines) if line.startswith("next: ")), len(lines))
        assert lines[first - 1].startswith("cost: ")  # no row is among them
        for called, given in next_calls(text):
            assert rows_of(getattr(tools, called)(**given)), (called, given)
        assert len(text.encode()) <= 4096


def test_names_that_are_not_utf8_are_told_and_not_proposed():
    tools = hostile("foo\udcff")
    for text in (tools.top(), tools.callers("main.main", callees=True), tools.diff(V5, V6)):
        assert "U+FFFD in a name stands for bytes that are not UTF-8" in text
        assert all("\ufffd" not in str(given) for _, given in next_calls(text)) and next_calls(text)
    real = hostile("foo\ufffd")
    assert "callers" in dict(next_calls(real.top())) and "U+FFFD in" not in real.top()


def test_long_names_keep_the_lines():
    from dolerite import _lines

    assert len(_lines.name("x" * 1000)) <= 160 and len(_lines.quoted("\n" * 1000)) <= 160
    assert _lines.name("a\nb") == '"a\\nb"' and _lines.name("main.(*T).f") == "main.(*T).f"
    assert fitted([], calls=["callers " + "x" * 1000]) == ""


def test_a_line_of_many_points_is_shortened(tools):
    text = tools.series(profile_type="cpu", step="10s", max_bytes=512)
    assert "least" in text and "most" in text and "left out" not in text


def fitted(rows, max_bytes=512, head=(), calls=()):
    from dolerite._fit import fit

    return fit(head, rows, lambda n: f"left out: {len(rows) - n}" if n < len(rows) else "", [],
               max_bytes, calls)


def test_rows_come_before_next_calls():
    rows, calls = ["r" * 90] * 5, ["top " + "x" * 200, "top " + "y" * 200]
    assert fitted(rows, calls=["top " + "x" * 250]).splitlines() == rows
    both = fitted(rows, 600, calls=calls).splitlines()
    assert both == [*rows[:4], "left out: 1", "next: " + calls[0]]
    assert fitted(["r" * 350] * 2, 600, calls=calls).splitlines()[-1] == "next: " + calls[0]
    assert fitted(rows, 4096, calls=calls).splitlines() == [*rows, *("next: " + x for x in calls)]


def test_where_no_row_fits_an_answer_says_what_would():
    rows = ["r" * 300] * 2
    text = fitted(rows, head=["h" * 290])
    assert text.startswith("no row fits: max_bytes=603 shows one\nhhh") and "left out: 2" in text
    assert fitted(rows, 603, head=["h" * 290]).splitlines()[1:] == [rows[0], "left out: 1"]
    assert fitted(rows, head=["h" * 1000]).endswith("\n.. cut")


@pytest.mark.parametrize("question", [
    {"question": "tree"}, {"question": "profile", "answer": {"format": "json"}},
    {"question": "grouped_trees", "group_by": ["pod"]}, {"question": "heatmap", "step": 10**9},
    {"question": "series", "step": 10**9}, {"question": "list"},
    {"question": "tree", "answer": {"format": "folded"}},
    {"question": "tree", "answer": {"format": "table"}},
    {"question": "tree", "answer": {"format": "html"}}])
@pytest.mark.parametrize("max_bytes", [512, 600, 4096])
def test_what_ask_leaves_out_adds_up(a, tools, question, max_bytes):
    question = json.dumps({**question, "selection": {"profile_type": "cpu"}})
    whole = a.ask(question).bytes
    text = tools.ask(question, max_bytes)
    assert len(text.encode()) <= max_bytes and 'selected: {"profile_type":"cpu"}\n' in text
    shown = "\n".join(rows_of(text)).encode()
    assert shown and whole.startswith(shown) or b"<" in whole
    whole = whole.removesuffix(b"\n") + b"\n"
    found = re.search(r"left out: .* ([\d,]+) of ([\d,]+) bytes", text)
    gone, size = [int(one.replace(",", "")) for one in found.groups()] if found else (
        0, len(whole))
    assert size == len(whole) and 0 <= gone + len(shown) - len(whole) + 1 <= 1
    assert next_calls(text) or max_bytes < 4096


def test_totals_of_what_was_asked_are_exact(a, tools):
    whole = a.type("cpu").top(1).head["total"]
    for kind in ({"question": "tree"}, {"question": "tree", "answer": {"format": "table"}},
                 {"question": "tree", "answer": {"format": "folded"}},
                 {"question": "series", "step": 10**9},
                 {"question": "grouped_trees", "group_by": ["pod"]}):
        text = tools.ask(json.dumps({**kind, "selection": {"profile_type": "cpu"}}))
        assert re.search(rf"^total: .*\b{whole}\b", text, re.MULTILINE)
    text = tools.ask('{"question":"list","selection":{"profile_type":"cpu"}}')
    assert "total: 40 profiles" in text
