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
from collections.abc import Mapping as _Mapping

from ._labels import labelling as _labelling
from ._library import DoleriteError
from ._library import version as _version
from ._values import limits as _limits
from ._values import shown as _shown
from ._values import wrong as _wrong
from .compare import Diff, SlowerError, assert_no_slower, diff
from .question import Question
from .selection import Selection
from .source import Place, Source

__all__ = ["DoleriteError", "Diff", "Question", "Selection", "SlowerError", "Source",
           "assert_no_slower", "diff", "open"]


def open(places: Place | _Iterable[Place], *, labels: _Mapping[str, str] | None = None,
         path_labels: str = "", root: str | _os.PathLike[str] = "", threads: int | None = None,
         memory: int | str = 0, timeout: float | None = None, skip_damaged: bool = False,
         endpoint: str = "", region: str = "", path_style: bool = False, access_key_id: str = "",
         secret_access_key: str = "", session_token: str = "") -> Selection:
    """All profiles of a place, or of a list of places. A place is a block file, a profile (pprof or
    OTLP), a directory of these, an archive (a directory or ``s3://BUCKET/PREFIX``), a block
    ``s3://BUCKET/KEY``, or the bytes of a block or profile. An archive must be the only place.

    Nothing is read until the first question.

    labels: put on all profiles, as ``{"version": "v1"}``. path_labels: labels from the paths of
    files, as ``"{version}/{pod}/*.{kind}.pb.gz"``; files of a directory that do not match are
    passed over. root: what these paths are relative to, if not to the directory that is opened, or
    for files to the working directory. A label of the path wins over one of ``labels``, and both
    over one that a file holds. Without either, a pprof file has service_name, its folder's name.
    Go's mutex and block profiles look alike: only a label ``kind`` distinguishes them here.

    threads: of each question; None: one for each core. memory: bytes that a question may hold, or
    a text like "1GB"; 0: no bound. timeout: seconds of a question. skip_damaged: damaged parts are
    left out and told in the cost; else they are an error. The rest is for S3; what is not given
    comes from the variables of AWS (AWS_ACCESS_KEY_ID ..)."""
    if isinstance(places, (str, bytes, bytearray, memoryview, _os.PathLike)):
        places = [places]
    elif not isinstance(places, _Iterable):
        raise _wrong(f"open: expected a path, s3://, bytes or a list of these, "
                     f"found {_shown(places)}")
    options = {"endpoint": endpoint, "region": region, "path_style": path_style,
               "access_key_id": access_key_id, "secret_access_key": secret_access_key,
               "session_token": session_token}
    return Selection(Source(places, options, _limits(threads, memory, timeout, skip_damaged),
                            _labelling(labels, path_labels, root)))


def __getattr__(name: str) -> str:
    if name == "__version__":
        return _version()
    raise AttributeError(f"module 'dolerite' has no attribute {name!r}")
