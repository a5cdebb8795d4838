"""The C library: its functions, errors, objects, and calls that can be stopped."""

from __future__ import annotations

import ctypes
import os
import threading
import weakref
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any, NamedTuple
from collections.abc import Callable, Sequence


class DoleriteError(Exception):
    """What the library refused or failed to do. ``code`` is the name of a gRPC status code."""

    def __init__(self, message: str, code: str = "UNKNOWN") -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return DoleriteError, (str(self), self.code)

    def __str__(self) -> str:
        return str(self.args[0])


class Slice(ctypes.Structure):
    """``dolerite_slice``."""

    _fields_ = [("data", c_void_p), ("size", c_size_t)]


_OUT = POINTER(c_void_p)

# Functions that return a code and take the place of an error last, which is left out here.
_CODED: dict[str, tuple[Any, ...]] = {
    "call_new": (_OUT,),
    "call_set_timeout": (c_void_p, c_int64),
    "call_set_limits": (c_void_p, c_uint64, c_uint32, c_int),
    "store_open": (c_char_p, c_char_p, _OUT),
    "store_list": (c_void_p, c_char_p, c_void_p, _OUT),
    "source_new": (_OUT,),
    "source_add": (c_void_p, c_char_p, c_char_p, c_void_p),
    "source_add_block": (c_void_p, c_void_p, c_char_p, c_void_p),
    "source_add_bytes": (c_void_p, c_char_p, c_size_t),
    "source_of_archive": (c_void_p, c_void_p, _OUT),
    "archive_open": (c_void_p, c_char_p, c_void_p, _OUT),
    "question_print": (c_char_p, c_size_t, _OUT),
    "ask": (c_void_p, c_char_p, c_size_t, c_char_p, c_void_p, _OUT),
    "answer_stream": (c_void_p, c_void_p),
    "samples_open": (c_void_p, c_char_p, c_char_p, c_void_p, _OUT),
    "samples_stream": (c_void_p, c_void_p),
    "samples_functions": (c_void_p, _OUT),
    "plan_new": (c_void_p, c_char_p, c_size_t, c_uint64, c_void_p, _OUT),
    "execute": (c_void_p, POINTER(Slice), c_size_t, c_void_p, _OUT),
    "merge": (POINTER(Slice), c_size_t, c_void_p, _OUT),
    "finish": (c_char_p, c_size_t, c_char_p, c_size_t, c_char_p, c_void_p, _OUT),
    "builder_new": (_OUT,),
    "builder_add": (c_void_p, c_char_p, c_size_t, c_char_p, POINTER(c_size_t)),
    "builder_finish": (c_void_p, c_void_p, _OUT),
}
_PLAIN: dict[str, tuple[Any, ...]] = {
    "version": (c_char_p,),
    "code_name": (c_char_p, c_int),
    "error_message": (c_char_p, c_void_p),
    "bytes_data": (c_void_p, c_void_p),
    "bytes_size": (c_size_t, c_void_p),
    "call_cancel": (None, c_void_p),
    "answer_data": (c_void_p, c_void_p),
    "answer_size": (c_size_t, c_void_p),
    "answer_is_empty": (c_int, c_void_p),
    "answer_cut": (c_uint64, c_void_p),
    "answer_replaced_texts": (c_uint64, c_void_p),
    "answer_cost": (c_char_p, c_void_p),
    "plan_size": (c_size_t, c_void_p),
    "plan_split": (Slice, c_void_p, c_size_t),
    "plan_split_bytes": (c_uint64, c_void_p, c_size_t),
}
_KINDS = ("error", "bytes", "call", "store", "source", "answer", "samples", "plan", "builder",
          "archive")


def _load() -> ctypes.CDLL:
    """The library of the wheel, or the one that ``DOLERITE_LIBRARY`` names."""
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libdolerite_c.so")
    library = ctypes.CDLL(os.environ.get("DOLERITE_LIBRARY") or beside)
    for name, arguments in _CODED.items():
        function = getattr(library, "dolerite_" + name)
        function.restype, function.argtypes = c_int, (*arguments, _OUT)
    for name, (result, *taken) in _PLAIN.items():
        function = getattr(library, "dolerite_" + name)
        function.restype, function.argtypes = result, taken
    for kind in _KINDS:
        function = getattr(library, f"dolerite_{kind}_free")
        function.restype, function.argtypes = None, (c_void_p,)
    return library


