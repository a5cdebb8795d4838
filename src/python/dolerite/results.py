"""What questions give back. Each result asks when it is first looked at, and once."""

from __future__ import annotations

import json
import os
from typing import Any, Union
from collections.abc import Iterator, Mapping

from . import _arrow, _html
from . import _library as c
from .question import Question

loads = json.loads
Path = Union[str, "os.PathLike[str]"]


def _lines(data: bytes) -> list[Any]:
    return [json.loads(line) for line in data.decode("utf-8").split("\n") if line]


class Raw:
    """The bytes of an answer, and its ``cost``: what was read, and in how many nanoseconds.
    ``cut``: nodes, rows or profiles that a limit of the question cut off; ``replaced_texts``: names
    and labels that are not UTF-8, which the bytes have with U+FFFD."""

    def __init__(self, answer: c.Answer) -> None:
        self.bytes = answer.bytes
        self.is_empty = answer.is_empty
        self.cut = answer.cut
        self.replaced_texts = answer.replaced_texts
        self.cost: dict[str, Any] = json.loads(answer.cost_json)

    def json(self) -> Any:
        """One object, or a list of them where the answer has one a line."""
        lines = _lines(self.bytes)
        return lines[0] if len(lines) == 1 else lines

    def text(self) -> str:
        """The bytes as text."""
        return self.bytes.decode("utf-8", "replace")

    def __repr__(self) -> str:
        return f"<answer of {len(self.bytes)} bytes>"


class Catalog(dict[str, list[str]]):
    """The values of each label."""

    cost: dict[str, Any]


class Types(list[dict[str, Any]]):
    """Profile types."""

    cost: dict[str, Any]

    def _repr_html_(self) -> str:
        rows = [(", ".join(f"{s['type']}/{s['unit']}" for s in t["sample_types"]), t["type"])
                for t in self]
        return _html.table("profile types", ("sample types", "type"), rows)


def catalog(question: Question) -> Catalog:
    """The labels that a question for a catalog finds."""
    raw = Raw(question.answer())
    out = Catalog((line["label"], line["values"]) for line in _lines(raw.bytes))
    out.cost = raw.cost
    return out


def types(question: Question) -> Types:
    """The types that a question for a catalog finds."""
    raw = Raw(question.answer())
    out = Types(_lines(raw.bytes))
    out.cost = raw.cost
    return out


class Result:
    """A question whose answer is fetched once, in the format of the question."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self._raw: Raw | None = None

    def with_raw(self, raw: Raw) -> Result:
        """This result, with an answer that was fetched elsewhere."""
        self._raw = raw
        return self

    @property
    def raw(self) -> Raw:
        """The answer as bytes."""
        if self._raw is None:
            self._raw = Raw(self.question.answer())
        return self._raw

    @property
    def cost(self) -> dict[str, Any]:
        """What the answer took: requests, bytes_read, rows, nanos, .."""
        return self.raw.cost

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
                return _write(name, self.question.answer(form).bytes)
        raise c.DoleriteError(
            f"{name}: expected one of these endings: {', '.join(self._ENDINGS)}",
            "INVALID_ARGUMENT")

    def json(self) -> Any:
        """The answer as numbers."""
        return Raw(self.question.answer("json")).json()


class Flame(Picture):
    """A flame graph. Shows itself in a notebook."""

    _ENDINGS = {".html": "html", ".json": "json", ".folded": "folded", ".txt": "folded"}

    @property
    def html(self) -> str:
        """A page that needs nothing else."""
        return self.raw.text()

    def folded(self) -> str:
        """A line for each stack: frames, root first, and the value."""
        return self.question.answer("folded").bytes.decode("utf-8", "replace")

    def _repr_html_(self) -> str:
        return _html.frame(self.html)


class Chart(Picture, _arrow.Frames):
    """Values over time, with a picture and a table."""

    _ENDINGS = {".svg": "svg", ".html": "html", ".json": "json"}

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.question.stream()

    def plot(self, title: str = "") -> Plot:
        """The library's own picture."""
        answer = {"format": "svg", **({"title": title} if title else {})}
        return Plot(self.question.replace(answer=answer))

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
        import base64

        data = base64.b64encode(self.raw.bytes).decode("ascii")
        return f'<img src="data:image/svg+xml;base64,{data}" style="max-width:100%">'


class Series(Chart):
    """Points over time: time, value, and the labels that were grouped by."""


class Heatmap(Chart):
    """Cells: time, a range of values, and how often it was seen."""


class Rows(Result, _arrow.Frames):
    """A table: dictionaries, one for each row, and an Arrow stream. No ``Sequence``: libraries of
    tables would take the dictionaries instead of the stream."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.question.stream()

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
        return _html.table(caption, ("flat", "flat %", "cum", "cum %", "function"), rows)


class Changes(Rows):
    """Functions of two selections: what grew comes first, what shrank last."""

    def _repr_html_(self) -> str:
        rows = [(f"{r['base_cum']:,}", f"{r['base_cum_share']:.1%}", f"{r['against_cum']:,}",
                 f"{r['against_cum_share']:.1%}", f"{r['cum_change']:+.1%}", r["name"])
                for r in self.rows]
        columns = ("base", "base %", "against", "against %", "change", "function")
        chosen = json.loads(self.question.shown()).get("against", {}).get("profile_type")
        what = "cumulative values of two selections" + (f", {chosen}" if chosen else "")
        return _html.table(what, columns, rows)


class Profiles(Rows):
    """Single profiles: id, type, time, duration, labels, totals."""

    def _repr_html_(self) -> str:
        rows = [(p["time"], p["type"], f"{p['samples']:,}", p["id"],
                 ", ".join(f"{name}={value}" for name, value in p["labels"].items()))
                for p in self.rows]
        return _html.table("profiles", ("time", "type", "samples", "id", "labels"), rows)


class Samples(_arrow.Frames):
    """All samples, as an Arrow stream of bounded memory: profile_id, time, values, labels, and
    ``stack``, a list of ids of ``functions``, innermost first. Each reader reads anew."""

    def __init__(self, question: Question, options: Mapping[str, Any]) -> None:
        self.question = question
        self._options = json.dumps(options).encode()
        self._last: c.Handle | None = None

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        source, call = self.question.source, self.question.source.call()
        selection = json.dumps(json.loads(self.question.resolved()).get("selection", {})).encode()

        def work() -> c.Handle:
            handle = source.handle(call)
            return c.make("samples", "samples_open", handle.pointer, selection, self._options,
                          call.pointer)

        opened: c.Handle = call.run(work)
        stream = _arrow.capsule(lambda address: c.run("samples_stream", opened.pointer, address))
        self._last = opened
        return stream

    @property
    def functions(self) -> Functions:
        """The functions that ``stack`` names: id, name, system_name, file, start_line. Known when
        a reader has come to the end of the samples."""
        if self._last is None:
            raise c.DoleriteError("read the samples first: functions are known at their end",
                                  "FAILED_PRECONDITION")
        return Functions(self._last)

    def __repr__(self) -> str:
        return f"<Samples {self.question.shown()}>"


class Functions(_arrow.Frames):
    """The functions of samples, as an Arrow stream."""

    def __init__(self, samples: c.Handle) -> None:
        self._samples = samples

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return _arrow.capsule(
            lambda address: c.run("samples_functions", self._samples.pointer, address))
