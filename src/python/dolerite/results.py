"""What questions give back. Each result asks when it is first looked at, and once."""

from __future__ import annotations

import json
import os
from typing import Any, TypeVar, Union
from collections.abc import Iterator, Mapping

from . import _arrow, _html
from . import _library as c
from .answers import Catalog, Raw, Types, caption_of, catalog, counted, notes_of, types
from .answers import _lines as _lines
from .question import Question
from .samples import Functions, Samples

__all__ = ["Catalog", "Changes", "Chart", "Flame", "Functions", "Heatmap", "Picture", "Plot",
           "Profiles", "Raw", "Result", "Rows", "Samples", "Series", "Top", "Types", "catalog",
           "types"]

loads = json.loads
Path = Union[str, "os.PathLike[str]"]
T = TypeVar("T", bound="Result")


class _Found:
    """What a question found: asked for when it is first looked at, and kept as a partial, of which
    the answer is made in each format that is wanted. Results of one question share it."""

    def __init__(self, partial: bytes | None = None) -> None:
        self._partial = partial
        self.cost: dict[str, Any] | None = None

    def answer(self, question: Question, form: str = "") -> c.Answer:
        """The answer in a format. Questions of one result differ in how they are written only."""
        if self._partial is None:
            asked = question.answer("partial")
            self.cost, self._partial = json.loads(asked.cost_json), asked.bytes
        answer = question.source.finish(str(question), self._partial, form)
        if self.cost is None:
            self.cost = json.loads(answer.cost_json)
        return answer


class Result:
    """A question that is asked once, when its answer is first looked at."""

    def __init__(self, question: Question, found: _Found | None = None) -> None:
        self.question = question
        self._found = found or _Found()
        self._raw: Raw | None = None

    def of_partial(self: T, partial: bytes) -> T:
        """The same question's result, of what was found elsewhere (``dolerite.engine``)."""
        return type(self)(self.question, _Found(partial))

    def _answer(self, form: str = "") -> c.Answer:
        return self._found.answer(self.question, form)

    @property
    def raw(self) -> Raw:
        """The answer as bytes, in the format of the question."""
        if self._raw is None:
            self._raw = Raw(self._answer())
        return self._raw

    @property
    def cost(self) -> dict[str, Any]:
        """What the answer took: requests, bytes_read, rows, nanos, .."""
        if self._found.cost is None:
            self._raw = Raw(self._answer())
        return self._found.cost or {}

    @property
    def left_out(self) -> list[dict[str, str]]:
        """What was left out as damaged (``skip_damaged``): place and error of each part."""
        return list(self.cost["left_out"])

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return self.raw.is_empty

    @property
    def cut(self) -> int:
        """Nodes, rows or profiles that a limit of the question cut off."""
        return self.raw.cut

    @property
    def replaced_texts(self) -> int:
        """Names and labels that are not UTF-8: the answer has U+FFFD there."""
        return self.raw.replaced_texts

    def _caption(self, text: str) -> str:
        return caption_of(text, self.cost, self.replaced_texts, self.is_empty)

    def _noted(self, picture: str) -> str:
        """A picture below what its reader must know."""
        notes = notes_of(self.cost, self.replaced_texts)
        return "".join(map(_html.note, notes)) + picture

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.question.shown()}>"


def _write(path: Path, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)


class Picture(Result):
    """An answer that is shown as a page or a picture."""

    # The format of a file, by its ending.
    _ENDINGS: Mapping[str, str] = {}

    def save(self, path: Path) -> None:
        """Writes a file, in the format that its ending names."""
        name = os.fspath(path)
        for ending, form in self._ENDINGS.items():
            if name.endswith(ending):
                return _write(name, self._answer(form).bytes)
        profile = ("; the bytes of a pprof file are what selection.profile() gives"
                   if name.endswith((".pb.gz", ".pb", ".pprof")) else "")
        raise c.DoleriteError(
            f"{name}: expected one of these endings: {', '.join(self._ENDINGS)}{profile}",
            "INVALID_ARGUMENT")

    def json(self) -> Any:
        """The answer as numbers."""
        return Raw(self._answer("json")).json()


