"""Places with profiles: opened when the first question comes, and shared by all selections."""

from __future__ import annotations

import json
import os
import threading
from typing import Any, Union
from collections.abc import Iterable

from . import _library as c

Place = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview]

_MAGIC = b"DOLERITE"
# Options of S3 stores: the variables that AWS's own tools read.
_VARIABLES = {
    "endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "access_key_id": ("AWS_ACCESS_KEY_ID",),
    "secret_access_key": ("AWS_SECRET_ACCESS_KEY",),
    "session_token": ("AWS_SESSION_TOKEN",),
}
_SECRET = ("access_key_id", "secret_access_key", "session_token")


def _block_of(data: bytes) -> bytes:
    """The bytes of a block; a profile (pprof, OTLP) becomes one."""
    if data.startswith(_MAGIC):
        return data
    builder = c.make("builder", "builder_new")
    c.run("builder_add", builder.pointer, data, len(data), None, None)
    return c.bytes_of(c.make("bytes", "builder_finish", builder.pointer, None))


class Source:
    """Places to ask. Immutable and thread-safe. Pickles as the places: another process opens them
    itself, with credentials from its own environment."""

    def __init__(self, places: Iterable[Place], options: dict[str, Any], limits: c.Limits) -> None:
        self.places = tuple(
            bytes(p) if isinstance(p, (bytes, bytearray, memoryview)) else os.fspath(p)
            for p in places
        )
        if not self.places:
            raise c.DoleriteError("no place is given: a path, s3:// or bytes", "INVALID_ARGUMENT")
        self.limits = limits
        self._options = {name: value for name, value in options.items() if value}
        self._lock = threading.Lock()
        self._handle: c.Handle | None = None
        self._types: list[dict[str, Any]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        options = {k: v for k, v in self._options.items() if k not in _SECRET}
        return {"places": self.places, "options": options, "limits": self.limits}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and self.places == other.places

    def __hash__(self) -> int:
        return hash(self.places)

    def __repr__(self) -> str:
        return ", ".join(
            f"{len(p)} bytes" if isinstance(p, bytes) else repr(p) for p in self.places
        )

    def with_places_of(self, other: Source) -> Source:
        """Both sources as one."""
        added = tuple(p for p in other.places if p not in self.places)
        return Source(self.places + added, {**other._options, **self._options}, self.limits)

    def alone(self, place: str | bytes) -> Source:
        """One of the places."""
        return self if self.places == (place,) else Source([place], self._options, self.limits)

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
            if isinstance(place, bytes):
                block = _block_of(place)
                c.run("source_add_bytes", source.pointer, block, len(block))
            else:
                path = place if "://" in place else os.path.expanduser(place)
                c.run("source_add", source.pointer, c.option_text(path), self.store_options(path),
                      call.pointer)
        return source

    def refresh(self) -> None:
        """Opens the places anew with the next question: what an archive holds by then."""
        with self._lock:
            self._handle, self._types = None, None

    def ask(self, question: str, form: str = "") -> c.Answer:
        """The answer to a question in JSON, in the format that is named."""
        text, call = question.encode("utf-8", "surrogatepass"), self.call()

        def work() -> c.Answer:
            handle = self.handle(call)
            return c.Answer(c.make("answer", "ask", handle.pointer, text, len(text), form.encode(),
                                   call.pointer))

        result: c.Answer = call.run(work)
        return result

    def ask_arrow(self, question: str, stream: Any) -> None:
        """Writes the answer as an Arrow stream to an address."""
        text, call = question.encode("utf-8", "surrogatepass"), self.call()

        def work() -> None:
            handle = self.handle(call)
            c.run("ask_arrow", handle.pointer, text, len(text), call.pointer, stream)

        call.run(work)

    def types(self) -> list[dict[str, Any]]:
        """The profile types, kept from the first time on."""
        if self._types is None:
            lines = self.ask('{"question":"catalog","answer":{"view":"types"}}').bytes
            self._types = [json.loads(line) for line in lines.splitlines()]
        return self._types
