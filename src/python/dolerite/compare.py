"""Comparisons: what changed between two selections, and tests that nothing got slower."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any, Union

from . import _library as c
from . import results
from ._values import shown, text_of, wrong
from .question import Question, dumps, with_types
from .selection import Selection
from .source import Place, Source

Side = Union[Selection, Place]

# Conditions that copies of single profiles have applied, and those that need no second time.
_APPLIED = ("profile_type", "trace_ids", "span_ids", "sample_start", "sample_end")
_OF_PROFILES = ("profile_type", "matchers", "profile_ids", "start", "end")
_DONE = (*_APPLIED[1:], *_OF_PROFILES[1:])


class Diff:
    """Two selections side by side. Nothing is read until asked."""

    def __init__(self, base: Selection, against: Selection, by: str = "function",
                 normalize: bool = False) -> None:
        self._base, self._against = base, against
        self._fields = {"by": by, "normalize": normalize}
        self._question: Question | None = None

    @property
    def base(self) -> Selection:
        """What it was before."""
        return self._base

    @property
    def against(self) -> Selection:
        """What it is now."""
        return self._against

    @property
    def question(self) -> Question:
        """The question for both sides. Selections of different sources are distinguished by the ids
        of their profiles, which are listed first (no sample is read). Of sources that can't be one,
        such as two archives or two servers, each side is read and copied to memory first."""
        if self._question is None:
            base, against = self.base, self.against
            if base.source != against.source:
                base, against = _together(base, against)
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


def _together(base: Selection, against: Selection) -> list[Selection]:
    """Both selections in one source."""
    sides = [base, against]
    try:
        both = base.source.with_places_of(against.source)
        both.open()
    except c.DoleriteError as error:
        if error.code != "FAILED_PRECONDITION":
            raise
        chosen = with_types([(side.source, side.json()) for side in sides])
        sides = [_in_memory(side, fields) for side, fields in zip(sides, chosen)]
        both = sides[0].source.with_places_of(sides[1].source)
    return [Selection(both, _by_ids(side).json()) for side in sides]


def _in_memory(selection: Selection, fields: dict[str, Any]) -> Selection:
    """What is selected, in a source of its own. ``fields``: the selection, with its type."""
    whole = Selection(selection.source, fields)
    if not _listed(whole):
        raise _nothing(selection)
    head = whole.top(1).head
    averages = head["aggregate"] == "average"  # over time: all profiles as one would be their sum
    copied = _one_by_one(whole) if averages else _as_one(whole)
    same = ("total", "profiles") if averages else ("total",)
    if all(copied.top(1).head.get(name) == head.get(name) for name in same):
        return copied
    raise c.DoleriteError(
        f"{selection!r}: these values can't be compared with a place that can't be one source with "
        "theirs; import both into one archive (dolerite import), and compare there",
        "FAILED_PRECONDITION")


def _as_one(selection: Selection) -> Selection:
    """All profiles as one, with all conditions applied but the type of values."""
    data = selection._ask("profile").answer().bytes
    source = Source([data], {}, selection.source.limits)
    return Selection(source, {"sample_type": selection.json().get("sample_type")})


def _one_by_one(selection: Selection) -> Selection:
    """Each profile with its time and labels, also one without samples that are selected: averages
    count it. Links and timestamps of samples do not come along, so conditions on them are applied
    at once, the others later."""
    fields = selection.json()
    whole = {name: fields[name] for name in _APPLIED if name in fields}
    builder = c.make("builder", "builder_new")
    for row in _listed(selection):
        one = Selection(selection.source, {**whole, "profile_ids": [row["id"]]})
        data = one._ask("profile").answer().bytes
        c.run("builder_add", builder.pointer, data, len(data), dumps(row["labels"]).encode(), None)
    block = c.bytes_of(c.make("bytes", "builder_finish", builder.pointer, None))
    return Selection(Source([block], {}, selection.source.limits),
                     {name: fields[name] for name in fields if name not in _DONE})


def _nothing(selection: Selection) -> c.DoleriteError:
    return c.DoleriteError(f"{selection!r} selects nothing", "NOT_FOUND")


def _listed(selection: Selection) -> list[dict[str, Any]]:
    """The profiles, also those without samples that are selected."""
    fields = selection.json()
    of_profiles = {name: fields[name] for name in _OF_PROFILES if name in fields}
    return Selection(selection.source, of_profiles).profiles().rows


def _by_ids(selection: Selection) -> Selection:
    ids = [profile["id"] for profile in _listed(selection)]
    if not ids:
        raise _nothing(selection)
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

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.rows)


class assert_no_slower:
    """Fails if the share of a function, with all that it calls, grew by more than ``by`` of the
    total: ``by=0.02``, or "2%", allows 60.0 % to become 62.0 %. ``ignore``: a regular expression of
    Python; functions whose names it matches, anywhere, may grow. ``type``: the profile type, where
    there are several. A side without profiles, or without any value, is an error (NOT_FOUND): a
    test that compares nothing would always pass.

    As a context manager it looks when its block has ended, and opens both sides anew, so the block
    may write the profiles; ``check()`` looks at once."""

    def __init__(self, before: Side, after: Side, by: float | str = 0.02,
                 ignore: str | re.Pattern[str] = "", type: str = "") -> None:
        self._sides = (_side(before), _side(after))
        self._by, self._type = _share(by), text_of(type, "type")
        try:
            self._ignore = re.compile(ignore) if ignore else None
            if self._ignore:
                self._ignore.search("")  # one for bytes is wrong
        except (re.error, TypeError) as error:
            raise wrong(f"ignore: {ignore!r} is not a regular expression for texts: {error}"
                        ) from None

    def slower(self) -> list[dict[str, Any]]:
        """The rows of the functions that grew too much, as of ``Diff.top``."""
        base, against = self._sides
        if self._type:
            base, against = base.type(self._type), against.type(self._type)
        rows = Diff(base, against).top(0).rows
        for name, side, value in (("before", base, "base_cum"), ("after", against, "against_cum")):
            if not any(row[value] for row in rows):
                raise c.DoleriteError(f"{name} has nothing to compare: {side!r}", "NOT_FOUND")
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
        count = "1 function" if len(rows) == 1 else f"{len(rows)} functions"
        raise SlowerError(f"{count} grew by more than {self._by * 100:g} % of the total:\n"
                          + "\n".join(lines) + more, rows)

    def __enter__(self) -> assert_no_slower:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if kind is None:
            for side in self._sides:
                side.source.refresh()
            self.check()


def _share(by: float | str) -> float:
    """A share of "2%" or 0.02."""
    percent = re.fullmatch(r"(\d+(?:\.\d+)?) ?%", by) if isinstance(by, str) else None
    share = float(percent[1]) / 100 if percent else by
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share < 1:
        raise wrong(f'by: expected a share of the total, as 0.02 or "2%", found {shown(by)}')
    return float(share)
