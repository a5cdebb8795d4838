"""Values that callers give: checked, and as questions have them. What is wrong is a DoleriteError
with the code INVALID_ARGUMENT, whose text says what was expected and what was found."""

from __future__ import annotations

import operator
import os
import re
from typing import TYPE_CHECKING, Any, Union
from collections.abc import Iterable, Mapping

from . import _library as c

if TYPE_CHECKING:
    import datetime

    Time = Union[str, int, datetime.date]
    Duration = Union[str, int, datetime.timedelta]
    Value = Union[str, Iterable[str], re.Pattern[str]]
    Regex = Union[str, re.Pattern[str]]

_UNITS = {"d": 86_400_000_000_000, "h": 3_600_000_000_000, "m": 60_000_000_000,
          "s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.:/-]+\Z")
_MOST_THREADS = 256
_MOST_SECONDS = 9e9  # nanoseconds of it fit 64 bits
# Flags of Python's expressions that the library has too, as letters. Its classes are ASCII.
_FLAGS = {re.IGNORECASE: "i", re.DOTALL: "s"}
_NO_FLAGS = re.UNICODE | re.ASCII


def wrong(message: str) -> c.DoleriteError:
    """The error of a value that is wrong."""
    return c.DoleriteError(message, "INVALID_ARGUMENT")


def shown(value: Any) -> str:
    """A value for an error's text."""
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"


def integer(value: Any) -> int | None:
    """An integer of any library; None for all else."""
    try:
        return None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None


def text_of(value: Any, what: str) -> str:
    """A text; ``what`` names it in errors."""
    if not isinstance(value, str):
        raise wrong(f"{what}: expected a text, found {shown(value)}")
    return value


def names(texts: Iterable[str], what: str = "labels") -> list[str]:
    """One name, or several."""
    if isinstance(texts, str):
        return [texts]
    if isinstance(texts, (bytes, Mapping)) or not isinstance(texts, Iterable):
        raise wrong(f"{what}: expected a text or a list of texts, found {shown(texts)}")
    return [text_of(text, what) for text in texts]


# -- Times


def duration_nanos(duration: Duration) -> int:
    """Nanoseconds of "1h30m", of a timedelta, or of an integer, which has them already."""
    whole = integer(duration)
    if whole is not None:
        return whole
    parts: list[tuple[str, str]] = []
    if isinstance(duration, str):
        parts = re.findall(r"(\d+)(ms|us|ns|d|h|m|s)", duration)
        if parts and "".join(n + unit for n, unit in parts) == duration:
            return sum(int(n) * _UNITS[unit] for n, unit in parts)
        raise wrong(f"{duration!r} is not a duration: expected one like 90s or 1h30m "
                    "(d h m s ms us ns)")
    import datetime

    if not isinstance(duration, datetime.timedelta):
        raise wrong(f"{shown(duration)} is not a duration: expected a text like 90s or 1h30m, a "
                    "timedelta, or an integer: nanoseconds")
    return (((duration.days * 86_400 + duration.seconds) * 1_000_000 + duration.microseconds)
            * 1_000 + getattr(duration, "nanoseconds", 0))  # pandas has nanoseconds


def time_value(time: Time | None) -> str | int | None:
    """A time as questions have it. A date is its first moment; without a zone it is UTC."""
    if time is None:
        return None
    if isinstance(time, str) and time:
        return time + "T00:00:00Z" if re.fullmatch(r"\d{4}-\d\d-\d\d", time) else time
    whole = integer(time)
    if whole is not None:
        return whole
    import datetime

    if not isinstance(time, datetime.date) or time != time:  # pandas has a "not a time"
        raise wrong(f"{shown(time)} is not a time: expected RFC 3339 (2026-05-04T10:00:00Z), a "
                    "date (2026-05-04), a datetime, or an integer: nanoseconds since 1970")
    if not isinstance(time, datetime.datetime):
        time = datetime.datetime(time.year, time.month, time.day)
    if time.tzinfo is None:
        time = time.replace(tzinfo=datetime.timezone.utc)
    return duration_nanos(time - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc))


