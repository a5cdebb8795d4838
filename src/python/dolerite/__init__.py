"""Dolerite: continuous-profiling data in columnar blocks, to ask from Python.

    import dolerite as dl
    a = dl.open("profiles/")
    cpu = a.where(version="v1.6.0").type("cpu")
    cpu.flame()
    cpu.top(20).to_polars()
"""

from __future__ import annotations

import os as _os
from collections.abc import Iterable as _Iterable

from ._library import DoleriteError, Limits
from ._library import version as _version
from .compare import Diff, SlowerError, assert_no_slower, diff
from .question import Question
from .selection import Selection
from .source import Place, Source

__all__ = ["DoleriteError", "Diff", "Question", "Selection", "SlowerError", "Source",
           "assert_no_slower", "diff", "open"]


def open(places: Place | _Iterable[Place], *, threads: int | None = None, memory: int = 0,
         timeout: float | None = None, skip_damaged: bool = False, endpoint: str = "",
         region: str = "", path_style: bool = False, access_key_id: str = "",
         secret_access_key: str = "", session_token: str = "") -> Selection:
    """All profiles of a place, or of a list of places. A place is a block file, a profile (pprof or
    OTLP), a directory of these, an archive (a directory or ``s3://BUCKET/PREFIX``), a block
    ``s3://BUCKET/KEY``, or the bytes of a block or profile. An archive must be the only place.

    Nothing is read until the first question. threads: of each question; None: one for each core.
    memory: bytes that a question may hold; 0: no bound. timeout: seconds of a question.
    skip_damaged: damaged parts are left out and told in the cost; else they are an error.
    The rest is for S3; what is not given comes from the variables of AWS (AWS_ACCESS_KEY_ID ..)."""
    one = isinstance(places, (str, bytes, bytearray, memoryview, _os.PathLike))
    limits = Limits(min(threads or _os.cpu_count() or 1, 256), memory, timeout, skip_damaged)
    options = {"endpoint": endpoint, "region": region, "path_style": path_style,
               "access_key_id": access_key_id, "secret_access_key": secret_access_key,
               "session_token": session_token}
    return Selection(Source([places] if one else places, options, limits))  # type: ignore


def __getattr__(name: str) -> str:
    if name == "__version__":
        return _version()
    raise AttributeError(f"module 'dolerite' has no attribute {name!r}")
