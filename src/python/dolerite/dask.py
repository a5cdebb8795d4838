"""Questions on a Dask cluster.

    from dask.distributed import Client
    from dolerite import dask
    dask.ask(Client(), cpu.flame(), split="64MB")

Workers need this package, and open the store themselves: its URI must mean the same to them, and
credentials come from their environment.

Dask has workers give freed memory back to the kernel at once, which costs a third of the time of
questions over many blocks. Workers keep it if Dask's configuration says so before they start:

    from dask import config
    config.set({"distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 256 << 20,
                "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 32 << 20})"""

from __future__ import annotations

from typing import Any, overload

from . import engine, results
from .question import Question


@overload
def ask(client: Any, asked: Question, split: engine.Size = "64MB",
        retries: int = 3) -> results.Raw: ...


@overload
def ask(client: Any, asked: engine.Result, split: engine.Size = "64MB",
        retries: int = 3) -> engine.Result: ...


def ask(client: Any, asked: Any, split: engine.Size = "64MB", retries: int = 3) -> Any:
    """Answers a question, or a result such as ``selection.flame()``, on the workers of a client.
    A task answers some pieces, about ``split`` bytes of them; a tree of tasks merges the partials;
    the answer is finished here. A task that fails, or whose worker dies, runs again."""
    question = engine.question_of(asked)
    pieces = engine.plan(question, split)
    if not pieces:  # nothing is selected
        return engine.answered(asked, question.answer("partial").bytes)
    workers = max(sum(client.nthreads().values()), 1)
    partials = client.map(engine.execute_all, engine.tasks(pieces, split, workers),
                          retries=retries, pure=False)
    while len(partials) > 1:
        partials = [client.submit(engine.merge, group, retries=retries, pure=False)
                    for group in engine.groups(partials)]
    return engine.answered(asked, partials[0].result())
