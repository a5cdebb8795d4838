"""Labels that the caller puts on profiles: the same for all, or from the paths of files."""

from __future__ import annotations

import json
import os
import re
import stat
from typing import Any, NamedTuple
from collections.abc import Callable, Iterator, Mapping

from . import _library as c
from ._values import shown, text_of, wrong

MAGIC = b"DOLERITE"  # of blocks
_MOST_FILE_BYTES = 2**32
# How profiles begin: gzip, zstd, and the first fields of a message. What can't be read and begins
# otherwise is some other file of a directory.
_FRONTS = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\n", b"\x12")
_CODES = {FileNotFoundError: "NOT_FOUND", PermissionError: "PERMISSION_DENIED"}


class Labelling(NamedTuple):
    """Labels for the profiles of a place. ``root``: what paths are relative to; "": the directory
    that is opened, or for files that are named ``here``."""

    labels: tuple[tuple[str, str], ...]
    path_labels: str
    root: str
    here: str


def labelling(labels: Mapping[str, str] | None, path_labels: str, root: Any) -> Labelling | None:
    """What ``open`` was told about labels; None if nothing."""
    if not labels and not path_labels:
        if root:
            raise wrong("root: it is what path_labels are relative to, and there are none")
        return None
    if not isinstance(root, (str, os.PathLike)):
        raise wrong(f"root: expected a path, found {shown(root)}")
    if labels is not None and not isinstance(labels, Mapping):
        raise wrong(f"labels: expected a dictionary of texts, found {shown(labels)}")
    pairs = sorted((text_of(name, "labels"), text_of(value, f"labels: {name}"))
                   for name, value in (labels or {}).items())
    for name, value in pairs:
        if not name or not value:
            raise wrong(f"labels: {name!r} is {value!r}: give a name and a value")
    _pattern(text_of(path_labels, "path_labels"))
    here = os.getcwd() if path_labels else ""
    root = os.path.abspath(os.path.expanduser(os.fsdecode(root))) if root else ""
    return Labelling(tuple(pairs), path_labels, root, here)


def _pattern(text: str) -> tuple[re.Pattern[str], list[str]]:
    """A pattern of paths as an expression, with the labels that its groups are. As the tool has it:
    a capture takes as little as it can, ``*`` as much, neither takes a slash."""
    out, names, after_wildcard = "", [], False
    for piece in re.finditer(r"[^{}*]+|\*|\{[^{}/]*\}|[{}]", text):
        part = piece[0]
        if part in ("{", "}"):
            raise wrong("path_labels: a brace without its partner")
        wildcard = part == "*" or part[0] == "{"
        if wildcard and after_wildcard:
            raise wrong(f"path_labels: {part} follows another wildcard at once")
        after_wildcard = wildcard
        name = part[1:-1] if part[0] == "{" else None
        if name == "" or name in names:
            raise wrong(f"path_labels: {part} " + ("is given twice" if name else "has no name"))
        names += [name] if name else []
        out += "([^/]+?)" if name else "[^/]*" if wildcard else re.escape(part)
    return re.compile(out), names


def _files(directory: str) -> Iterator[str]:
    """Regular files at any depth. Hidden ones are passed over."""
    def fail(error: OSError) -> None:
        raise error

    for folder, below, files in os.walk(directory, onerror=fail):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(files):
            path = os.path.join(folder, name)
            try:
                if not name.startswith(".") and stat.S_ISREG(os.stat(path).st_mode):
                    yield path
            except FileNotFoundError:  # a link to nowhere
                pass


class _Reader:
    """Collects the profiles of a place, with their labels."""

    def __init__(self, spec: Labelling) -> None:
        self._spec = spec
        self._pattern, self._names = _pattern(spec.path_labels)
        self.builder = c.make("builder", "builder_new")
        self.taken = 0

    def add(self, data: bytes, labels: dict[str, str]) -> None:
        """Adds the profiles of a file's bytes."""
        if data.startswith(MAGIC):
            raise wrong("a block, which has labels of its own: labels and path_labels are for "
                        "profiles; open it apart, without them")
        text = json.dumps(labels, ensure_ascii=False).encode("utf-8", "surrogateescape")
        c.run("builder_add", self.builder.pointer, data, len(data), text, None)
        self.taken += 1

    def add_file(self, path: str, root: str, named: bool) -> None:
        """Adds a file. One that is found in a directory is passed over if it is not of the pattern,
        or is no profile."""
        labels = dict(self._spec.labels)
        if self._spec.path_labels:
            below = os.path.relpath(path, root)
            match = self._pattern.fullmatch(below)
            if match is None and named:
                raise wrong(f"{path}: {below} does not match path_labels "
                            f"{self._spec.path_labels!r}; root= says what paths are relative to")
            if match is None:
                return
            labels.update(zip(self._names, match.groups()))
            named = True
        if os.path.getsize(path) > _MOST_FILE_BYTES:
            raise c.DoleriteError(f"{path}: a file of {os.path.getsize(path)} bytes",
                                  "RESOURCE_EXHAUSTED")
        with open(path, "rb") as file:
            data = file.read()
        try:
            self.add(data, labels)
        except c.DoleriteError as error:
            if named or data.startswith((MAGIC, *_FRONTS)) or b'"resourceProfiles"' in data:
                raise c.DoleriteError(f"{path}: {error}", error.code) from None

    def add_place(self, place: str, check: Callable[[], Any]) -> None:
        """Adds a file, or those of a directory."""
        spec = self._spec
        if not os.path.isdir(place):
            return self.add_file(place, spec.root or spec.here, True)
        for path in _files(place):
            check()
            self.add_file(path, spec.root or place, False)
        if not self.taken:
            which = f" that path_labels {spec.path_labels!r} match" if spec.path_labels else ""
            raise c.DoleriteError(f"{place}: holds no profile{which}", "NOT_FOUND")


def block_of(place: str | bytes, spec: Labelling | None, call: c.Call) -> bytes:
    """The block of a place's profiles, with labels."""
    reader = _Reader(spec or Labelling((), "", "", ""))
    if isinstance(place, bytes):
        if spec and spec.path_labels:
            raise wrong("path_labels: bytes have no path; give labels")
        reader.add(place, dict(spec.labels) if spec else {})
    elif "://" in place and not place.startswith("file://"):
        raise wrong(f"{place}: labels and path_labels are for files of profiles; what a bucket has "
                    "are blocks, which have labels of their own")
    else:
        empty = c.make("builder", "builder_new")  # finishing it only looks whether to stop
        try:
            reader.add_place(place.removeprefix("file://"), lambda: c.make(
                "bytes", "builder_finish", empty.pointer, call.pointer))
        except OSError as error:
            raise c.DoleriteError(f"{place}: {error.strerror}",
                                  _CODES.get(type(error), "UNAVAILABLE")) from None
    return c.bytes_of(c.make("bytes", "builder_finish", reader.builder.pointer, call.pointer))
