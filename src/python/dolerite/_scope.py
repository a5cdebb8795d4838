"""Which data a call of an agent is about, as its arguments say it: the next calls say the same."""

from __future__ import annotations

import json
import time
from typing import Any, NamedTuple

from .selection import Selection

_OF_PROFILES = ("where", "start", "end")  # what a catalog can be about


def time_text(nanos: int) -> str:
    """A time in RFC 3339."""
    fraction = f".{nanos % 10**9:09}".rstrip("0").rstrip(".")
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(nanos // 10**9)) + fraction + "Z"


class Scope(NamedTuple):
    """The arguments that all tools have in common."""

    where: str = ""
    profile_type: str = ""
    sample_type: str = ""
    start: str = ""
    end: str = ""
    focus: str = ""
    ignore: str = ""

    def select(self, everything: Selection) -> Selection:
        """What the scope selects."""
        selection = everything.where(self.where) if self.where else everything
        if self.profile_type or self.sample_type:
            selection = selection.type(self.profile_type, self.sample_type)
        if self.start or self.end:
            selection = selection.between(self.start or None, self.end or None)
        if self.focus:
            selection = selection.focus(self.focus)
        return selection.ignore(self.ignore) if self.ignore else selection

    def profiles(self) -> Scope:
        """The scope without what a catalog can't be about."""
        return Scope(**{name: getattr(self, name) for name in _OF_PROFILES})

    def call(self, tool: str, **arguments: Any) -> str:
        """A call of a tool about the same data, literally."""
        given = {name: value for name, value in {**arguments, **self._asdict()}.items() if value}
        return f"{tool} {json.dumps(given, ensure_ascii=False)}"


def scope_of(selection: dict[str, Any]) -> Scope | None:
    """The scope of a selection in JSON; None if the tools can't say it."""
    stacks = selection.get("stacks", {})
    fields = {"where": selection.get("matchers", ""),
              **{name: value for name, value in selection.items()
                 if name not in ("matchers", "stacks")}, **stacks}
    if set(fields) - set(Scope._fields):
        return None
    for name in ("start", "end"):
        if isinstance(fields.get(name), int):
            fields[name] = time_text(fields[name])
    return Scope(**fields)
