"""The place that agents ask: what a call is about, and why nothing is found."""

from __future__ import annotations

import time
from typing import Any
from collections.abc import Sequence

from . import _lines as say
from . import results
from ._fit import check_size, shorten
from ._scope import Scope, time_text
from .question import Question, with_types
from .selection import Selection

_FRESH_SECONDS = 30  # an archive is looked at again after so long
_MOST_SELECTED = 400  # bytes of a selection
_MOST_TYPES = 200  # bytes of their names


class Place:
    """A source, and how scopes select from it."""

    def __init__(self, everything: Selection) -> None:
        self._all = everything
        self._opened = time.monotonic()

    def open(self) -> None:
        """Opens the source, so that what is wrong with it shows at once."""
        self._all.source.open()

    def look_again(self) -> None:
        """Sees what was added to an archive meanwhile."""
        if time.monotonic() - self._opened > _FRESH_SECONDS:
            self._opened = time.monotonic()
            self._all.source.refresh()

    def choose(self, scopes: Sequence[Scope], max_bytes: int) -> tuple[list[Scope], str]:
        """The scopes with the profile type that questions without one are about, and what to say of
        this choice."""
        check_size(max_bytes)
        self.look_again()
        source = self._all.source
        selections = [scope.select(self._all).json() for scope in scopes]
        unnamed = [one for one in selections if "profile_type" not in one]
        types = {kind for selection in unnamed for kind in source.types_of(selection)}
        found = with_types([(source, selection) for selection in selections])
        kind = found[selections.index(unnamed[0])].get("profile_type", "") if unnamed else ""
        if not kind and len(types) == 1:
            kind = min(types)
        if not kind:
            return list(scopes), ""
        others = ", ".join(map(say.name, sorted(types - {kind})))
        text = f" (type not given{'; others: ' + others if others else ''})"
        return ([scope if "profile_type" in selection else scope._replace(profile_type=kind)
                 for scope, selection in zip(scopes, selections)], shorten(text, _MOST_TYPES))

    def select(self, scope: Scope) -> Selection:
        """What a scope selects."""
        return scope.select(self._all)

    def selected(self, scope: Scope) -> str:
        """What a scope selects, as text."""
        return shorten(str(scope.select(self._all)), _MOST_SELECTED)

    def listed(self, scope: Scope) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The series of a scope, and what it cost to list them."""
        question = scope.profiles().select(self._all)._ask("catalog", answer={"view": "series"})
        raw = results.Raw(question.answer())
        return results._lines(raw.bytes), raw.cost

    def nothing(self, scope: Scope, function: str = "") -> tuple[str, list[str]]:
        """Why nothing is found in a scope, or of a function there, and calls that find
        something."""
        everywhen = scope._replace(start="", end="")
        listed = self.listed(everywhen)[0]
        kinds = sorted({one["type"] for one in listed})
        of_type = [one for one in listed if scope.profile_type in ("", one["type"])]
        if not kinds:
            return "nothing: no series matches", [Scope().call("catalog")]
        if not of_type:
            shown = shorten(", ".join(map(say.name, kinds)), _MOST_TYPES)
            other = Scope(where=scope.where, profile_type=kinds[0])
            return (f"nothing: no series here is of type {say.name(scope.profile_type)}; types: "
                    f"{shown}", [other.call("top"), other.profiles().call("catalog")])
        if not any(scope.profile_type in ("", one["type"]) for one in self.listed(scope)[0]):
            first = time_text(min(one["first_nanos"] for one in of_type))
            last = time_text(max(one["last_nanos"] for one in of_type))
            return (f"nothing: no profile is of these times; there are {first} to {last}",
                    [everywhen.call("top")])
        wider = [scope._replace(focus="", ignore="").call("top")]
        if function:
            return f"nothing: no stack here has {say.name(function)}", wider
        if scope.focus or scope.ignore:
            return "nothing: focus and ignore leave no stack", wider
        return "nothing: all values are 0", [scope.profiles().call("catalog")]

    def resolved(self, question: str) -> str:
        """A question in JSON with its profile type, if one had to be chosen."""
        self.look_again()
        return Question(self._all.source, question).resolved()

    def ask(self, question: str) -> results.Raw:
        """The answer to a question in JSON about the whole place."""
        return self._all.ask(question)
