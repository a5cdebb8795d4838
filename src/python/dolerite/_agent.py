"""Answers for agents: compact text of bounded size. Each says what was selected, the exact total,
rows, what was left out, what it cost, and which calls make sense next, literally."""

from __future__ import annotations

import json
import time
from typing import Any

from . import _library as c
from . import results
from ._fit import fit
from ._html import value_text
from .compare import Diff
from .selection import Selection, duration_nanos

_MOST_NAME = 160  # characters of a name in a row
_FRESH_SECONDS = 30  # an archive is looked at again after so long


def _name(name: str) -> str:
    """A name for a row: a long one without its middle."""
    name = " ".join(name.split())
    return name if len(name) <= _MOST_NAME else name[:100] + " .. " + name[-56:]


def _cost(*costs: dict[str, Any]) -> str:
    """What all questions of an answer took."""
    requests, read, rows, nanos = (sum(cost[name] for cost in costs) for name in (
        "requests", "bytes_read", "rows", "nanos"))
    text = f"cost: {requests} requests, {read:,} bytes read, {rows:,} rows, {nanos / 1e6:.1f} ms"
    damaged = max(len(cost["left_out"]) for cost in costs)
    return text + (f"; {damaged} damaged parts left out" if damaged else "")


def _call(tool: str, **arguments: Any) -> str:
    given = {name: value for name, value in arguments.items() if value}
    return f"{tool} {json.dumps(given, ensure_ascii=False)}"


