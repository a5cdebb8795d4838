#!/usr/bin/env python3
"""What Python adds, and what processes gain: python_bench.py TOOL PROFILES [BLOCKS]

TOOL is the command line tool, PROFILES a directory of pprof files, of which BLOCKS blocks are made
(400 unless given). Needs the package and `distributed`. Answers are compared before times count."""

import pathlib
import subprocess
import sys
import tempfile
import time

import dolerite as dl
from dolerite import engine


def seconds(work, times=1):
    """The least time of some runs, and what the last one returned."""
    best, result = float("inf"), None
    for _ in range(times):
        begin = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - begin)
    return best, result


def importing():
    code = ("import time; t = time.perf_counter(); import dolerite;"
            "print(time.perf_counter() - t)")
    return min(float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(10))


def rows_per_second(selection):
    import pyarrow

    def read():
        return sum(b.num_rows for b in pyarrow.RecordBatchReader.from_stream(selection.samples()))

    taken, rows = seconds(read, 3)
    return rows / taken


def make_blocks(tool, profiles, count, directory):
    for i in range(count):
        subprocess.run([tool, "build", "-o", directory / f"{i}.block", "--labels", f"pod=p{i}",
                        profiles], check=True, stderr=subprocess.DEVNULL)


def engines(directory):
    """Seconds of a flame graph: here on one thread, on two processes, on two workers of Dask."""
    from dask.distributed import Client, LocalCluster

    from dolerite import dask

    question = dl.open(directory, threads=1).type("cpu").tree()
    question.source.types()  # the blocks are open
    serial, expected = seconds(question.answer, 2)
    pooled, answer = seconds(lambda: engine.ask(question, processes=2), 2)
    assert answer.bytes == expected.bytes
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        with Client(cluster) as client:
            dask.ask(client, question)  # workers have loaded the library
            clustered, answer = seconds(lambda: dask.ask(client, question), 2)
    assert answer.bytes == expected.bytes
    return serial, pooled, clustered


def main(tool, profiles, count=400):
    print(f"import dolerite: {importing() * 1e3:.1f} ms")
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        make_blocks(tool, profiles, int(count), directory)
        one = dl.open(directory / "0.block", threads=1)
        taken, _ = seconds(one.labels, 200)
        print(f"a question for labels of one block: {taken * 1e6:.0f} us")
        everything = dl.open(directory, threads=1).type("cpu")
        print(f"samples read by pyarrow: {rows_per_second(everything) / 1e6:.1f} million rows/s")
        serial, pooled, clustered = engines(directory)
        print(f"flame graph of {count} blocks on one thread: {serial:.2f} s; two processes (their "
              f"start included): {serial / pooled:.2f} times as fast; two workers of Dask: "
              f"{serial / clustered:.2f} times")


if __name__ == "__main__":
    main(*sys.argv[1:])
