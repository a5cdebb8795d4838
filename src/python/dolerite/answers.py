"""Answers that are bytes, catalogs, and what all answers say of themselves."""

from __future__ import annotations

import json
from typing import Any
from collections.abc import Iterable, Mapping

from . import _html
from . import _library as c
from .question import Question

_SHOWN = 4096  # bytes of an answer in a notebook
_FEW = 20  # values of a label there


def _lines(data: bytes) -> list[Any]:
    return [json.loads(line) for line in data.decode("utf-8").split("\n") if line]


def counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def notes_of(cost: Mapping[str, Any], replaced: int) -> list[str]:
    """What a reader must know beside an answer: what is not in it, or not as it was."""
    damaged = len(cost.get("left_out", ()))
    return ([counted(damaged, "damaged part") + " left out"] * bool(damaged)
            + [counted(replaced, "text") + " not UTF-8, shown with U+FFFD"] * bool(replaced))


def caption_of(text: str, cost: Mapping[str, Any], replaced: int, is_empty: bool = False) -> str:
    """The caption of a table."""
    return "; ".join(["nothing is selected" if is_empty else text, *notes_of(cost, replaced)])


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

    def _repr_html_(self) -> str:
        notes = notes_of(self.cost, self.replaced_texts)
        start = self.bytes[:64].lower()
        if start.startswith((b"<!doctype html", b"<html")):
            return "".join(map(_html.note, notes)) + _html.frame(self.text())
        if start.startswith(b"<svg"):
            return "".join(map(_html.note, notes)) + _html.picture(self.bytes)
        text = self.bytes[:_SHOWN].decode("utf-8", "ignore")
        readable = b"\0" not in self.bytes[:_SHOWN] and not start.startswith(b"\x1f\x8b")  # gzip
        more = f", of which {_SHOWN:,} are shown" if len(self.bytes) > _SHOWN and readable else ""
        notes.insert(0, f"answer of {len(self.bytes):,} bytes{more}")
        return _html.lines("; ".join(notes), text if readable else "")


class Catalog(dict[str, list[str]]):
    """The values of each label. ``cost`` and ``replaced_texts`` as of Raw."""

    def __init__(self, lines: Iterable[tuple[str, list[str]]] = (), raw: Raw | None = None) -> None:
        super().__init__(lines)
        self.cost: dict[str, Any] = raw.cost if raw else {}
        self.replaced_texts = raw.replaced_texts if raw else 0

    def _repr_html_(self) -> str:
        rows = [(label, f"{len(values):,}", ", ".join(values[:_FEW])
                 + ", .." * (len(values) > _FEW)) for label, values in self.items()]
        caption = caption_of("labels", self.cost, self.replaced_texts, not self)
        return _html.table(caption, ("label", "count", "values"), rows)


class Types(list[dict[str, Any]]):
    """Profile types. ``cost`` and ``replaced_texts`` as of Raw."""

    def __init__(self, lines: Iterable[dict[str, Any]] = (), raw: Raw | None = None) -> None:
        super().__init__(lines)
        self.cost: dict[str, Any] = raw.cost if raw else {}
        self.replaced_texts = raw.replaced_texts if raw else 0

    def _repr_html_(self) -> str:
        rows = [(", ".join(f"{s['type']}/{s['unit']}" for s in t["sample_types"]), t["type"])
                for t in self]
        caption = caption_of("profile types", self.cost, self.replaced_texts, not self)
        return _html.table(caption, ("sample types", "type"), rows)


def catalog(question: Question) -> Catalog:
    """The labels that a question for a catalog finds."""
    raw = Raw(question.answer())
    return Catalog(((line["label"], line["values"]) for line in _lines(raw.bytes)), raw)


def types(question: Question) -> Types:
    """The types that a question for a catalog finds."""
    raw = Raw(question.answer())
    return Types(_lines(raw.bytes), raw)