# Loaded by the first use: importing stays fast, and a process that only passes questions on needs
# no library.
_loaded: ctypes.CDLL | None = None
_loading = threading.Lock()


def _lib() -> ctypes.CDLL:
    global _loaded
    if _loaded is None:
        with _loading:
            if _loaded is None:
                _loaded = _load()
    return _loaded


def plain(name: str, *arguments: Any) -> Any:
    """Calls a function that can't fail."""
    return getattr(_lib(), "dolerite_" + name)(*arguments)


def run(name: str, *arguments: Any) -> None:
    """Calls a function that returns a code."""
    error = c_void_p()
    code = getattr(_lib(), "dolerite_" + name)(*arguments, byref(error))
    if code == 0:
        return
    message = plain("error_message", error).decode("utf-8", "replace")
    plain("error_free", error)
    raise DoleriteError(message, plain("code_name", code).decode())


class Handle:
    """An object of the library, which is freed together with this one."""

    def __init__(self, kind: str, pointer: c_void_p) -> None:
        self.pointer = pointer
        free = getattr(_lib(), f"dolerite_{kind}_free")
        weakref.finalize(self, free, pointer).atexit = False


def make(kind: str, name: str, *arguments: Any) -> Handle:
    """Calls a function whose last argument but the error is the place of a new object."""
    out = c_void_p()
    run(name, *arguments, byref(out))
    return Handle(kind, out)


class Limits(NamedTuple):
    """What a question may use."""

    threads: int = 1
    memory: int = 0
    timeout: float | None = None
    skip_damaged: bool = False


class Call:
    """One use of the library that may take long. Ctrl-C stops it."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self._handle = make("call", "call_new")
        run("call_set_limits", self.pointer, limits.memory, limits.threads, limits.skip_damaged)
        if limits.timeout is not None:
            run("call_set_timeout", self.pointer, int(limits.timeout * 1e9))

    @property
    def pointer(self) -> c_void_p:
        return self._handle.pointer

    def cancel(self) -> None:
        """Ends the function that uses the call, with the code ``CANCELLED``. From any thread."""
        plain("call_cancel", self.pointer)

    def run(self, work: Callable[[], Any]) -> Any:
        """What ``work`` returns. Python delivers Ctrl-C to the main thread, and only while that
        thread is not inside a C function: so the work runs on a thread of its own."""
        if threading.current_thread() is not threading.main_thread():
            return work()
        outcome: list[tuple[Any, BaseException | None]] = []
        done = threading.Lock()
        done.acquire()

        def target() -> None:
            try:
                outcome.append((work(), None))
            except BaseException as error:  # raised again below
                outcome.append((None, error))
            finally:
                done.release()

        started = False
        try:
            threading.Thread(target=target, daemon=True).start()
            started = True
            done.acquire()
        except KeyboardInterrupt:
            self.cancel()
            if started and not outcome:  # else the lock may have been taken already
                done.acquire()
            raise
        result, error = outcome[0]
        if error is not None:
            raise error
        return result


def slices(parts: Sequence[bytes]) -> Any:
    """An array of ``dolerite_slice``. The parts must outlive it."""
    array = (Slice * len(parts))()
    for slot, part in zip(array, parts):
        slot.data, slot.size = ctypes.cast(c_char_p(part), c_void_p), len(part)
    return array


def bytes_of(handle: Handle) -> bytes:
    """The content of a ``dolerite_bytes``."""
    size = plain("bytes_size", handle.pointer)
    return ctypes.string_at(plain("bytes_data", handle.pointer), size)


class Answer:
    """The bytes of an answer, and what they took. ``handle``: the answer of the library."""

    def __init__(self, handle: Handle) -> None:
        self.handle = handle
        size = plain("answer_size", handle.pointer)
        self.bytes: bytes = ctypes.string_at(plain("answer_data", handle.pointer), size)
        self.is_empty = bool(plain("answer_is_empty", handle.pointer))
        self.cut: int = plain("answer_cut", handle.pointer)
        self.replaced_texts: int = plain("answer_replaced_texts", handle.pointer)
        self.cost_json: str = plain("answer_cost", handle.pointer).decode("utf-8", "replace")


def version() -> str:
    """The library's version."""
    return str(plain("version").decode())


def option_text(text: str | None) -> bytes | None:
    """A text for C; None stays null."""
    if text is None:
        return None
    if "\0" in text:
        raise DoleriteError("a text has a NUL in it", "INVALID_ARGUMENT")
    return text.encode("utf-8", "surrogateescape")
