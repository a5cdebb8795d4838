"""Questions: what to ask of a source, as a value."""

from __future__ import annotations

import json
from typing import Any
from collections.abc import Callable, Mapping, Sequence

from . import _arrow
from . import _library as c
from ._values import shown, text_of, wrong
from .source import Source

Side = tuple[Source, dict[str, Any]]  # a selection and where it selects


def dumps(value: Any, sort_keys: bool = False) -> str:
    """Compact JSON."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys,
                          allow_nan=False)
    except (TypeError, ValueError) as error:
        raise wrong(f"{shown(value)} can't be written as JSON: {error}") from None


def _sides(fields: Any) -> tuple[str, ...]:
    """Where the selections of a question are that must be of one type."""
    kind = fields.get("question")
    if kind in ("catalog", "list"):
        return ()
    return ("base", "against") if kind == "diff" else ("selection",)


def with_types(sides: Sequence[Side], types_of: Callable[[Source, dict[str, Any]], Any]
               = Source.types_of) -> list[dict[str, Any]]:
    """The selections with a profile type, where they name none and select several: the one that
    another side names, else cpu, else the only one that all sides have. A choice that is not clear
    is left to the library, whose error names the types."""
    selections = [dict(selection) for _, selection in sides]
    named = {selection["profile_type"] for selection in selections if selection.get("profile_type")}
    unnamed = [i for i, selection in enumerate(selections) if not selection.get("profile_type")]
    found = [types_of(sides[i][0], selections[i]) for i in unnamed]
    if None in found:
        return selections
    every = named.union(*found)
    if len(every) < 2:
        return selections
    common = every.intersection(*(types for types in found if types), *([named] if named else []))
    choice = "cpu" if "cpu" in common else min(common) if len(common) == 1 else None
    for i in unnamed if choice else ():
        selections[i]["profile_type"] = choice
    return selections


class Question:
    """A question and the source to ask. Immutable; prints as its JSON; pickles as that JSON and
    the source's places. Nothing is read until ``answer`` or a table asks.

    A selection without a profile type that selects profiles of several types, with ``cpu`` among
    them, is of type ``cpu`` (catalogs and lists are of all types). Both sides of a difference are
    of one type. The type that was chosen shows once it is known."""

    __slots__ = ("_source", "_text")

    def __init__(self, source: Source, fields: Mapping[str, Any] | str) -> None:
        if not isinstance(source, Source) or not isinstance(fields, (str, Mapping)):
            raise wrong("a question is of a source and a dictionary or a text in JSON, not of "
                        f"{shown(source)} and {shown(fields)}")
        self._source = source
        # A side of a difference may select everything, so it stays when it is empty.
        self._text = fields if isinstance(fields, str) else dumps(
            {name: value for name, value in fields.items() if name in ("base", "against")
             or value is not False and value not in (None, "", [], {})}
        )

    @property
    def source(self) -> Source:
        """The source that is asked."""
        return self._source

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.source, self._text)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.shown()} of {self.source!r}>"

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, Question) and self._text == other._text
                and self.source == other.source)

    def __hash__(self) -> int:
        return hash((self.source, self._text))

    def json(self) -> dict[str, Any]:
        """The question as a dictionary."""
        try:
            fields: dict[str, Any] = json.loads(self._text)
        except ValueError as error:
            raise wrong(f"the question is not JSON: {error}") from None
        return fields

    def replace(self, **fields: Any) -> Question:
        """The question with other values of some fields; ``answer`` is changed field by field."""
        old = self.json()
        answer = {**old.get("answer", {}), **fields.pop("answer", {})}
        return Question(self.source, {**old, **fields, "answer": answer})

    def resolved(self) -> str:
        """The text that is asked: with a profile type, if one had to be chosen."""
        return self._with_types(Source.types_of)

    def shown(self) -> str:
        """As ``resolved`` if the types of the selection are known, else as it is. Reads nothing."""
        return self._with_types(Source.known_types)

    def _with_types(self, types_of: Callable[[Source, dict[str, Any]], Any]) -> str:
        try:
            fields = json.loads(self._text)
            names = _sides(fields)
            sides = [(self.source, dict(fields.get(name, {}))) for name in names]
        except (AttributeError, TypeError, ValueError):  # the library tells what is wrong
            return self._text
        chosen = with_types(sides, types_of)
        if chosen == [selection for _, selection in sides]:
            return self._text
        return dumps({**fields, **dict(zip(names, chosen))})

    def answer(self, form: str = "") -> c.Answer:
        """Asks. ``form``: how the answer is written ("json", "table", "folded", "html", "svg",
        "pprof", "pgo"), else as the question says."""
        return self.source.ask(self.resolved(), text_of(form, "form"))

    def stream(self) -> object:
        """Asks, and gives the answer as a capsule with an Arrow stream."""
        return _arrow.stream_of(self.answer("arrow"))

    def canonical(self) -> str:
        """The library's own text of this question, which is equal for equal questions."""
        text = self._text.encode("utf-8", "surrogatepass")
        return c.bytes_of(c.make("bytes", "question_print", text, len(text))).decode()
