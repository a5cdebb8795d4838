"""The lines of answers for agents: names, values, totals, costs."""

from __future__ import annotations

import json
from typing import Any
from collections.abc import Iterable, Mapping

from ._fit import visible
from ._html import value_text
from ._scope import time_text
from ._values import _UNITS

_MOST_NAME = 160  # characters of a name in a row
MOST_POINTS = 40
_PLURALS = {"series": "series", "address": "addresses", "function_file": "functions"}


def name(text: str) -> str:
    """A name for a row, in the quotes of JSON where it has more than plain characters; a long one
    without its middle."""
    if not text.isprintable() or text != text.strip() or text[:1] in ("", '"'):
        text = json.dumps(text)
    return text if len(text) <= _MOST_NAME else text[:100] + " .. " + text[-56:]


def quoted(text: str) -> str:
    """A value in quotes, shortened like a name."""
    shown = visible(json.dumps(text, ensure_ascii=False))
    return shown if len(shown) <= _MOST_NAME else shown[:100] + " .. " + shown[-56:]


def label(text: str) -> str:
    """A label's name, in quotes where it is no plain word."""
    return text if text.replace(".", "_").isidentifier() and text.isascii() else quoted(text)


def count(number: int, what: str) -> str:
    """Like "1 line", "2 lines"."""
    return f"{number} {what if number == 1 else _PLURALS.get(what, what + 's')}"


def share(value: float, total: float) -> str:
    """A part of a total in percent."""
    return f"{value / total:.2%}" if total else "-"


def cost(*costs: Mapping[str, Any]) -> str:
    """What the questions took whose answers the rows are."""
    requests, read, rows, nanos = (sum(one[what] for one in costs) for what in (
        "requests", "bytes_read", "rows", "nanos"))
    text = f"cost: {requests} requests, {read:,} bytes read, {rows:,} rows, {nanos / 1e6:.1f} ms"
    damaged = max(len(one["left_out"]) for one in costs)
    return text + (f"; {damaged} damaged parts left out" if damaged else "")


def exact(value: int | float, unit: str) -> str:
    """A value for reading, and exactly."""
    return f"{value_text(value, unit)} ({' '.join((str(value), unit)).strip()})"


def exact_change(base: int, against: int, unit: str) -> str:
    """Two values for reading, and exactly."""
    return (f"{value_text(base, unit)} -> {value_text(against, unit)} "
            f"({' '.join((f'{base} -> {against}', unit)).strip()})")


def about(head: Mapping[str, Any], times: bool = True) -> str:
    """The exact total of a table, with its type and unit, and when it was."""
    if not head["type"]:
        return "0 profiles"
    text = f"{exact(head['total'], head['unit'])} of {name(head['type'])}, {head['aggregate']}"
    if "profiles" in head:
        text += f"; {count(head['profiles'], 'profile')}"
    if times and "first_time" in head:
        text += f" from {head['first_time']} to {head['last_time']}"
    return text


def duration(nanos: int) -> str:
    """A duration as questions have it."""
    for unit, size in _UNITS.items():
        if nanos % size == 0:
            return f"{nanos // size}{unit}"
    return f"{nanos}ns"


def replaced(names: Iterable[str], texts: int) -> str:
    """A line about names that are not UTF-8. ``texts``: how many the answer has."""
    if not texts or all("\ufffd" not in one for one in names):
        return ""
    return "U+FFFD in a name stands for bytes that are not UTF-8: it can't be asked for"


def askable(names: Iterable[str], texts: int) -> list[str]:
    """The names that a question can have."""
    return [one for one in names if one and not (texts and "\ufffd" in one)]


def points(line: Mapping[str, Any], unit: str, most_bytes: int) -> str:
    """One line of a chart: all points of a short one, of a long one those that matter."""
    labels = ", ".join(f"{label(key)}={quoted(value)}" for key, value in line["labels"])
    found = list(zip(line["time_nanos"], line["value"]))
    prefix = f"{'{' + labels + '}' if labels else 'all'}: {count(len(found), 'point')}; "
    if not found:
        return prefix
    one_day = time_text(found[0][0])[:10] == time_text(found[-1][0])[:10]
    every = prefix + " ".join(
        f"{time_text(t)[11:-1] if one_day else time_text(t)}={value_text(v, unit)}"
        for t, v in found[:MOST_POINTS])
    if len(found) <= MOST_POINTS and len(every.encode()) <= most_bytes:
        return every
    least, most = min(found, key=lambda p: p[1]), max(found, key=lambda p: p[1])
    mean = sum(v for _, v in found) / len(found)
    marks = (("first", found[0]), ("last", found[-1]), ("least", least), ("most", most))
    few = prefix + f"mean {value_text(mean, unit)}; " + "; ".join(
        f"{what} {time_text(t)}={value_text(v, unit)}" for what, (t, v) in marks)
    return few if len(found) > MOST_POINTS else min(every, few, key=len)


class Steps:
    """The nodes of a tree below its root down to a depth, heaviest first, as indented rows.
    ``own``: what to call the part of the root that no node below it has."""

    def __init__(self, tree: Mapping[str, Any], depth: int, own: str) -> None:
        nodes, self.names, self._unit = tree["nodes"], tree["names"], tree["unit"]
        self.total = nodes["total"][0]
        self.below: dict[int, list[int]] = {}
        for node in range(1, len(nodes["parent"])):
            self.below.setdefault(nodes["parent"][node], []).append(node)
        weights = [nodes["self"][0], *nodes["total"][1:]]
        for children in self.below.values():
            children.sort(key=lambda n: -weights[n])
        # The names next to the root, and whether there is more behind each.
        self.first = {self.names[nodes["name"][n]]: n in self.below for n in self.below.get(0, [])}
        tops = sorted(self.below.get(0, []) + ([0] if weights[0] else []),
                      key=lambda n: -weights[n])
        self.rows: list[str] = []
        self._weights: list[tuple[int, int]] = []  # of each row: its parent's row, its value
        stack = [(n, 0, -1) for n in reversed(tops)]
        while stack:
            node, level, parent = stack.pop()
            shown = name(self.names[nodes["name"][node]]) if node else own
            self.rows.append(f"{'  ' * level}{value_text(weights[node], self._unit)} "
                             f"{share(weights[node], self.total)} {shown}")
            if node and level + 1 < depth:
                stack += [(n, level + 1, len(self.rows) - 1)
                          for n in reversed(self.below.get(node, []))]
            self._weights.append((parent, weights[node]))

    def left_out(self, shown: int) -> str:
        """What the rows from a number on hold: those below others are part of these."""
        if shown >= len(self.rows):
            return ""
        held = sum(value for parent, value in self._weights[shown:] if parent < shown)
        return (f"left out: {count(len(self.rows) - shown, 'line')} with "
                f"{exact(held, self._unit)}, {share(held, self.total)}")
