"""What results show of themselves in a notebook. All text from profiles is escaped."""

from __future__ import annotations

import base64
import re
from typing import Any
from collections.abc import Iterable, Sequence

_SCALES = {
    "nanoseconds": ((3_600e9, "h"), (60e9, "min"), (1e9, "s"), (1e6, "ms"), (1e3, "us"), (1, "ns")),
    "bytes": ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"), (1, "B")),
}

# What turns text around, hides, or is obeyed by terminals: all that the library's pages escape.
_CONTROLS = re.compile(
    r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")


def visible(text: Any) -> str:
    """A name as pages show it: control characters as ``\\u202e``; tabs and ends of lines stay."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", str(text))


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


def picture(svg: bytes) -> str:
    """A picture in SVG."""
    data = base64.b64encode(svg).decode("ascii")
    return f'<img src="data:image/svg+xml;base64,{data}" style="max-width:100%">'


def note(text: str) -> str:
    """A line of text."""
    return f"<p>{escape(visible(text))}</p>"


def lines(caption: str, text: str) -> str:
    """Text as it is, in lines."""
    return note(caption) + f"<pre>{escape(visible(text))}</pre>"


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table; all columns but the last are right-aligned."""
    cells = "".join(f"<th style='{_side(i, columns)}'>{escape(visible(c))}</th>"
                    for i, c in enumerate(columns))
    lines = ["<tr>" + "".join(
        f"<td style='{_side(i, columns)}'>{escape(visible(cell))}</td>"
        for i, cell in enumerate(row)) + "</tr>" for row in rows]
    return (f"<table><caption>{escape(visible(caption))}</caption><thead><tr>{cells}</tr></thead>"
            f"<tbody>{''.join(lines)}</tbody></table>")


def _side(index: int, columns: Sequence[str]) -> str:
    side = "left" if index == len(columns) - 1 else "right"
    return f"padding:0 .6em;text-align:{side}"
