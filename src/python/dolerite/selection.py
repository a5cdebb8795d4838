"""Selections: which profiles, samples and stacks, and what can be asked about them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from collections.abc import Iterable, Mapping

from . import results
from ._values import (duration_nanos, joined_matchers, names, regex_text, shown, text_of,
                      time_nanos, time_value, wrong)
from .question import Question, dumps
from .source import Source

if TYPE_CHECKING:
    from ._values import Duration, Regex, Time, Value

__all__ = ["Selection", "duration_nanos"]

_EMPTY: tuple[Any, ...] = (None, "", [], {})
_REGEXES = ("focus", "ignore", "hide", "show", "show_from", "drop_frames", "keep_frames")


class Selection:
    """Which profiles, samples and stacks of a source. Immutable: each condition gives a new
    selection. Prints as its JSON. Pickles as that JSON and the source's places.

    Conditions add up, except that a second call of one that takes no labels replaces the first."""

    __slots__ = ("_source", "_text")

    def __init__(self, source: Source, fields: Mapping[str, Any] | None = None) -> None:
        if not isinstance(source, Source) or not isinstance(fields, (Mapping, type(None))):
            raise wrong("a selection is of a source and a dictionary, not of "
                        f"{shown(source)} and {shown(fields)}")
        self._source = source
        # Canonical, so that equal selections are one text.
        self._text = dumps({name: value for name, value in (fields or {}).items()
                            if value not in _EMPTY}, sort_keys=True)

    @property
    def source(self) -> Source:
        """The source that is selected from."""
        return self._source

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.source, self.json())

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        chosen = json.loads(self._ask("tree").shown()).get("selection", {}).get("profile_type")
        note = "" if chosen == self.json().get("profile_type") else f", of type {chosen}"
        return f"<Selection {self} of {self.source!r}{note}>"

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, Selection) and self._text == other._text
                and self.source == other.source)

    def __hash__(self) -> int:
        return hash((self.source, self._text))

    def json(self) -> dict[str, Any]:
        """The selection as a dictionary of its own, as questions have it."""
        fields: dict[str, Any] = json.loads(self._text)
        return fields

    def _with(self, **fields: Any) -> Selection:
        return Selection(self.source, {**self.json(), **fields})

    # -- Profiles

    def where(self, *matchers: str, **labels: Value) -> Selection:
        """Series with these labels: ``where(pod="a")``, ``where(pod=["a", "b"])``,
        ``where(pod=re.compile("a.*", re.IGNORECASE))``, or a selector ``where('{pod=~"a.*"}')``.
        Values are texts: ``where(shard="3")``."""
        old = self.json().get("matchers", "")
        return self._with(matchers=joined_matchers(old, matchers, labels, True))

    def where_not(self, **labels: Value) -> Selection:
        """Series without these labels; values as of ``where``."""
        old = self.json().get("matchers", "")
        return self._with(matchers=joined_matchers(old, (), labels, False))

    def type(self, profile_type: str, sample_type: str = "") -> Selection:
        """The profile type, and which value of its samples: ``type("heap", "inuse_space")``."""
        return self._with(profile_type=text_of(profile_type, "profile_type"),
                          sample_type=text_of(sample_type, "sample_type"))

    def between(self, start: Time | None = None, end: Time | None = None) -> Selection:
        """Profiles with start <= time < end: RFC 3339 texts, dates ("2026-05-04": its first
        moment), datetimes (UTC if they have no zone), or nanoseconds since 1970."""
        return self._with(start=time_value(start), end=time_value(end))

    def last(self, duration: Duration, until: Time | None = None) -> Selection:
        """Profiles of the last "1h", "30m" .. up to now, or up to ``until``, which may be "newest":
        the time of the newest profile that is selected. That one reads lists of profiles."""
        nanos = duration_nanos(duration)
        if nanos <= 0:
            raise wrong(f"last: expected a time before its end, found {shown(duration)}")
        if until is None:
            end = time.time_ns()
        else:
            end = self._newest() + 1 if until == "newest" else time_nanos(until)
        return self._with(start=end - nanos, end=end)

    def _newest(self) -> int:
        lines = Question(self.source, {"question": "catalog", "selection": self.json(),
                                       "answer": {"view": "series"}}).answer().bytes
        return max((results.loads(line)["last_nanos"] for line in lines.splitlines()), default=0)

    def profile_ids(self, *ids: str) -> Selection:
        """These profiles, by their ids of 32 hex digits."""
        return self._with(profile_ids=names(ids, "profile_ids"))

    # -- Samples

    def where_sample(self, *matchers: str, **labels: Value) -> Selection:
        """Samples with these labels; as ``where``."""
        old = self.json().get("sample_matchers", "")
        return self._with(sample_matchers=joined_matchers(old, matchers, labels, True))

    def tags(self, focus: str = "", ignore: str = "") -> Selection:
        """Samples by google/pprof's -tagfocus and -tagignore."""
        return self._with(tag_focus=text_of(focus, "focus"), tag_ignore=text_of(ignore, "ignore"))

    def traces(self, *ids: str) -> Selection:
        """Samples linked to one of these traces, by ids of 32 hex digits."""
        return self._with(trace_ids=names(ids, "traces"))

    def spans(self, *ids: str) -> Selection:
        """Samples linked to one of these spans, by ids of 16 hex digits."""
        return self._with(span_ids=names(ids, "spans"))

    def samples_between(self, start: Time | None = None, end: Time | None = None) -> Selection:
        """Timestamps of samples with start <= timestamp < end; as ``between``."""
        return self._with(sample_start=time_value(start), sample_end=time_value(end))

    # -- Stacks

    def stacks(self, **conditions: Any) -> Selection:
        """Stacks, and which of their frames, by the fields of StackFilter: ``focus``, ``ignore``,
        ``hide``, ``show``, ``show_from``, ``drop_frames``, ``keep_frames`` (regular expressions),
        ``below`` (a function), ``call_path`` (functions, root first), ``addresses``."""
        for name in conditions.keys() & set(_REGEXES):
            conditions[name] = regex_text(conditions[name] or "", name)
        stacks = {**self.json().get("stacks", {}), **conditions}
        return self._with(stacks={k: v for k, v in stacks.items() if v not in _EMPTY})

    def focus(self, regex: Regex) -> Selection:
        """Stacks that have a function, file or mapping that matches."""
        return self.stacks(focus=regex)

    def ignore(self, regex: Regex) -> Selection:
        """Stacks that have none that matches."""
        return self.stacks(ignore=regex)

    def hide(self, regex: Regex) -> Selection:
        """Leaves out frames that match."""
        return self.stacks(hide=regex)

    def below(self, function: str) -> Selection:
        """Stacks with this function, from its outermost call on."""
        return self.stacks(below=text_of(function, "below"))

    # -- Questions

    def _ask(self, kind: str, /, **fields: Any) -> Question:
        return Question(self.source, {"question": kind, "selection": self.json(), **fields})

    def labels(self, samples: bool = False) -> results.Catalog:
        """The values of each label of the series, or of their samples too."""
        return results.catalog(self._ask("catalog", sample_labels=samples))

    def types(self) -> results.Types:
        """The profile types, with their sample types."""
        return results.types(self._ask("catalog", answer={"view": "types"}))

    def tree(self, by: str = "function", max_nodes: int = 0) -> Question:
        """The question for a flame graph, for engines to run (``dolerite.engine``). ``by``: what a
        frame is: function, line, file, address, mapping or function_file."""
        return self._ask("tree", by=by, max_nodes=max_nodes)

    def flame(self, max_nodes: int = 8192, by: str = "function", title: str = "",
              group_by: Iterable[str] = ()) -> results.Flame:
        """A flame graph, of the groups of some labels if ``group_by`` names any."""
        answer = {"format": "html", **({"title": title} if title else {})}
        groups = names(group_by, "group_by")
        kind = "grouped_trees" if groups else "tree"
        return results.Flame(self._ask(kind, by=by, max_nodes=max_nodes, group_by=groups,
                                       answer=answer))

    def callers(self, function: str, max_nodes: int = 8192) -> results.Flame:
        """Who calls a function, as a flame graph with the function at the root."""
        return self._view("callers", function, max_nodes)

    def callees(self, function: str, max_nodes: int = 8192) -> results.Flame:
        """What a function calls, as a flame graph with the function at the root."""
        return self._view("callees", function, max_nodes)

    def _view(self, view: str, function: str, max_nodes: int) -> results.Flame:
        answer = {"format": "html", "view": view, "function": function}
        return results.Flame(self._ask("tree", max_nodes=max_nodes, answer=answer))

    def top(self, n: int = 20, by: str = "function") -> results.Top:
        """The heaviest functions; 0: all."""
        return results.Top(self._ask("tree", by=by, answer={"format": "table", "rows": n}))

    def series(self, function: str = "", step: Duration = "1m", by: Iterable[str] = (),
               aggregate: str = "sum", quantile: float | None = None, self_only: bool = False,
               exemplars: int = 0, origin: Time = 0) -> results.Series:
        """Values over time: of a function and its callees (``self_only``: of the function alone),
        or of everything; one line for each value of the labels ``by``. ``aggregate``: sum, rate,
        average, count, min, max or quantile. ``origin``: where a step begins, if not at its
        multiples."""
        return results.Series(self._ask(
            "series", step=duration_nanos(step), origin=time_value(origin), aggregate=aggregate,
            quantile=quantile, group_by=names(by, "by"), function=function, self=self_only,
            exemplars=exemplars))

    def heatmap(self, step: Duration = "1m", observe: str = "profiles", rows: int = 40,
                logarithmic: bool = False, by: Iterable[str] = (),
                exemplars: int = 0, origin: Time = 0) -> results.Heatmap:
        """How often which values were seen when. ``observe``: profiles, spans or timestamps.
        ``origin``: as of ``series``."""
        return results.Heatmap(self._ask(
            "heatmap", step=duration_nanos(step), origin=time_value(origin), observe=observe,
            group_by=names(by, "by"), exemplars=exemplars, rows=rows, logarithmic=logarithmic))

    def profiles(self, most: int = 0) -> results.Profiles:
        """The single profiles, the oldest first; 0: all."""
        return results.Profiles(self._ask("list", max_profiles=most))

    def profile(self) -> bytes:
        """All that is selected as one profile: a pprof file, compressed."""
        return self._ask("profile").answer().bytes

    def samples(self, labels: Iterable[str] | None = None, timestamps: bool = False,
                links: bool = False) -> results.Samples:
        """The samples as a table, streamed. ``labels``: those that become columns; else all.
        ``timestamps``: a row for each timestamp of a sample. ``links``: ids of traces and spans."""
        options: dict[str, Any] = {"timestamps": timestamps, "links": links}
        if labels is not None:
            options.update(labels=names(labels), all_labels=False)
        return results.Samples(self._ask("tree"), options)

    def ask(self, question: str | Mapping[str, Any], form: str = "") -> results.Raw:
        """The answer to a question in JSON about the whole source: the selection does not count.
        ``form``: how it is written, if not as the question says."""
        text = question if isinstance(question, str) else dumps(question)
        return results.Raw(self.source.ask(text, text_of(form, "form")))
