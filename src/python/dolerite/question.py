"""Questions: what to ask of a source, as a value."""

from __future__ import annotations

import json
from typing import Any
from collections.abc import Mapping

from . import _arrow
from . import _library as c
from .source import Source

# Where the selections of a question are.
_SELECTIONS = ("selection", "base", "against")


def dumps(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Question:
    """A question and the source to ask. Immutable; prints as its JSON; pickles as that JSON and
    the source's places. Nothing is read until ``answer`` or a table asks.

    A selection without a profile type is of type ``cpu`` where a source has that type and others
    (catalogs and lists are of all types)."""

    __slots__ = ("source", "_text")

    def __init__(self, source: Source, fields: Mapping[str, Any] | str) -> None:
        self.source = source
        self._text = fields if isinstance(fields, str) else dumps(
            {name: value for name, value in fields.items()
             if value is not False and value not in (None, "", [], {})}
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.source, self._text)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._text} of {self.source!r}>"

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, Question) and self._text == other._text
                and self.source == other.source)

    def __hash__(self) -> int:
        return hash((self.source, self._text))

    def json(self) -> dict[str, Any]:
        """The question as a dictionary."""
        fields: dict[str, Any] = json.loads(self._text)
        return fields

    def replace(self, **fields: Any) -> Question:
        """The question with other values of some fields; ``answer`` is changed field by field."""
        old = self.json()
        answer = {**old.get("answer", {}), **fields.pop("answer", {})}
        return Question(self.source, {**old, **fields, "answer": answer})

    def resolved(self) -> str:
        """The text that is asked: with a profile type, if one had to be chosen."""
        fields = self.json()
        if fields.get("question") in ("catalog", "list"):
            return self._text
        open_ones = [name for name in _SELECTIONS
                     if (name in fields or name == "selection" and "base" not in fields)
                     and not fields.get(name, {}).get("profile_type")]
        if not open_ones:
            return self._text
        types = [t["type"] for t in self.source.types()]
        if len(types) < 2 or "cpu" not in types:
            return self._text
        for name in open_ones:
            fields[name] = {**fields.get(name, {}), "profile_type": "cpu"}
        return dumps(fields)

    def answer(self, form: str = "") -> c.Answer:
        """Asks. ``form``: how the answer is written ("json", "table", "folded", "html", "svg",
        "pprof", "pgo"), else as the question says."""
        return self.source.ask(self.resolved(), form)

    def stream(self) -> object:
        """Asks, and gives the answer as a capsule with an Arrow stream."""
        text = self.resolved()
        return _arrow.capsule(lambda address: self.source.ask_arrow(text, address))

    def canonical(self) -> str:
        """The library's own text of this question, which is equal for equal questions."""
        text = self._text.encode()
        return c.bytes_of(c.make("bytes", "question_print", text, len(text))).decode()
