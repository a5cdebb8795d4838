"""What results show of themselves in a notebook. All text from profiles is escaped."""

from __future__ import annotations

from typing import Any
from collections.abc import Iterable, Sequence

_SCALES = {
    "nanoseconds": ((3_600e9, "h"), (60e9, "min"), (1e9, "s"), (1e6, "ms"), (1e3, "us"), (1, "ns")),
    "bytes": ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B")),
}


def escape(text: Any) -> str:
    """HTML of a text."""
    out = str(text)
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"),
                          ("'", "&#39;")):
        out = out.replace(plain, entity)
    return out


def value_text(value: int | float, unit: str) -> str:
    """A value with its unit, for reading: three to five digits."""
    if not value:
        return "0"
    for factor, name in _SCALES.get(unit, ()):
        if abs(value) >= factor:
            return f"{value / factor:.4g} {name}"
    return f"{value:,}" if unit in ("", "count") else f"{value:,} {unit}"


def frame(page: str, height: int = 600) -> str:
    """A page in a frame of its own, so that its styles and scripts touch nothing else."""
    return (f'<iframe srcdoc="{escape(page)}" sandbox="allow-scripts" '
            f'style="width:100%;height:{height}px;border:0"></iframe>')


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table; all columns but the last are right-aligned."""
    cells = "".join(f"<th style='{_side(i, columns)}'>{escape(c)}</th>"
                    for i, c in enumerate(columns))
    lines = ["<tr>" + "".join(
        f"<td style='{_side(i, columns)}'>{escape(cell)}</td>"
        for i, cell in enumerate(row)) + "</tr>" for row in rows]
    return (f"<table><caption>{escape(caption)}</caption><thead><tr>{cells}</tr></thead>"
            f"<tbody>{''.join(lines)}</tbody></table>")


def _side(index: int, columns: Sequence[str]) -> str:
    side = "left" if index == len(columns) - 1 else "right"
    return f"padding:0 .6em;text-align:{side}"
