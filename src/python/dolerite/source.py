"""Places with profiles: opened when the first question comes, and shared by all selections."""

from __future__ import annotations

import json
import os
import re
import threading
from typing import Any, Union
from collections.abc import Iterable

from . import _library as c
from ._labels import MAGIC, Labelling, block_of
from ._values import shown, wrong

Place = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview]

# Options of S3 stores: the variables that AWS's own tools read.
_VARIABLES = {
    "endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "access_key_id": ("AWS_ACCESS_KEY_ID",),
    "secret_access_key": ("AWS_SECRET_ACCESS_KEY",),
    "session_token": ("AWS_SESSION_TOKEN",),
}
_SECRET = ("access_key_id", "secret_access_key", "session_token")


_MOST_KNOWN = 256  # selections whose types are kept
_PROFILE_CONDITIONS = ("matchers", "profile_ids", "start", "end")


def _place_of(place: Any) -> str | bytes:
    """A place as sources keep it: another process, or this one in another directory, finds it."""
    if isinstance(place, (bytes, bytearray, memoryview)):
        return bytes(place)
    if not isinstance(place, (str, os.PathLike)):
        raise wrong(f"{shown(place)} is no place: expected a path, s3:// or bytes")
    path = os.fsdecode(place)
    c.option_text(path)
    scheme = "file://" if path.startswith("file://") else ""
    if re.match(r"\w+://[^/]*@", path) and not scheme:
        raise wrong("s3://..@BUCKET: places have no credentials: give access_key_id= and "
                    "secret_access_key=, or the variables of AWS")
    if "://" in path and not scheme:
        return path
    path = os.path.expanduser(path.removeprefix(scheme))
    if not path:
        raise wrong("a place is empty: expected a path, s3:// or bytes")
    # Behind a link, ".." is not the directory above in the text.
    return scheme + (os.path.join(os.getcwd(), path) if ".." in path.split("/")
                     else os.path.abspath(path))


