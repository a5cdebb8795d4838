"""Streams of Arrow as PyCapsules, which is how Python libraries exchange tables."""

from __future__ import annotations

import ctypes
import importlib
import os
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_void_p
from typing import Any, Protocol, TypeVar
from collections.abc import Callable

from . import _library as c

_NAME = b"arrow_array_stream"
T = TypeVar("T")


class ArrowStream(ctypes.Structure):
    """``struct ArrowArrayStream``."""

    _fields_ = [
        ("get_schema", c_void_p),
        ("get_next", c_void_p),
        ("get_last_error", c_void_p),
        ("release", c_void_p),
        ("private_data", c_void_p),
    ]


class Streamable(Protocol):
    """An object that Arrow libraries can read."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


_RELEASE = CFUNCTYPE(None, POINTER(ArrowStream))
_DESTRUCTOR = CFUNCTYPE(None, c_void_p)

_api = ctypes.pythonapi
_new = _api.PyCapsule_New
_new.restype, _new.argtypes = ctypes.py_object, (c_void_p, c_char_p, _DESTRUCTOR)
_pointer_of = _api.PyCapsule_GetPointer
_pointer_of.restype, _pointer_of.argtypes = c_void_p, (c_void_p, c_char_p)
_malloc, _free = _api.PyMem_RawMalloc, _api.PyMem_RawFree
_malloc.restype, _malloc.argtypes = c_void_p, (ctypes.c_size_t,)
_free.restype, _free.argtypes = None, (c_void_p,)


def _destroy(capsule: int) -> None:
    """Releases a stream that nobody took, and frees the structure."""
    address = _pointer_of(capsule, _NAME)
    stream = ArrowStream.from_address(address)
    if stream.release:
        _RELEASE(stream.release)(ctypes.byref(stream))
    _free(address)


_destructor = _DESTRUCTOR(_destroy)


def capsule(fill: Callable[[c_void_p], Any]) -> object:
    """A capsule with the stream that ``fill`` writes to the address that it is given."""
    address = _malloc(ctypes.sizeof(ArrowStream))
    if not address:
        raise MemoryError
    ctypes.memset(address, 0, ctypes.sizeof(ArrowStream))
    try:
        fill(c_void_p(address))
    except BaseException:
        _free(address)
        raise
    return _new(address, _NAME, _destructor)


def stream_of(answer: c.Answer) -> object:
    """A capsule with the table of an answer in the format "arrow". Once."""
    return capsule(lambda address: c.run("answer_stream", answer.handle.pointer, address))


class _Taken:
    """A capsule that was made already."""

    def __init__(self, stream: object) -> None:
        self._stream = stream

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._stream


class Frames:
    """What tables have in common: ways into the libraries of tables. What the library refused, or
    failed to do while rows were read, is a DoleriteError, and not the reader's own."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        raise NotImplementedError

    def _reading(self) -> c.Call:
        """What the last stream is stopped by."""
        return c.Call()

    def _failure(self) -> c.DoleriteError | None:
        """Why the last stream is not at its end."""
        return None

    def _read(self, use: Callable[[Streamable], T]) -> T:
        """What ``use`` makes of a stream. The question is asked before, so that its errors do not
        pass through a library of tables. Ctrl-C ends the stream, and with it what reads it."""
        stream = _Taken(self.__arrow_c_stream__())
        try:
            read: T = self._reading().run(lambda: use(stream))
            return read
        except Exception as error:
            ours = self._failure()
            # A reader that stopped for reasons of its own left the stream before its end.
            if ours is None or ours.code == "FAILED_PRECONDITION" and str(ours) not in str(error):
                raise
            raise ours from error

    def arrow(self) -> Any:
        """A table of pyarrow."""
        import pyarrow

        return self._read(lambda table: pyarrow.RecordBatchReader.from_stream(table).read_all())

    def to_polars(self) -> Any:
        """A data frame of Polars."""
        import polars

        return self._read(polars.DataFrame)

    def to_pandas(self) -> Any:
        """A data frame of pandas, through pyarrow."""
        return self.arrow().to_pandas()

    def to_parquet(self, path: str) -> None:
        """Writes a Parquet file, with DuckDB, pyarrow or Polars: the first that is there."""
        for module, write in (("duckdb", _duckdb_parquet), ("pyarrow", _pyarrow_parquet),
                              ("polars", _polars_parquet)):
            try:
                importlib.import_module(module)
            except ModuleNotFoundError:
                continue
            return self._read(lambda table: write(table, str(path)))
        raise ModuleNotFoundError("to_parquet needs duckdb, pyarrow or polars: install one")


def _duckdb_parquet(table: Streamable, path: str) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.register("dolerite_table", table)
        quoted = path.replace("'", "''")
        connection.execute(f"COPY (SELECT * FROM dolerite_table) TO '{quoted}' (FORMAT parquet)")


def _pyarrow_parquet(table: Streamable, path: str) -> None:
    import pyarrow
    import pyarrow.parquet

    reader = pyarrow.RecordBatchReader.from_stream(table)
    with pyarrow.parquet.ParquetWriter(path, reader.schema) as writer:
        try:
            for batch in reader:
                writer.write_batch(batch)
        except BaseException:
            if os.path.isfile(path):  # closing makes a file of the rows so far that looks whole
                os.remove(path)
            raise


def _polars_parquet(table: Streamable, path: str) -> None:
    import polars

    polars.DataFrame(table).write_parquet(path)
