"""Texts of bounded size: a head, as many rows as fit, what was left out, and calls to make next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from . import _library as c

LEAST_BYTES, MOST_BYTES = 512, 1 << 20
_ROWS_BEFORE_CALLS = 3
_MOST_CALLS, _MOST_CALL_BYTES = 3, 300  # longer ones are passed over: names that are no use


def fit(head: Sequence[str], rows: Sequence[str], left_out: Callable[[int], str],
        tail: Sequence[str], max_bytes: int, calls: Iterable[str] = ()) -> str:
    """The lines that fit. ``left_out``: what to say of the rows from the n-th on. ``calls`` are
    dropped where they would leave no room for a few rows."""
    if not LEAST_BYTES <= max_bytes <= MOST_BYTES:
        raise c.DoleriteError(f"max_bytes is {max_bytes}, not {LEAST_BYTES} to {MOST_BYTES}",
                              "INVALID_ARGUMENT")
    short = [call for call in calls if len(call.encode()) <= _MOST_CALL_BYTES]
    following = ["next: " + call for call in short[:_MOST_CALLS]]

    def text(shown: int) -> str:
        lines = (*head, *rows[:shown], left_out(shown), *tail, *following)
        return "\n".join(line for line in lines if line)

    def fits(shown: int) -> bool:
        return len(text(shown).encode()) <= max_bytes

    while following and not fits(min(len(rows), _ROWS_BEFORE_CALLS)):
        following.pop()
    shown, used = 0, 0
    while shown < len(rows) and used <= max_bytes:  # more than these can't fit
        used += len(rows[shown].encode()) + 1
        shown += 1
    while shown > 0 and not fits(shown):
        shown -= 1
    answer = text(shown)
    if rows and shown == 0:
        answer = f"no row fits: max_bytes={len(text(1).encode())} shows one\n{answer}"
    data = answer.encode()
    if len(data) <= max_bytes:
        return answer
    return data[:max_bytes - 8].decode("utf-8", "ignore") + "\n.. cut"