def time_nanos(time: Time) -> int:
    """Nanoseconds since 1970 of a time."""
    value = time_value(time)
    if not isinstance(value, str):
        return int(value or 0)
    import datetime

    match = re.fullmatch(
        r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", value)
    try:
        if match is None:
            raise ValueError
        zone = "+00:00" if match[3] in "Zz" else match[3]
        whole = time_value(datetime.datetime.fromisoformat(match[1] + zone))
    except ValueError:
        raise wrong(f"{time!r} is not a time: expected one like 2026-05-04T10:00:00Z") from None
    return int(whole or 0) + int((match[2] or "").ljust(9, "0"))


# -- Matchers of labels, regular expressions


def regex_text(regex: Regex, what: str) -> str:
    """A regular expression as the library has it, with the flags of a compiled one."""
    if not isinstance(regex, re.Pattern):
        return text_of(regex, what)
    unknown = re.RegexFlag(regex.flags) & ~(_NO_FLAGS | re.IGNORECASE | re.DOTALL)
    if unknown or not isinstance(regex.pattern, str):
        raise wrong(f"{what}: of compiled patterns only those of texts, with no other flags than "
                    f"IGNORECASE and DOTALL, found {shown(regex)}")
    letters = "".join(letter for flag, letter in _FLAGS.items() if regex.flags & flag)
    return f"(?{letters}){regex.pattern}" if letters else regex.pattern


def _quoted(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(plain, escaped)
    return f'"{text}"'


def _matcher(name: str, value: Value, equal: bool) -> str:
    label = name if _PLAIN_NAME.match(name) else _quoted(name)
    if isinstance(value, re.Pattern):
        return f"{label}{'=~' if equal else '!~'}{_quoted(regex_text(value, name))}"
    if isinstance(value, str):
        return f"{label}{'=' if equal else '!='}{_quoted(value)}"
    if value is None:
        raise wrong(f'{name}=None: for series without the label write {name}=""')
    if isinstance(value, (bytes, Mapping)) or not isinstance(value, Iterable):
        raise wrong(f"{name}: values of labels are texts: expected one, a list of them or a "
                    f"compiled pattern, found {shown(value)}")
    values = [text_of(one, name) for one in value]
    if isinstance(value, (set, frozenset)):
        values.sort()  # equal sets are one selection
    if not values:
        raise wrong(f"{name}: the list of values is empty, which would select nothing")
    return f"{label}{'=~' if equal else '!~'}{_quoted('|'.join(map(re.escape, values)))}"


def joined_matchers(old: str, texts: Iterable[str], labels: Mapping[str, Value],
                    equal: bool) -> str:
    """A selector of all that an old one, others and values of labels ask for."""
    parts = [text_of(part, "a selector").strip().removeprefix("{").removesuffix("}").strip(" ,")
             for part in (old, *texts)]
    parts += [_matcher(name, value, equal) for name, value in labels.items()]
    whole = ",".join(part for part in parts if part)
    return "{" + whole + "}" if whole else ""


# -- Limits


def limits(threads: int | None, memory: int | str, timeout: float | None,
           skip_damaged: bool) -> c.Limits:
    """What a question may use, as ``open`` takes it."""
    width = min(os.cpu_count() or 1, _MOST_THREADS) if threads is None else integer(threads)
    if width is None or not 1 <= width <= _MOST_THREADS:
        raise wrong(f"threads: expected 1 to {_MOST_THREADS}, or None for one for each core, "
                    f"found {shown(threads)}")
    if isinstance(memory, str):
        from .engine import size_bytes

        memory = size_bytes(memory)
    most = integer(memory)
    if most is None or not 0 <= most < 2**63:
        raise wrong('memory: expected bytes or a text like "1GB", 0 for no bound, found '
                    f"{shown(memory)}")
    if timeout is not None:
        if (isinstance(timeout, bool) or not isinstance(timeout, (int, float))
                or not timeout >= 0):
            raise wrong(f"timeout: expected seconds, or None, found {shown(timeout)}")
        timeout = float(min(timeout, _MOST_SECONDS))
    return c.Limits(width, most, timeout, bool(skip_damaged))
