"""Comparisons: what changed between two selections, and tests that nothing got slower."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any, Union

from . import _library as c
from . import results
from .question import Question
from .selection import Selection
from .source import Place

Side = Union[Selection, Place]


class Diff:
    """Two selections side by side. Nothing is read until asked."""

    def __init__(self, base: Selection, against: Selection, by: str = "function",
                 normalize: bool = False) -> None:
        self.base, self.against = base, against
        self._fields = {"by": by, "normalize": normalize}
        self._question: Question | None = None

    @property
    def question(self) -> Question:
        """The question for both sides. Selections of different sources are distinguished by the ids
        of their profiles, which are listed first (no sample is read)."""
        if self._question is None:
            base, against = self.base, self.against
            if base.source != against.source:
                both = base.source.with_places_of(against.source)
                base, against = _by_ids(base), _by_ids(against)
                base, against = Selection(both, base.json()), Selection(both, against.json())
            self._question = Question(base.source, {
                "question": "diff", "base": base.json(), "against": against.json(),
                **self._fields})
        return self._question

    def top(self, n: int = 20, rank: str = "share") -> results.Changes:
        """The functions that changed most; 0: all. ``rank``: by share of the side's total, or by
        value, for sides that did the same work."""
        answer = {"format": "table", "rows": n, "rank": rank}
        return results.Changes(self.question.replace(answer=answer))

    def flame(self, max_nodes: int = 8192, title: str = "", base_name: str = "base",
              against_name: str = "against") -> results.Flame:
        """A flame graph whose colours say what grew and what shrank."""
        answer = {"format": "html", "base_name": base_name, "against_name": against_name}
        if title:
            answer["title"] = title
        return results.Flame(self.question.replace(max_nodes=max_nodes, answer=answer))

    def tree(self, max_nodes: int = 0) -> Question:
        """The question, for engines to run."""
        return self.question.replace(max_nodes=max_nodes)

    def __repr__(self) -> str:
        return f"<Diff base {self.base!r} against {self.against!r}>"

    def _repr_html_(self) -> str:
        return self.top()._repr_html_()


def _by_ids(selection: Selection) -> Selection:
    ids = [profile["id"] for profile in selection.profiles().rows]
    if not ids:
        raise c.DoleriteError(f"{selection!r} selects no profile", "NOT_FOUND")
    return selection.profile_ids(*ids)


def diff(base: Side, against: Side, by: str = "function", normalize: bool = False) -> Diff:
    """What changed from ``base`` to ``against``: selections, or places. ``normalize``: scales the
    base, so that both sides have the same total."""
    return Diff(_side(base), _side(against), by, normalize)


def _side(side: Side) -> Selection:
    if isinstance(side, Selection):
        return side
    from . import open

    return open(side)


class SlowerError(AssertionError):
    """Functions took a larger share than before. ``rows``: these, culprits first."""

    def __init__(self, message: str, rows: list[dict[str, Any]]) -> None:
        super().__init__(message)
        self.rows = rows


class assert_no_slower:
    """Fails if the share of a function, with all that it calls, grew by more than ``by`` of the
    total: ``by=0.02`` allows 60.0 % to become 62.0 %. ``ignore``: a regular expression; functions
    whose names it matches, anywhere, may grow. ``type``: the profile type, where there are several.

    As a context manager it looks when its block has ended, so the block may write the profiles;
    ``check()`` looks at once."""

    def __init__(self, before: Side, after: Side, by: float = 0.02, ignore: str = "",
                 type: str = "") -> None:
        self._sides = (before, after)
        self._by, self._type = by, type
        self._ignore = re.compile(ignore) if ignore else None

    def slower(self) -> list[dict[str, Any]]:
        """The rows of the functions that grew too much, as of ``Diff.top``."""
        base, against = (_side(side) for side in self._sides)
        if self._type:
            base, against = base.type(self._type), against.type(self._type)
        rows = Diff(base, against).top(0).rows
        return [row for row in rows if row["cum_change"] > self._by
                and not (self._ignore and self._ignore.search(row["name"]))]

    def check(self) -> None:
        """Raises SlowerError if a function grew too much."""
        rows = self.slower()
        if not rows:
            return
        lines = [f"  {row['base_cum_share']:6.1%} -> {row['against_cum_share']:6.1%}  {row['name']}"
                 for row in rows[:10]]
        more = f"\n  and {len(rows) - 10} more" if len(rows) > 10 else ""
        raise SlowerError(f"{len(rows)} functions grew by more than {self._by:.1%} of the total:\n"
                          + "\n".join(lines) + more, rows)

    def __enter__(self) -> assert_no_slower:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if kind is None:
            self.check()
