"""Samples as tables that are streamed."""

from __future__ import annotations

import json
from typing import Any
from collections.abc import Mapping

from . import _arrow, _html
from . import _library as c
from .answers import caption_of
from .question import Question


class _OfSamples(_arrow.Frames):
    """What samples and their functions say of all rows, when a reader has come to their end."""

    def _end(self) -> c.Answer:
        """The functions as a table, with what all samples took."""
        raise NotImplementedError

    @property
    def cost(self) -> dict[str, Any]:
        """What the samples took: requests, bytes_read, rows, nanos, .."""
        cost: dict[str, Any] = json.loads(self._end().cost_json)
        return cost

    @property
    def left_out(self) -> list[dict[str, str]]:
        """What was left out as damaged (``skip_damaged``): place and error of each part."""
        return list(self.cost["left_out"])

    @property
    def replaced_texts(self) -> int:
        """Names and labels that are not UTF-8, each once in a column of a batch: the tables have
        U+FFFD there."""
        return self._end().replaced_texts

    @property
    def is_empty(self) -> bool:
        """Whether there was no sample."""
        return self._end().is_empty

    def _failure(self) -> c.DoleriteError | None:
        try:
            self._end()
        except c.DoleriteError as error:
            return error
        return None

    def _repr_html_(self) -> str:
        if self._failure() is None:
            text = caption_of("samples, read", self.cost, self.replaced_texts, self.is_empty)
        else:
            text = "samples, not read yet"
        return _html.note(f"{text}; .arrow(), .to_polars(), .to_pandas(), .to_parquet(path): {self}")


class Samples(_OfSamples):
    """All samples, as an Arrow stream of bounded memory: profile_id, time, values, labels, and
    ``stack``, a list of ids of ``functions``, innermost first. Each reader reads anew."""

    def __init__(self, question: Question, options: Mapping[str, Any]) -> None:
        self.question = question
        self._options = json.dumps(options).encode()
        self._last: c.Handle | None = None
        self._call: c.Call | None = None

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        source, call = self.question.source, self.question.source.call()
        selection = json.dumps(json.loads(self.question.resolved()).get("selection", {})).encode()

        def work() -> c.Handle:
            handle = source.handle(call)
            return c.make("samples", "samples_open", handle.pointer, selection, self._options,
                          call.pointer)

        opened: c.Handle = call.run(work)
        stream = _arrow.capsule(lambda address: c.run("samples_stream", opened.pointer, address))
        self._last, self._call = opened, call
        return stream

    def _reading(self) -> c.Call:
        return self._call or super()._reading()

    @property
    def functions(self) -> Functions:
        """The functions that ``stack`` names: id, name, system_name, file, start_line. Known when
        a reader has come to the end of the samples."""
        return Functions(self._read_samples(), repr(self))

    def _end(self) -> c.Answer:
        return self.functions._end()

    def _read_samples(self) -> c.Handle:
        if self._last is None:
            raise c.DoleriteError("read the samples first: this is known at their end",
                                  "FAILED_PRECONDITION")
        return self._last

    def __repr__(self) -> str:
        return f"<Samples {self.question.shown()}>"


class Functions(_OfSamples):
    """The functions of samples, as an Arrow stream."""

    def __init__(self, samples: c.Handle, name: str = "") -> None:
        self._samples, self._name = samples, name

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return _arrow.stream_of(self._end())

    def _end(self) -> c.Answer:
        return c.Answer(c.make("answer", "samples_functions", self._samples.pointer))

    def __repr__(self) -> str:
        return f"<Functions of {self._name}>"
