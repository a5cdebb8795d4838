"""Questions in pieces: plan, execute anywhere, merge, finish; and all of it on local processes.

    from dolerite import engine
    engine.ask(cpu.flame(), processes=8)

A piece is bytes. Whoever executes it opens its store from the URI that goes with it, with
credentials from its own environment. Pieces may be executed again after a failure, on any machine;
a merged answer takes each of them once."""

from __future__ import annotations

import concurrent.futures
import functools
import json
import multiprocessing
import os
import re
from concurrent.futures.process import BrokenProcessPool
from ctypes import string_at
from typing import Any, NamedTuple, TypeVar, Union, overload
from collections.abc import Callable, Sequence

from . import _library as c
from . import results
from .question import Question
from .source import Source

FAN_IN = 8  # partials that one merge takes
FINEST = 32  # the last tasks have such a part of what one worker does in all
_SIZES = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}

Size = Union[int, str]
Result = TypeVar("Result", bound=results.Result)


class Piece(NamedTuple):
    """Some datasets of a block, with the question for them. ``uri``: the store that has the block;
    ``options``: of the store, without credentials; ``bytes``: what it will read, estimated."""

    uri: str
    options: str
    split: bytes
    bytes: int


def size_bytes(size: Size) -> int:
    """Bytes of "64MB", "32MiB", or of a number."""
    if isinstance(size, int) and size >= 0:
        return size
    match = re.fullmatch(r"(\d+) *([KMG]I?B|)", size.upper()) if isinstance(size, str) else None
    if match is None:
        raise c.DoleriteError(f"{size!r} is not a size: expected one like 64MB", "INVALID_ARGUMENT")
    return int(match[1]) * _SIZES[match[2]]


def _unplanned(what: str) -> c.DoleriteError:
    return c.DoleriteError(f"{what}; import the profiles into an archive (dolerite import) or "
                           "build a block file of them (dolerite build), and open that",
                           "FAILED_PRECONDITION")


def _uri_of(place: str | bytes, source: Source) -> str:
    """The store whose keys the splits of a place name."""
    if isinstance(place, bytes):
        raise _unplanned("bytes can't be planned for: no store has them")
    if place.startswith("s3://"):
        store = c.make("store", "store_open", place.encode(), source.store_options(place))
        try:
            c.make("archive", "archive_open", store.pointer, b"r", None)
        except c.DoleriteError as error:
            if error.code != "NOT_FOUND":
                raise
            return "/".join(place.split("/")[:3])  # a block of the bucket
        return place
    path = os.path.abspath(os.path.expanduser(place.removeprefix("file://")))
    return path if os.path.isdir(path) else os.path.dirname(path)


def plan(question: Question, split: Size = "64MB") -> list[Piece]:
    """The pieces of a question, of about ``split`` stored bytes each. Reads what blocks say of
    themselves, no samples. Equal pieces, as of a block that is named twice, are taken once."""
    text, pieces = question.resolved().encode(), {}
    for place in question.source.places:
        source = question.source.alone(place)
        options = json.dumps(source.__getstate__()["options"])
        uri, call = _uri_of(place, source), source.call()

        def work() -> c.Handle:
            handle = source.handle(call)
            try:
                return c.make("plan", "plan_new", handle.pointer, text, len(text),
                              size_bytes(split), call.pointer)
            except c.DoleriteError as error:
                raise _unplanned(str(error)) if "in memory" in str(error) else error

        planned: c.Handle = call.run(work)
        for i in range(c.plain("plan_size", planned.pointer)):
            part = c.plain("plan_split", planned.pointer, i)
            data = string_at(part.data, part.size)
            size = c.plain("plan_split_bytes", planned.pointer, i)
            pieces[uri, data] = Piece(uri, options, data, size)
    return list(pieces.values())


@functools.lru_cache(maxsize=16)
def _store(uri: str, options: str) -> c.Handle:
    """A store of this process, opened once."""
    source = Source([uri], json.loads(options), c.Limits())
    return c.make("store", "store_open", c.option_text(uri), source.store_options(uri))


def execute(piece: Piece) -> bytes:
    """The partial answer of a piece. Any process can call this that reaches the store."""
    return execute_all([piece])


def merge(partials: Sequence[bytes]) -> bytes:
    """Partials of one question as one, in any order and grouping."""
    call, slices = c.Call(), c.slices(partials)
    return bytes(call.run(lambda: c.bytes_of(c.make(
        "bytes", "merge", slices, len(partials), call.pointer))))


