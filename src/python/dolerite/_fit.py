"""Texts of bounded size: a head, as many rows as fit, what was left out, and calls to make next.
Each line stays one line, and no row can pass for a line of another kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from . import _library as c

LEAST_BYTES, MOST_BYTES = 512, 1 << 20
_ROWS_BEFORE_CALLS = 3
_MOST_CALLS, _MOST_CALL_BYTES = 3, 300  # longer ones are passed over: names that are no use
_OWN = ("selected:", "base:", "against:", "total:", "nothing:", "left out:", "no stack:",
        "no row fits:", "cost:", "next:", "..")  # what other lines begin with


def visible(text: str) -> str:
    """A text without line breaks, escapes of terminals and marks that turn the direction of
    writing: these become \\uXXXX, as in JSON."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def shorten(text: str, most_bytes: int) -> str:
    """A visible text; a long one is cut at its end."""
    data = visible(text).encode()
    if len(data) <= most_bytes:
        return data.decode()
    return data[:most_bytes - 3].decode("utf-8", "ignore") + " .."


def check_size(max_bytes: int) -> None:
    """Raises if an answer can't have this bound."""
    if not LEAST_BYTES <= max_bytes <= MOST_BYTES:
        raise c.DoleriteError(f"max_bytes is {max_bytes}, not {LEAST_BYTES} to {MOST_BYTES}",
                              "INVALID_ARGUMENT")


def _row(text: str) -> str:
    text = visible(text)
    return " " + text if text.startswith(_OWN) else text


def fit(head: Sequence[str], rows: Sequence[str], left_out: Callable[[int], str],
        tail: Sequence[str], max_bytes: int, calls: Iterable[str] = ()) -> str:
    """The lines that fit. ``left_out``: what to say of the rows from the n-th on. ``calls`` are
    dropped where they would leave no room for a few rows."""
    check_size(max_bytes)
    head, tail = ([visible(line) for line in lines if line] for lines in (head, tail))
    short = [call for call in map(visible, calls) if len(call.encode()) <= _MOST_CALL_BYTES]
    following = ["next: " + call for call in dict.fromkeys(short)][:_MOST_CALLS]
    shown_rows: list[str] = []
    used = 0
    for row in rows:  # more than these can't fit
        shown_rows.append(_row(row))
        used += len(shown_rows[-1].encode()) + 1
        if used > max_bytes and len(shown_rows) >= _ROWS_BEFORE_CALLS:
            break

    def text(shown: int, calls: int) -> str:
        rest = visible(left_out(shown))
        return "\n".join((*head, *shown_rows[:shown], *([rest] if rest else []), *tail,
                          *following[:calls]))

    def most(calls: int) -> int:
        """How many rows fit beside some calls."""
        shown = len(shown_rows)
        while shown > 0 and len(text(shown, calls).encode()) > max_bytes:
            shown -= 1
        return shown

    number, few = len(following), min(most(0), _ROWS_BEFORE_CALLS)
    while number and (most(number) < few or len(text(0, number).encode()) > max_bytes):
        number -= 1
    shown = most(number)
    answer = text(shown, number)
    if rows and shown == 0:
        answer = f"no row fits: max_bytes={len(text(1, 0).encode())} shows one\n{answer}"
    data = answer.encode()
    if len(data) <= max_bytes:
        return answer
    return data[:max_bytes - 8].decode("utf-8", "ignore") + "\n.. cut"
