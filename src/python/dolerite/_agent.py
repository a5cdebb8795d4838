"""Answers for agents: compact text of bounded size. Each says what was selected, the exact total,
rows, what was left out and how much that holds, what it cost, and which calls make sense next,
literally: these are about the same data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import _library as c
from . import _lines as say
from . import results
from ._ask import ask
from ._catalog import catalog
from ._fit import fit
from ._html import value_text
from ._place import Place
from ._scope import Scope
from .compare import Diff
from .selection import Selection, duration_nanos


def _at_least_one(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise c.DoleriteError(f"{name} is {number}: expected 1 or more", "INVALID_ARGUMENT")


def _other(value: str, usual: str) -> str:
    """A value for a call, where it is not the usual one."""
    return "" if value == usual else value


class Tools:
    """The questions of agents about one source."""

    def __init__(self, everything: Selection) -> None:
        self._place = Place(everything)

    def open(self) -> None:
        """Opens the place, so that what is wrong with it shows at once."""
        self._place.open()

    def catalog(self, where: str = "", label: str = "", start: str = "", end: str = "",
                max_bytes: int = 4096) -> str:
        """What there is: profile types, time span, labels and their values; or, with `label`, all
        values of that label. `where` is a selector like {service_name="checkout"}. `start`, `end`:
        RFC 3339. Begin here."""
        return catalog(self._place, Scope(where=where, start=start, end=end), label, max_bytes)

    def top(self, profile_type: str = "", where: str = "", rows: int = 20, sample_type: str = "",
            start: str = "", end: str = "", focus: str = "", ignore: str = "",
            by: str = "function", max_bytes: int = 4096) -> str:
        """The heaviest functions: flat (the function alone) and cum (with all that it calls), each
        with its share of the total. `start`, `end`: RFC 3339. `focus`, `ignore`: regular
        expressions on stacks. `by`: function, line, file, mapping."""
        _at_least_one(rows=rows)
        (scope,), chosen = self._place.choose(
            [Scope(where, profile_type, sample_type, start, end, focus, ignore)], max_bytes)
        table = self._place.select(scope).top(rows, by)
        head, found, texts = table.head, table.rows, table.replaced_texts
        unit, total, names = head["unit"], head["total"], [r["name"] for r in found]
        lines = [f"{value_text(r['flat'], unit)} {say.share(r['flat'], total)} | "
                 f"{value_text(r['cum'], unit)} {say.share(r['cum'], total)} | "
                 f"{say.name(r['name'])}" for r in found]

        def left_out(shown: int) -> str:
            number = head["rows_left_out"] + len(found) - shown
            flat = head["flat_left_out"] + sum(r["flat"] for r in found[shown:])
            return (f"left out: {say.count(number, by)} with {say.exact(flat, unit)} flat, "
                    f"{say.share(flat, total)}" if number else "")

        calls, frames = [], _other(by, "function")
        for name in say.askable(names, texts)[:1]:
            calls.append(scope.call("callers", function=name, by=frames))
            calls += [scope.call("series", function=name)] if not frames else []
        if head["rows_left_out"]:
            calls.append(scope.call("top", rows=rows * 3, by=frames))
        above = [f"selected: {self._place.selected(scope)}{chosen}", f"total: {say.about(head)}"]
        if total:
            above.append(f"flat | cum | {by}")
        else:
            why, calls = self._place.nothing(scope)
            above.append(why)
        bare = head["flat_without_frames"]
        tail = [f"no stack: {say.exact(bare, unit)}, {say.share(bare, total)}" if bare else "",
                say.replaced(names, texts), say.cost(table.cost)]
        return fit(above, lines, left_out, tail, max_bytes, calls)

    def callers(self, function: str, profile_type: str = "", where: str = "",
                callees: bool = False, depth: int = 2, sample_type: str = "", start: str = "",
                end: str = "", focus: str = "", ignore: str = "", by: str = "function",
                max_bytes: int = 4096) -> str:
        """Who calls a function (its name as in `top`, with the same `by`), or with `callees` what
        it calls: indented by steps, up to `depth`, each with its part of the function's value."""
        _at_least_one(depth=depth)
        (scope,), chosen = self._place.choose(
            [Scope(where, profile_type, sample_type, start, end, focus, ignore)], max_bytes)
        raw = self._view(scope, function, callees, by)
        tree, texts, frames = raw.json(), raw.replaced_texts, _other(by, "function")
        steps = say.Steps(tree, depth, "(itself)" if callees else "(no caller)")
        calls = []
        for name in say.askable(steps.first, texts)[:1]:
            onward = callees if steps.first[name] else not callees
            calls.append(scope.call("callers", function=name, by=frames, callees=onward))
        calls.append(scope.call("callers", function=function, by=frames, callees=not callees))
        calls += [scope.call("series", function=function)] if not frames else []
        head = [f"selected: {self._place.selected(scope)}{chosen}",
                f"total: {say.exact(steps.total, tree['unit'])} of {say.name(tree['type'])}, "
                f"{tree.get('aggregate', 'sum')}; {say.name(function)} "
                f"{'calls' if callees else 'is called by'}:"]
        return fit(head, steps.rows, steps.left_out,
                   [say.replaced(steps.names, texts), say.cost(raw.cost)], max_bytes, calls)

    def _view(self, scope: Scope, function: str, callees: bool, by: str) -> results.Raw:
        selection = self._place.select(scope)
        view = selection.callees(function, 0) if callees else selection.callers(function, 0)
        try:
            return results.Raw(view.question.replace(by=by).answer("json"))
        except c.DoleriteError as error:
            if error.code != "NOT_FOUND":
                raise
            names = scope.call("top", by=_other(by, "function"))
            raise c.DoleriteError(f"{error}; names as they are: {names}", error.code) from None

    def diff(self, base: str, against: str, profile_type: str = "", rows: int = 20,
             sample_type: str = "", normalize: bool = False, start: str = "", end: str = "",
             focus: str = "", ignore: str = "", max_bytes: int = 4096) -> str:
        """What changed between two selectors, like base={version="v1"} against={version="v2"}:
        each function's share of its side's total. What grew comes first, culprits before their
        callers."""
        _at_least_one(rows=rows)
        scopes, chosen = self._place.choose(
            [Scope(where, profile_type, sample_type, start, end, focus, ignore)
             for where in (base, against)], max_bytes)
        sides = [self._place.select(scope) for scope in scopes]
        changes = Diff(sides[0], sides[1], normalize=normalize).top(0)
        found = [r for r in changes.rows if r["score"]]
        grown = [r for r in found if r["score"] > 0][:rows]
        shrunk = [r for r in found if r["score"] < 0][-max(rows // 2, 1):]
        listed = grown + shrunk[::-1]
        lines = [f"{r['base_cum_share']:.2%} -> {r['against_cum_share']:.2%} "
                 f"({r['cum_change'] * 100:+.2f} points) | {say.name(r['name'])}" for r in listed]
        tables = [side.top(1) for side in sides]
        unit = tables[1].head["unit"] or tables[0].head["unit"]

        def left_out(shown: int) -> str:
            gone = found[len(grown):len(found) - len(shrunk)] + listed[shown:]
            flat = [sum(r[side] for r in gone) for side in ("base_flat", "against_flat")]
            return (f"left out: {say.count(len(gone), 'changed function')} with flat "
                    f"{say.exact_change(flat[0], flat[1], unit)}" if gone else "")

        head, why, calls = self._sides(scopes, [table.head for table in tables], bool(chosen))
        if not why:
            texts = changes.replaced_texts
            calls = [scope.call("callers", function=name)
                     for scope, side in ((scopes[1], grown), (scopes[0], shrunk[::-1]))
                     for name in say.askable((r["name"] for r in side), texts)[:1]] + calls
        head.append(why or f"cum shares: {len(grown)} grew, {len(shrunk)} shrank")
        replaced = say.replaced((r["name"] for r in listed), changes.replaced_texts)
        costs = [changes.cost, *(table.cost for table in tables)]
        return fit(head, lines, left_out, [replaced, say.cost(*costs)], max_bytes, calls)

    def _sides(self, scopes: Sequence[Scope], totals: Sequence[dict[str, Any]],
               chosen: bool) -> tuple[list[str], str, list[str]]:
        """A line for each side, why one is empty, and a call about one."""
        notes = (" (type not given)" if chosen else "", "")
        head = [f"{what}: {self._place.selected(scope)}{note}: {say.about(total, times=False)}"
                for what, scope, total, note in zip(("base", "against"), scopes, totals, notes)]
        for scope, total in zip(scopes, totals):
            if not total["total"]:
                return head, *self._place.nothing(scope)
        return head, "", [scopes[1].call("top")]

    def series(self, function: str = "", profile_type: str = "", where: str = "",
               step: str = "1m", by: str = "", aggregate: str = "sum", sample_type: str = "",
               start: str = "", end: str = "", focus: str = "", ignore: str = "",
               max_bytes: int = 4096) -> str:
        """Values over time, of a function with all that it calls, or of everything; one line for
        each value of the label `by`. `step`: like 15s, 1m, 1h. `aggregate`: sum, rate, average,
        count, min, max."""
        (scope,), chosen = self._place.choose(
            [Scope(where, profile_type, sample_type, start, end, focus, ignore)], max_bytes)
        selection = self._place.select(scope)
        raw = results.Raw(selection.series(function, step, [by] if by else [],
                                           aggregate).question.answer())
        chart = raw.json()
        unit, sums = chart["unit"], [sum(line["value"]) for line in chart["lines"]]
        rows = [say.points(line, unit, max_bytes // 4) for line in chart["lines"]]
        head = [f"selected: {self._place.selected(scope)}{chosen}",
                f"total: {say.exact(sum(sums), unit)}, the sum of all points of "
                f"{say.name(chart['type'])}, {chart['aggregate']}, step {step}; "
                f"{say.name(function) if function else 'all functions'}"]
        calls = []
        if any(len(line["value"]) > say.MOST_POINTS for line in chart["lines"]):
            calls.append(scope.call("series", function=function, by=by,
                                    step=say.duration(10 * duration_nanos(step)),
                                    aggregate=_other(aggregate, "sum")))
        calls += [scope.call("callers", function=function)] if function else []
        calls.append(scope.call("top"))
        if not any(sums):
            why, calls = self._place.nothing(scope, function)
            head.append(why)

        def left_out(shown: int) -> str:
            held = sum(sums[shown:])
            return (f"left out: {say.count(len(rows) - shown, 'line')} with "
                    f"{say.exact(held, unit)}, {say.share(held, sum(sums))}"
                    if shown < len(rows) else "")

        return fit(head, rows, left_out, [say.cost(raw.cost)], max_bytes, calls)

    def ask(self, question: str, max_bytes: int = 4096) -> str:
        """Any question in Dolerite's JSON, like {"question":"tree","selection":{"matchers":
        "{pod=\\"a\\"}","profile_type":"cpu"},"answer":{"format":"folded"}}. The kinds: tree,
        grouped_trees, diff, series, heatmap, catalog, list. A mistake is answered with the keys
        that there are."""
        return ask(self._place, question, max_bytes)