def execute_all(pieces: Sequence[Piece]) -> bytes:
    """The partial answer of some pieces: what one task does."""
    stores: dict[tuple[str, str], list[bytes]] = {}
    for piece in pieces:
        stores.setdefault((piece.uri, piece.options), []).append(piece.split)
    partials = []
    for place, splits in stores.items():
        store, call, slices = _store(*place), c.Call(), c.slices(splits)
        partials.append(call.run(lambda: c.bytes_of(c.make(
            "bytes", "execute", store.pointer, slices, len(splits), call.pointer))))
    return merge(partials) if len(partials) != 1 else bytes(partials[0])


def tasks(pieces: Sequence[Piece], split: Size, workers: int) -> list[list[Piece]]:
    """The pieces of each task: about ``split`` bytes, or less where workers would wait for the last
    one. Tasks get smaller: each has a part of what is left, so that all workers end at about the
    same time, though few partials are merged. A piece is of one block; of small blocks a task has
    many."""
    left = sum(piece.bytes for piece in pieces)
    least, most = left // (FINEST * workers), size_bytes(split)
    out: list[list[Piece]] = []
    used = room = 0
    for piece in pieces:
        if not out or used + piece.bytes > room:
            left -= used
            used, room = 0, min(max(left // (2 * workers), least), most)
            out.append([])
        out[-1].append(piece)
        used += piece.bytes
    return out


def finish(partial: bytes, question: Question, form: str = "") -> c.Answer:
    """The answer of the partial that all others were merged into."""
    return question.source.finish(question.resolved(), partial, form)


def groups(partials: Sequence[Any]) -> list[Sequence[Any]]:
    """What is merged side by side in one round of the tree."""
    return [partials[i:i + FAN_IN] for i in range(0, len(partials), FAN_IN)]


def answered(asked: Any, partial: bytes) -> Any:
    """A result that is made of the partial that all others were merged into, in whatever format it
    is looked at; of a bare question the answer's bytes."""
    if isinstance(asked, Question):
        return results.Raw(finish(partial, asked))
    return asked.of_partial(partial)


def question_of(asked: Any) -> Question:
    """The question of a result, or the question itself."""
    if isinstance(asked, Question):
        return asked
    if isinstance(asked, results.Result):
        return asked.question
    raise c.DoleriteError("engines answer questions and results such as selection.tree(), "
                          f".flame(), .top() or diff(..).top(), not {type(asked).__name__}",
                          "INVALID_ARGUMENT")


class _Pool:
    """Processes that are started anew when one of them dies."""

    def __init__(self, processes: int, retries: int) -> None:
        self._processes, self._retries = processes, retries
        self._pool = self._start()

    def _start(self) -> concurrent.futures.ProcessPoolExecutor:
        # Not forked: the threads of this process would be missing in a copy of it.
        return concurrent.futures.ProcessPoolExecutor(
            self._processes, multiprocessing.get_context("spawn"))

    def map(self, function: Callable[[Any], bytes], arguments: Sequence[Any]) -> list[bytes]:
        """What the function returns for each argument; again for those whose process died."""
        done: dict[int, bytes] = {}
        while True:
            waiting = {}
            try:
                for i in range(len(arguments)):
                    if i not in done:
                        waiting[self._pool.submit(function, arguments[i])] = i
                for future in concurrent.futures.as_completed(waiting):
                    done[waiting[future]] = future.result()
                return [done[i] for i in range(len(arguments))]
            except BrokenProcessPool:
                if self._retries == 0:
                    raise
                self._retries -= 1
                for future, i in waiting.items():
                    if future.done() and future.exception() is None:
                        done[i] = future.result()
                self.close()
                self._pool = self._start()

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


@overload
def ask(asked: Question, processes: int | None = None, split: Size = "64MB",
        retries: int = 3) -> results.Raw: ...


@overload
def ask(asked: Result, processes: int | None = None, split: Size = "64MB",
        retries: int = 3) -> Result: ...


def ask(asked: Any, processes: int | None = None, split: Size = "64MB", retries: int = 3) -> Any:
    """Answers a question, or a result such as ``selection.flame()``, on so many processes (None:
    one for each core). Processes import the caller's main module, as those of multiprocessing do:
    a script needs ``if __name__ == "__main__"``."""
    question = question_of(asked)
    pieces = plan(question, split)
    if not pieces:  # nothing is selected
        return answered(asked, question.answer("partial").bytes)
    workers = min(processes or os.cpu_count() or 1, len(pieces))
    pool = _Pool(workers, retries)
    try:
        partials = pool.map(execute_all, tasks(pieces, split, workers))
        while len(partials) > 1:
            partials = pool.map(merge, groups(partials))
    finally:
        pool.close()
    return answered(asked, partials[0])