class Source:
    """Places to ask. Immutable and thread-safe. Pickles as the places: another process opens them
    itself, with credentials from its own environment."""

    def __init__(self, places: Iterable[Place], options: dict[str, Any], limits: c.Limits,
                 labelling: Labelling | None = None) -> None:
        self._places = tuple(_place_of(place) for place in places)
        if not self._places:
            raise wrong("no place is given: a path, s3:// or bytes")
        self._limits, self._labelling = limits, labelling
        self._options = {name: value for name, value in options.items() if value}
        if "@" in str(self._options.get("endpoint", "")):
            raise wrong("endpoint: has credentials: give access_key_id= and secret_access_key=")
        self._lock = threading.Lock()
        self._handle: c.Handle | None = None
        self._types: dict[str, list[str]] = {}

    @property
    def places(self) -> tuple[str | bytes, ...]:
        """The places: absolute paths, s3://, or bytes."""
        return self._places

    @property
    def limits(self) -> c.Limits:
        """What a question may use."""
        return self._limits

    def __getstate__(self) -> dict[str, Any]:
        options = {k: v for k, v in self._options.items() if k not in _SECRET}
        return {"places": self.places, "options": options, "limits": self.limits,
                "labelling": self._labelling}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def _key(self) -> tuple[Any, ...]:
        """What makes it the same data, whoever asks."""
        state = self.__getstate__()
        return state["places"], tuple(sorted(state["options"].items())), self._labelling

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        at = self._options.get("endpoint")
        return ", ".join(
            f"{len(p)} bytes" if isinstance(p, bytes) else repr(p) for p in self.places
        ) + (f" at {at}" if at and self._in_buckets() else "")

    def _in_buckets(self) -> bool:
        return any(isinstance(p, str) and p.startswith("s3://") for p in self.places)

    def with_places_of(self, other: Source) -> Source:
        """Both sources as one. FAILED_PRECONDITION where one can't have both."""
        mine, theirs = self._in_buckets(), other._in_buckets()
        if mine and theirs and self._options != other._options:
            raise c.DoleriteError("places of different servers, regions or credentials can't be "
                                  "one source", "FAILED_PRECONDITION")
        if self._labelling != other._labelling:
            raise c.DoleriteError("places with different labels or path_labels can't be one source",
                                  "FAILED_PRECONDITION")
        added = tuple(p for p in other.places if p not in self.places)
        return Source(self.places + added, self._options if mine else other._options, self.limits,
                      self._labelling)

    def alone(self, place: str | bytes) -> Source:
        """One of the places."""
        if self.places == (place,):
            return self
        return Source([place], self._options, self.limits, self._labelling)

    def store_options(self, place: str) -> bytes | None:
        """Options of the store that a place is in, as JSON."""
        if not place.startswith("s3://"):
            return b'{"follow_links":true}'
        options = dict(self._options)
        for name, variables in _VARIABLES.items():
            for variable in variables:
                if name not in options and os.environ.get(variable):
                    options[name] = os.environ[variable]
        return json.dumps(options).encode()

    def call(self) -> c.Call:
        """A call with the limits of this source."""
        return c.Call(self.limits)

    def handle(self, call: c.Call) -> c.Handle:
        """The opened source. The first call opens it. Who uses it keeps it: another thread may
        refresh this source meanwhile."""
        with self._lock:
            if self._handle is None:
                self._handle = self._open(call)
            return self._handle

    def _open(self, call: c.Call) -> c.Handle:
        source = c.make("source", "source_new")
        for place in self.places:
            if self._labelling or isinstance(place, bytes):
                block = (place if isinstance(place, bytes) and place.startswith(MAGIC)
                         and not self._labelling else block_of(place, self._labelling, call))
                c.run("source_add_bytes", source.pointer, block, len(block))
            else:
                self._add(source, place, call)
        return source

    def _add(self, source: c.Handle, place: str, call: c.Call) -> None:
        try:
            c.run("source_add", source.pointer, c.option_text(place), self.store_options(place),
                  call.pointer)
        except c.DoleriteError as error:
            if error.code == "FAILED_PRECONDITION" and len(self.places) > 1:
                raise c.DoleriteError(
                    f"{error}: open an archive alone (diff() compares it with other places), or "
                    "import the other places into it (dolerite import)", error.code) from None
            raise

    def open(self) -> None:
        """Opens the places now, not with the first question."""
        call = self.call()
        call.run(lambda: self.handle(call))

    def refresh(self) -> None:
        """Opens the places anew with the next question: what an archive holds by then."""
        with self._lock:
            self._handle, self._types = None, {}

    def ask(self, question: str, form: str = "") -> c.Answer:
        """The answer to a question in JSON, in the format that is named; "arrow": a table, which
        ``_arrow.stream_of`` takes; "partial": bytes for ``finish``."""
        text, call = question.encode("utf-8", "surrogatepass"), self.call()

        def work() -> c.Answer:
            handle = self.handle(call)
            return c.Answer(c.make("answer", "ask", handle.pointer, text, len(text), form.encode(),
                                   call.pointer))

        result: c.Answer = call.run(work)
        return result

    def finish(self, question: str, partial: bytes, form: str = "") -> c.Answer:
        """The answer to a question in JSON of what was found for it: a partial."""
        text, call = question.encode("utf-8", "surrogatepass"), self.call()
        result: c.Answer = call.run(lambda: c.Answer(c.make(
            "answer", "finish", partial, len(partial), text, len(text), form.encode(),
            call.pointer)))
        return result

    def types_of(self, selection: dict[str, Any]) -> list[str]:
        """The profile types that a selection selects, if it does not ask for one. Reads lists of
        profiles, and keeps what it found."""
        conditions, key = self._conditions(selection)
        types = self._types.get(key)
        if types is None:
            question = {"question": "catalog", "selection": conditions, "answer": {"view": "types"}}
            lines = self.ask(json.dumps(question, ensure_ascii=False)).bytes.splitlines()
            if len(self._types) >= _MOST_KNOWN:
                self._types = {}
            types = self._types[key] = [json.loads(line)["type"] for line in lines]
        return types

    def known_types(self, selection: dict[str, Any]) -> list[str] | None:
        """As ``types_of`` if that was asked before. Reads nothing."""
        return self._types.get(self._conditions(selection)[1])

    @staticmethod
    def _conditions(selection: dict[str, Any]) -> tuple[dict[str, Any], str]:
        conditions = {k: selection[k] for k in _PROFILE_CONDITIONS if k in selection}
        return conditions, json.dumps(conditions, sort_keys=True)