class Tools:
    """The questions of agents about one source."""

    def __init__(self, everything: Selection) -> None:
        self._all = everything
        self._opened = time.monotonic()

    def _select(self, where: str, profile_type: str = "", sample_type: str = "", start: str = "",
                end: str = "", focus: str = "", ignore: str = "") -> Selection:
        if time.monotonic() - self._opened > _FRESH_SECONDS:
            self._opened = time.monotonic()
            self._all.source.refresh()
        selection = self._all.where(where) if where else self._all
        if profile_type or sample_type:
            selection = selection.type(profile_type, sample_type)
        if start or end:
            selection = selection.between(start or None, end or None)
        if focus:
            selection = selection.focus(focus)
        return selection.ignore(ignore) if ignore else selection

    def catalog(self, where: str = "", label: str = "", max_bytes: int = 4096) -> str:
        """What there is: profile types, time span, labels and their values; or, with `label`, all
        values of that label. `where` is a selector like {service_name="checkout"}. Begin here."""
        selection = self._select(where)
        series = results.Raw(selection._ask("catalog", answer={"view": "series"}).answer())
        listed = results._lines(series.bytes)
        labels: dict[str, set[str]] = {}
        profiles: dict[str, int] = {}
        for one in listed:
            profiles[one["type"]] = profiles.get(one["type"], 0) + one["profiles"]
            for name, value in one["labels"].items():
                labels.setdefault(name, set()).add(value)
        if label:
            rows = [f"{label}={json.dumps(v, ensure_ascii=False)}"
                    for v in sorted(labels.get(label, ()))]
        else:
            rows = self._catalog_rows(selection, profiles, labels)
        span = ("" if not listed else "times: " + " to ".join(
            _time(nanos) for nanos in (min(s["first_nanos"] for s in listed),
                                       max(s["last_nanos"] for s in listed))))
        head = [f"selected: {selection}",
                f"{sum(profiles.values())} profiles, {len(listed)} series", span]
        kinds = sorted(profiles, key=lambda t: (t != "cpu", t))
        calls = [_call("top", profile_type=kind, where=where) for kind in kinds[:2]]
        calls += [_call("catalog", label=name, where=where) for name in list(labels)[:1]]
        return fit(head, rows, lambda n: _more(len(rows) - n, "lines"),
                   [_cost(series.cost)], max_bytes, calls)

    @staticmethod
    def _catalog_rows(selection: Selection, profiles: dict[str, int],
                      labels: dict[str, set[str]]) -> list[str]:
        rows = []
        for kind in selection.types():
            samples = ", ".join(f"{s['type']} ({s['unit']})" for s in kind["sample_types"])
            rows.append(f"type {kind['type']}: {profiles.get(kind['type'], 0)} profiles; {samples}")
        for name, values in sorted(labels.items()):
            shown = ", ".join(json.dumps(_name(v), ensure_ascii=False) for v in sorted(values)[:8])
            rows.append(f"label {name}: {len(values)} values: {shown}"
                        + (", .." if len(values) > 8 else ""))
        return rows

    def top(self, profile_type: str = "", where: str = "", rows: int = 20, sample_type: str = "",
            start: str = "", end: str = "", focus: str = "", ignore: str = "",
            by: str = "function", max_bytes: int = 4096) -> str:
        """The heaviest functions: flat (the function alone) and cum (with all that it calls), each
        with its share of the total. `start`, `end`: RFC 3339. `focus`, `ignore`: regular
        expressions on stacks. `by`: function, line, file, mapping."""
        selection = self._select(where, profile_type, sample_type, start, end, focus, ignore)
        table = selection.top(max(rows, 1), by)
        head, unit, total = table.head, table.head["unit"], table.head["total"]
        found = table.rows
        lines = [f"{value_text(r['flat'], unit)} {_share(r['flat'], total)} | "
                 f"{value_text(r['cum'], unit)} {_share(r['cum'], total)} | {_name(r['name'])}"
                 for r in found]

        def left_out(shown: int) -> str:
            functions = head["rows_left_out"] + len(found) - shown
            flat = head["flat_left_out"] + sum(r["flat"] for r in found[shown:])
            return (f"left out: {functions} functions with {value_text(flat, unit)} flat "
                    f"({_share(flat, total)})" if functions else "")

        same = {"profile_type": head["type"], "where": where}
        calls = [_call("callers", function=r["name"], **same) for r in found[:1]]
        calls += [_call("series", function=r["name"], **same) for r in found[:1]]
        calls += [_call("top", rows=rows * 3, **same)] if head["rows_left_out"] else []
        return fit([f"selected: {selection}", _about(head), "flat | cum | function"], lines,
                   left_out, [_cost(table.cost)], max_bytes, calls)

    def callers(self, function: str, profile_type: str = "", where: str = "",
                callees: bool = False, depth: int = 2, sample_type: str = "", start: str = "",
                end: str = "", max_bytes: int = 4096) -> str:
        """Who calls a function (its name as in `top`), or with `callees` what it calls: indented by
        steps, up to `depth`, each with its part of the function's value."""
        selection = self._select(where, profile_type, sample_type, start, end)
        view = selection.callees(function, 0) if callees else selection.callers(function, 0)
        raw = results.Raw(view.question.answer("json"))
        tree = raw.json()
        rows, names = _steps(tree, depth)
        total = tree["nodes"]["total"][0]
        same = {"profile_type": tree["type"], "where": where}
        calls = [_call("callers", function=name, **same) for name in names[:1]]
        calls += [_call("callers", function=function, callees=not callees, **same)]
        what = "called by it" if callees else "callers"
        head = [f"selected: {selection}",
                f"{_name(function)}: {value_text(total, tree['unit'])} ({total} {tree['unit']}) of "
                f"{tree['type']}, {tree['aggregate'] if 'aggregate' in tree else 'sum'}; {what}:"]
        return fit(head, rows, lambda n: _more(len(rows) - n, "lines"),
                   [_cost(raw.cost)], max_bytes, calls)

    def diff(self, base: str, against: str, profile_type: str = "", rows: int = 20,
             sample_type: str = "", normalize: bool = False, max_bytes: int = 4096) -> str:
        """What changed between two selectors, like base={version="v1"} against={version="v2"}:
        each function's share of its side's total. What grew comes first, culprits before their
        callers."""
        sides = [self._select(where, profile_type, sample_type) for where in (base, against)]
        changes = Diff(sides[0], sides[1], normalize=normalize).top(0)
        found = changes.rows
        grown = [r for r in found if r["score"] > 0][:max(rows, 1)]
        shrunk = [r for r in found if r["score"] < 0][-max(rows // 2, 1):][::-1]
        lines = [f"{r['base_cum_share']:.2%} -> {r['against_cum_share']:.2%} "
                 f"({r['cum_change'] * 100:+.2f} points) | {_name(r['name'])}"
                 for r in grown + shrunk]
        tables = [side.top(1) for side in sides]
        totals = [table.head for table in tables]
        head = [f"base: {sides[0]}: " + _about(totals[0]),
                f"against: {sides[1]}: " + _about(totals[1]),
                f"share of the total, cumulative; {len(grown)} that grew, then {len(shrunk)} that "
                "shrank"]
        kind = totals[1]["type"]
        calls = [_call("callers", function=r["name"], profile_type=kind, where=against)
                 for r in grown[:2]]
        calls += [_call("top", profile_type=kind, where=against)]
        changed = sum(1 for r in found if r["score"])
        return fit(head, lines, lambda n: _more(changed - n, "functions that changed"),
                   [_cost(changes.cost, *(table.cost for table in tables))], max_bytes, calls)

    def series(self, function: str = "", profile_type: str = "", where: str = "",
               step: str = "1m", by: str = "", aggregate: str = "sum", sample_type: str = "",
               start: str = "", end: str = "", max_bytes: int = 4096) -> str:
        """Values over time, of a function with all that it calls, or of everything; one line for
        each value of the label `by`. `step`: like 15s, 1m, 1h. `aggregate`: sum, rate, average,
        count, min, max."""
        selection = self._select(where, profile_type, sample_type, start, end)
        raw = results.Raw(selection.series(function, step, [by] if by else [], aggregate)
                          .question.answer())
        chart = raw.json()
        rows = [_points(line, chart["unit"]) for line in chart["lines"]]
        values = [v for line in chart["lines"] for v in line["value"]]
        head = [f"selected: {selection}",
                f"{_name(function or 'all')}: {chart['type']} in {chart['unit']}, "
                f"{chart['aggregate']}, step {step}; sum of all points "
                f"{value_text(sum(values), chart['unit'])} ({sum(values)})"]
        same = {"function": function, "profile_type": chart["type"], "where": where}
        wider = f"{duration_nanos(step) // 10**9 * 10}s"
        calls = [_call("series", step=wider, by=by, **same)] if len(values) > 40 else []
        calls += [_call("top", profile_type=chart["type"], where=where)]
        return fit(head, rows, lambda n: _more(len(rows) - n, "lines"),
                   [_cost(raw.cost)], max_bytes, calls)

    def ask(self, question: str, max_bytes: int = 4096) -> str:
        """Any question in Dolerite's JSON, like {"question":"tree","selection":{"matchers":
        "{pod=\\"a\\"}","profile_type":"cpu"},"answer":{"format":"folded"}}. The kinds: tree,
        grouped_trees, diff, series, heatmap, catalog, list. A mistake is answered with the keys
        that there are."""
        self._select("")
        raw = self._all.ask(question)
        try:
            rows = raw.bytes.decode("utf-8").removesuffix("\n").split("\n")
        except UnicodeDecodeError:
            rows = [f"{len(raw.bytes)} bytes that are no text: ask for another format"]

        def left_out(shown: int) -> str:
            size = sum(len(row.encode()) + 1 for row in rows[shown:])
            return f"left out: {len(rows) - shown} lines with {size:,} bytes" if size else ""

        if len(rows) == 1 and len(rows[0].encode()) > max_bytes // 2:  # one object: its beginning
            whole, rows = rows[0], [rows[0].encode()[:max_bytes // 2].decode("utf-8", "ignore")]
            size = len(whole.encode()) - len(rows[0].encode())
            tail = [f"left out: the last {size:,} bytes; select less, or set max_nodes or rows"]
        else:
            tail = []
        return fit([], rows, left_out, [*tail, _cost(raw.cost)], max_bytes)


def _more(count: int, what: str) -> str:
    return f"left out: {count} {what}" if count > 0 else ""


def _share(value: int, total: int) -> str:
    return f"{value / total:.2%}" if total else "-"


def _about(head: dict[str, Any]) -> str:
    """The exact total, with its type and unit."""
    times = (f", {head['profiles']} profiles from {head['first_time']} to {head['last_time']}"
             if "profiles" in head else "")
    return (f"{head['type']}, {head['aggregate']}: {value_text(head['total'], head['unit'])} "
            f"({head['total']} {head['unit']}){times}")


def _time(nanos: int) -> str:
    seconds = time.gmtime(nanos // 10**9)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", seconds)


def _points(line: dict[str, Any], unit: str) -> str:
    """One line of a chart: all points of a short one, of a long one those that matter."""
    labels = ",".join(f"{name}={_name(value)}" for name, value in line["labels"])
    points = list(zip(line["time_nanos"], line["value"]))
    prefix = f"{labels or 'all'}: {len(points)} points; "
    if len(points) <= 40:
        return prefix + " ".join(f"{_time(t)[11:19]}={value_text(v, unit)}" for t, v in points)
    least, most = min(points, key=lambda p: p[1]), max(points, key=lambda p: p[1])
    mean = sum(v for _, v in points) / len(points)
    marks = (("first", points[0]), ("last", points[-1]), ("least", least), ("most", most))
    return prefix + f"mean {value_text(mean, unit)}; " + "; ".join(
        f"{what} {_time(t)}={value_text(v, unit)}" for what, (t, v) in marks)


def _steps(tree: dict[str, Any], depth: int) -> tuple[list[str], list[str]]:
    """The nodes of a tree below its root down to a depth, heaviest first, as indented lines; and
    the names of those next to the root."""
    nodes, names = tree["nodes"], tree["names"]
    children: dict[int, list[int]] = {}
    for node in range(1, len(nodes["parent"])):
        children.setdefault(nodes["parent"][node], []).append(node)
    for below in children.values():
        below.sort(key=lambda n: -nodes["total"][n])
    whole = nodes["total"][0]
    rows: list[str] = []
    stack = [(n, 0) for n in reversed(children.get(0, []))]
    while stack:
        node, level = stack.pop()
        total = nodes["total"][node]
        rows.append(f"{'  ' * level}{value_text(total, tree['unit'])} {_share(total, whole)} "
                    f"{_name(names[nodes['name'][node]])}")
        if level + 1 < depth:
            stack += [(n, level + 1) for n in reversed(children.get(node, []))]
    return rows, [names[nodes["name"][n]] for n in children.get(0, [])]
