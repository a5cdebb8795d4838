"""What there is at a place, for agents: types, times, labels and their values."""

from __future__ import annotations

from typing import Any
from collections.abc import Iterable

from . import _lines as say
from ._fit import check_size, fit
from ._place import Place
from ._scope import Scope, time_text

_MOST_VALUES = 8  # of a label in its row

# Each value of each label, with how many profiles have it.
Labels = dict[str, dict[str, int]]
# A row, and how many values or profiles it is about.
Row = tuple[str, int]


def _labels(listed: Iterable[dict[str, Any]]) -> Labels:
    out: Labels = {}
    for one in listed:
        for name, value in one["labels"].items():
            values = out.setdefault(name, {})
            values[value] = values.get(value, 0) + one["profiles"]
    return out


def _types(listed: Iterable[dict[str, Any]]) -> dict[str, int]:
    out: dict[str, int] = {}
    for one in listed:
        out[one["type"]] = out.get(one["type"], 0) + one["profiles"]
    return dict(sorted(out.items(), key=lambda item: (item[0] != "cpu", item[0])))


def _value_rows(label: str, values: dict[str, int]) -> list[Row]:
    return [(f"{say.label(label)}={say.quoted(value)}: {say.count(number, 'profile')}", number)
            for value, number in sorted(values.items())]


def _rows(place: Place, scope: Scope, types: dict[str, int], labels: Labels) -> list[Row]:
    rows = []
    for kind in place.select(scope).types():
        samples = ", ".join(f"{say.name(one['type'])} ({say.name(one['unit'])})"
                            for one in kind["sample_types"])
        number = say.count(types.get(kind["type"], 0), "profile")
        rows.append((f"type {say.name(kind['type'])}: {number}; {samples}", 1))
    for name, values in sorted(labels.items()):
        shown = ", ".join(say.quoted(value) for value in sorted(values)[:_MOST_VALUES])
        more = ", .." if len(values) > _MOST_VALUES else ""
        rows.append((f"label {say.label(name)}: {say.count(len(values), 'value')}: {shown}{more}",
                     len(values)))
    return rows


def catalog(place: Place, scope: Scope, label: str, max_bytes: int) -> str:
    """Types and labels; or the values of one label."""
    check_size(max_bytes)
    place.look_again()
    listed, took = place.listed(scope)
    types, labels = _types(listed), _labels(listed)
    total = f"total: {say.count(sum(types.values()), 'profile')}, " \
            f"{say.count(len(listed), 'series')}"
    if listed:
        total += (f", {time_text(min(one['first_nanos'] for one in listed))} to "
                  f"{time_text(max(one['last_nanos'] for one in listed))}")
    head = [f"selected: {place.selected(scope)}", total]
    calls = [scope._replace(profile_type=kind).call("top") for kind in list(types)[:2]]
    if label:
        rows = _value_rows(label, labels.get(label, {}))
    else:
        rows = _rows(place, scope, types, labels)
        several = sorted(labels, key=lambda name: (len(labels[name]) < 2, name))
        calls += [scope.call("catalog", label=name) for name in several[:1]]
    if not listed:
        why, calls = place.nothing(scope)
        head.append(why)
    elif not rows:
        head.append(f"nothing: no series has the label {say.quoted(label)}")
        calls = [scope.call("catalog")]

    def left_out(shown: int) -> str:
        what, of = ("value", "profile") if label else ("line", "value")
        held = sum(number for _, number in rows[shown:])
        return (f"left out: {say.count(len(rows) - shown, what)} with {say.count(held, of)}"
                if shown < len(rows) else "")

    return fit(head, [row for row, _ in rows], left_out, [say.cost(took)], max_bytes, calls)
