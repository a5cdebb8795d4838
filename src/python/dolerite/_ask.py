"""Questions of agents in JSON: the answer as it is, with what it is about around it."""

from __future__ import annotations

import json
from typing import Any
from collections.abc import Sequence

from . import _lines as say
from ._fit import check_size, fit, shorten, visible
from ._place import Place
from ._scope import Scope, scope_of
from .question import dumps
from .results import Raw

_MOST_SELECTED = 300  # bytes of all selections
_MOST_COST = 120  # bytes: its numbers differ each time, the piece of an answer should not


def _rows(raw: Raw) -> list[str]:
    try:
        text = raw.bytes.decode("utf-8").removesuffix("\n")
        return [visible(row) for row in text.split("\n")]
    except UnicodeDecodeError:
        return [f"{len(raw.bytes)} bytes that are no text: ask for another format"]


def _first(rows: Sequence[str]) -> dict[str, Any]:
    """The first line of an answer in JSON."""
    line: dict[str, Any] = json.loads(rows[0]) if rows[0].startswith("{") else {}
    return line


def _total(kind: str, rows: Sequence[str]) -> str:
    """The exact total of an answer, or how much it lists."""
    first = _first(rows)
    if kind == "tree" and "total" in first:
        return say.about(first)
    if first.get("type") == "" and kind in ("tree", "diff"):
        return "0 profiles"
    if "nodes" in first:
        totals = [v[0] for k, v in first["nodes"].items() if k.endswith("total")]
        return (" -> ".join(say.exact(one, first["unit"]) for one in totals)
                + f" of {say.name(first['type'])}")
    if "tree" in first:
        totals = [json.loads(row)["tree"]["nodes"]["total"][0] for row in rows]
        return f"{say.exact(sum(totals), first['tree']['unit'])} in {say.count(len(rows), 'group')}"
    if kind == "series" and first:
        return say.exact(sum(sum(line["value"]) for line in first["lines"]), first["unit"])
    if kind == "heatmap" and first:
        return f"{sum(sum(group['count']) for group in first['groups'])} observations"
    if first:
        return say.count(len(rows), "profile" if kind == "list" else "line")
    values = [row.rpartition(" ")[2] for row in rows]
    folded = kind == "tree" and all(one.lstrip("-").isdigit() for one in values)
    return str(sum(map(int, values))) if folded else ""


def _calls(kind: str, question: dict[str, Any], scopes: Sequence[Scope | None],
           rows: Sequence[str]) -> list[str]:
    """Calls about the same data; the same question as a table, where no tool can ask it."""
    if any(scope is None for scope in scopes):
        if kind not in ("tree", "diff") or question.get("answer", {}).get("format") == "table":
            return []
        table = {**question, "answer": {"format": "table", "rows": 20}}
        return [Scope().call("ask", question=json.dumps(table, ensure_ascii=False))]
    known = [scope for scope in scopes if scope is not None]
    if kind == "catalog":
        return [known[0].profiles().call("catalog")]
    if kind == "diff":
        base, against = known
        if base._replace(where="") == against._replace(where=""):
            return [base._replace(where="").call("diff", base=base.where, against=against.where)]
        return [side.call("top") for side in known]
    if kind == "list" and not known[0].profile_type:
        kind_of = _first(rows).get("type", "")
        return [known[0]._replace(profile_type=kind_of).call("top")] if kind_of else []
    return [known[0].call("top")]


def _bytes(rows: Sequence[str]) -> int:
    return sum(len(row.encode()) + 1 for row in rows)


def _beginning(rows: Sequence[str], room: int, calls: Sequence[str]) -> tuple[list[str], str]:
    """The rows; or, if the first has no room, its beginning, and what is said of the rest. Next
    calls take a part of the room if it is large."""
    advice = "; select less, or set max_nodes or rows"
    below = len(advice) + 60  # for what is left out
    if _bytes(rows[:1]) + (below if len(rows) > 1 else 0) <= room:
        return list(rows), ""
    room -= below
    following = _bytes(calls[:3]) + 3 * len("next: ")
    room = max(room - following if following * 2 < room else room, 0)
    piece = rows[0].encode()[:room].decode("utf-8", "ignore")
    size = _bytes(rows)
    return [piece], f"left out: the last {size - len(piece.encode()):,} of {size:,} bytes{advice}"


def ask(place: Place, question: str, max_bytes: int) -> str:
    """The answer to a question: its lines, or those that fit, or the beginning of the first."""
    check_size(max_bytes)
    question = place.resolved(question)
    raw = place.ask(question)
    fields = json.loads(question)
    kind, rows = fields["question"], _rows(raw)
    names = ("base", "against") if kind == "diff" else ("selection",)
    selections = [fields.get(name) or {} for name in names]
    scopes = [scope_of(one) for one in selections]
    head = ["selected: " + " -> ".join(shorten(dumps(one), _MOST_SELECTED // len(selections))
                                       for one in selections)]
    total = _total(kind, rows)
    head += [f"total: {total}"] if total else []
    if raw.cut:
        head.append(f"cut by a limit of the question: {raw.cut} nodes, rows or profiles")
    calls = [visible(call) for call in _calls(kind, fields, scopes, rows)]
    if raw.is_empty and scopes[-1] is not None:
        why, calls = place.nothing(scopes[-1])
        head.append(why)
    cost = say.cost(raw.cost)
    around = _bytes(head) + max(len(cost), _MOST_COST)
    shown_rows, rest = _beginning(rows, max_bytes - around, calls)

    def left_out(shown: int) -> str:
        return rest or (f"left out: {say.count(len(rows) - shown, 'line')} with "
                        f"{_bytes(rows[shown:]):,} of {_bytes(rows):,} bytes"
                        if shown < len(rows) else "")

    return fit(head, shown_rows, left_out, [cost], max_bytes, calls)
