"""Selections: which profiles, samples and stacks, and what can be asked about them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Union
from collections.abc import Iterable, Mapping

from . import _library as c
from . import results
from .question import Question, dumps
from .source import Source

if TYPE_CHECKING:
    import datetime

    Time = Union[str, int, datetime.datetime]
    Duration = Union[str, int, datetime.timedelta]
    Value = Union[str, Iterable[str], re.Pattern[str]]

_UNITS = {"d": 86_400_000_000_000, "h": 3_600_000_000_000, "m": 60_000_000_000,
          "s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.:/-]+\Z")


def _wrong(message: str) -> c.DoleriteError:
    return c.DoleriteError(message, "INVALID_ARGUMENT")


def duration_nanos(duration: Duration) -> int:
    """Nanoseconds of "1h30m", of a timedelta, or of an integer, which has them already."""
    if isinstance(duration, int):
        return duration
    if not isinstance(duration, str):
        return ((duration.days * 86_400 + duration.seconds) * 1_000_000
                + duration.microseconds) * 1_000
    parts = re.findall(r"(\d+)(ms|us|ns|d|h|m|s)", duration)
    if not parts or "".join(n + unit for n, unit in parts) != duration:
        raise _wrong(f"{duration!r} is not a duration: expected one like 90s or 1h30m "
                     "(d h m s ms us ns)")
    return sum(int(n) * _UNITS[unit] for n, unit in parts)


def time_value(time: Time | None) -> str | int | None:
    """A time as questions have it. A datetime without a zone is UTC."""
    if time is None or isinstance(time, (str, int)):
        return time
    import datetime

    if time.tzinfo is None:
        time = time.replace(tzinfo=datetime.timezone.utc)
    since = time - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return duration_nanos(since) + int(getattr(time, "nanosecond", 0))  # pandas has nanoseconds


def _quoted(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(plain, escaped)
    return f'"{text}"'


def _matcher(name: str, value: Value, equal: bool) -> str:
    label = name if _PLAIN_NAME.match(name) else _quoted(name)
    if isinstance(value, re.Pattern):
        return f"{label}{'=~' if equal else '!~'}{_quoted(value.pattern)}"
    if isinstance(value, str):
        return f"{label}{'=' if equal else '!='}{_quoted(value)}"
    either = "|".join(re.escape(one) for one in value)
    return f"{label}{'=~' if equal else '!~'}{_quoted(either)}"


def _joined(old: str, texts: Iterable[str], labels: Mapping[str, Value], equal: bool) -> str:
    parts = [part.strip().removeprefix("{").removesuffix("}").strip(" ,") for part in (old, *texts)]
    parts += [_matcher(name, value, equal) for name, value in labels.items()]
    return "{" + ",".join(part for part in parts if part) + "}"


class Selection:
    """Which profiles, samples and stacks of a source. Immutable: each condition gives a new
    selection. Prints as its JSON. Pickles as that JSON and the source's places.

    Conditions add up, except that a second call of one that takes no labels replaces the first."""

    __slots__ = ("source", "_fields")

    def __init__(self, source: Source, fields: Mapping[str, Any] | None = None) -> None:
        self.source = source
        self._fields = dict(fields or {})

    def __reduce__(self) -> tuple[Any, ...]:
        return Selection, (self.source, self._fields)

    def __str__(self) -> str:
        return dumps(self._fields)

    def __repr__(self) -> str:
        return f"<Selection {self} of {self.source!r}>"

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, Selection) and self._fields == other._fields
                and self.source == other.source)

    def __hash__(self) -> int:
        return hash((self.source, str(self)))

    def json(self) -> dict[str, Any]:
        """The selection as a dictionary, as questions have it."""
        return dict(self._fields)

    def _with(self, **fields: Any) -> Selection:
        fields = {**self._fields, **fields}
        return Selection(self.source, {k: v for k, v in fields.items() if v not in (None, "", [])})

    # -- Profiles

    def where(self, *matchers: str, **labels: Value) -> Selection:
        """Series with these labels: ``where(pod="a")``, ``where(pod=["a", "b"])``,
        ``where(pod=re.compile("a.*"))``, or a selector ``where('{pod=~"a.*"}')``."""
        old = self._fields.get("matchers", "")
        return self._with(matchers=_joined(old, matchers, labels, True))

    def where_not(self, **labels: Value) -> Selection:
        """Series without these labels; values as of ``where``."""
        return self._with(matchers=_joined(self._fields.get("matchers", ""), (), labels, False))

    def type(self, profile_type: str, sample_type: str = "") -> Selection:
        """The profile type, and which value of its samples: ``type("heap", "inuse_space")``."""
        return self._with(profile_type=profile_type, sample_type=sample_type)

    def between(self, start: Time | None = None, end: Time | None = None) -> Selection:
        """Profiles with start <= time < end: RFC 3339 texts, datetimes (UTC if they have no zone),
        or nanoseconds since 1970."""
        return self._with(start=time_value(start), end=time_value(end))

    def last(self, duration: Duration, until: Time | None = None) -> Selection:
        """Profiles of the last "1h", "30m" .. up to now, or up to ``until``, which may be "newest":
        the time of the newest profile that is selected. That one reads lists of profiles."""
        if until is None:
            import time

            end = time.time_ns()
        elif until == "newest":
            end = self._newest() + 1
        else:
            value = time_value(until)
            end = _nanos_of(value) if isinstance(value, str) else int(value or 0)
        return self._with(start=end - duration_nanos(duration), end=end)

    def _newest(self) -> int:
        lines = Question(self.source, {"question": "catalog", "selection": self._fields,
                                       "answer": {"view": "series"}}).answer().bytes
        return max((results.loads(line)["last_nanos"] for line in lines.splitlines()), default=0)

    def profile_ids(self, *ids: str) -> Selection:
        """These profiles, by their ids of 32 hex digits."""
        return self._with(profile_ids=list(ids))

    # -- Samples

    def where_sample(self, *matchers: str, **labels: Value) -> Selection:
        """Samples with these labels; as ``where``."""
        old = self._fields.get("sample_matchers", "")
        return self._with(sample_matchers=_joined(old, matchers, labels, True))

    def tags(self, focus: str = "", ignore: str = "") -> Selection:
        """Samples by google/pprof's -tagfocus and -tagignore."""
        return self._with(tag_focus=focus, tag_ignore=ignore)

    def traces(self, *ids: str) -> Selection:
        """Samples linked to one of these traces, by ids of 32 hex digits."""
        return self._with(trace_ids=list(ids))

    def spans(self, *ids: str) -> Selection:
        """Samples linked to one of these spans, by ids of 16 hex digits."""
        return self._with(span_ids=list(ids))

    def samples_between(self, start: Time | None = None, end: Time | None = None) -> Selection:
        """Timestamps of samples with start <= timestamp < end; as ``between``."""
        return self._with(sample_start=time_value(start), sample_end=time_value(end))

    # -- Stacks

    def stacks(self, **conditions: Any) -> Selection:
        """Stacks, and which of their frames, by the fields of StackFilter: ``focus``, ``ignore``,
        ``hide``, ``show``, ``show_from``, ``drop_frames``, ``keep_frames`` (regular expressions),
        ``below`` (a function), ``call_path`` (functions, root first), ``addresses``."""
        return self._with(stacks={**self._fields.get("stacks", {}), **conditions})

    def focus(self, regex: str) -> Selection:
        """Stacks that have a function, file or mapping that matches."""
        return self.stacks(focus=regex)

    def ignore(self, regex: str) -> Selection:
        """Stacks that have none that matches."""
        return self.stacks(ignore=regex)

    def hide(self, regex: str) -> Selection:
        """Leaves out frames that match."""
        return self.stacks(hide=regex)

    def below(self, function: str) -> Selection:
        """Stacks with this function, from its outermost call on."""
        return self.stacks(below=function)

    # -- Questions

    def _ask(self, kind: str, /, **fields: Any) -> Question:
        return Question(self.source, {"question": kind, "selection": self._fields, **fields})

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
        groups = _names(group_by)
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
            quantile=quantile, group_by=_names(by), function=function, self=self_only,
            exemplars=exemplars))

    def heatmap(self, step: Duration = "1m", observe: str = "profiles", rows: int = 40,
                logarithmic: bool = False, by: Iterable[str] = (),
                exemplars: int = 0, origin: Time = 0) -> results.Heatmap:
        """How often which values were seen when. ``observe``: profiles, spans or timestamps.
        ``origin``: as of ``series``."""
        return results.Heatmap(self._ask(
            "heatmap", step=duration_nanos(step), origin=time_value(origin), observe=observe,
            group_by=_names(by), exemplars=exemplars, rows=rows, logarithmic=logarithmic))

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
            options.update(labels=_names(labels), all_labels=False)
        return results.Samples(self._ask("tree"), options)

    def ask(self, question: str | Mapping[str, Any], form: str = "") -> results.Raw:
        """The answer to a question in JSON about the whole source: the selection does not count.
        ``form``: how it is written, if not as the question says."""
        text = question if isinstance(question, str) else dumps(question)
        return results.Raw(self.source.ask(text, form))


def _names(names: Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _nanos_of(time: str) -> int:
    """Nanoseconds of an RFC 3339 time."""
    import datetime

    match = re.fullmatch(
        r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", time)
    if match is None:
        raise _wrong(f"{time!r} is not a time: expected one like 2026-05-04T10:00:00Z")
    zone = "+00:00" if match[3] in "Zz" else match[3]
    value = time_value(datetime.datetime.fromisoformat(match[1] + zone))
    return int(value or 0) + int((match[2] or "").ljust(9, "0"))