class Flame(Picture):
    """A flame graph. Shows itself in a notebook."""

    _ENDINGS = {".html": "html", ".json": "json", ".folded": "folded", ".txt": "folded"}

    @property
    def html(self) -> str:
        """A page that needs nothing else."""
        return self.raw.text()

    def folded(self) -> str:
        """A line for each stack: frames, root first, and the value."""
        return self._answer("folded").bytes.decode("utf-8", "replace")

    def _repr_html_(self) -> str:
        return self._noted(_html.frame(self.html))


class Chart(Picture, _arrow.Frames):
    """Values over time, with a picture and a table."""

    _ENDINGS = {".svg": "svg", ".html": "html", ".json": "json"}

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return _arrow.stream_of(self._answer("arrow"))

    def plot(self, title: str = "") -> Plot:
        """The library's own picture."""
        answer = {"format": "svg", **({"title": title} if title else {})}
        return Plot(self.question.replace(answer=answer), self._found)

    def _repr_html_(self) -> str:
        return self.plot()._repr_html_()


class Plot(Picture):
    """A picture in SVG. Shows itself in a notebook."""

    _ENDINGS = Chart._ENDINGS

    @property
    def svg(self) -> str:
        """The picture's text."""
        return self.raw.text()

    def _repr_html_(self) -> str:
        return self._noted(_html.picture(self.raw.bytes))


class Series(Chart):
    """Points over time: time, value, and the labels that were grouped by."""


class Heatmap(Chart):
    """Cells: time, a range of values, and how often it was seen."""


class Rows(Result, _arrow.Frames):
    """A table: dictionaries, one for each row, and an Arrow stream. No ``Sequence``: libraries of
    tables would take the dictionaries instead of the stream."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return _arrow.stream_of(self._answer("arrow"))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows, in order."""
        return _lines(self.raw.bytes)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]


class Top(Rows):
    """Functions: name, flat (the function alone), cum (with all that it calls)."""

    @property
    def head(self) -> dict[str, Any]:
        """What the table is about: type, unit, total, profiles, times, and what was left out."""
        head: dict[str, Any] = json.loads(self.raw.bytes.partition(b"\n")[0])
        return head

    @property
    def rows(self) -> list[dict[str, Any]]:
        return _lines(self.raw.bytes)[1:]

    def _repr_html_(self) -> str:
        head, unit = self.head, self.head["unit"]
        total = head["total"] or 1
        rows = [(_html.value_text(r["flat"], unit), f"{r['flat'] / total:.1%}",
                 _html.value_text(r["cum"], unit), f"{r['cum'] / total:.1%}", r["name"])
                for r in self.rows]
        caption = (f"{head['type']} in {unit}: {_html.value_text(head['total'], unit)} in all, "
                   f"{head['rows_left_out']} functions left out")
        return _html.table(self._caption(caption), ("flat", "flat %", "cum", "cum %", "function"), rows)


class Changes(Rows):
    """Functions of two selections: what grew comes first, what shrank last."""

    def _repr_html_(self) -> str:
        rows = [(f"{r['base_cum']:,}", f"{r['base_cum_share']:.1%}", f"{r['against_cum']:,}",
                 f"{r['against_cum_share']:.1%}", f"{r['cum_change']:+.1%}", r["name"])
                for r in self.rows]
        columns = ("base", "base %", "against", "against %", "change", "function")
        chosen = json.loads(self.question.shown()).get("against", {}).get("profile_type")
        what = "cumulative values of two selections" + (f", {chosen}" if chosen else "")
        return _html.table(self._caption(what), columns, rows)


class Profiles(Rows):
    """Single profiles: id, type, time, duration, labels, totals."""

    def _repr_html_(self) -> str:
        rows = [(p["time"], p["type"], f"{p['samples']:,}", p["id"],
                 ", ".join(f"{name}={value}" for name, value in p["labels"].items()))
                for p in self.rows]
        caption = self._caption(counted(len(rows), "profile"))
        return _html.table(caption, ("time", "type", "samples", "id", "labels"), rows)
