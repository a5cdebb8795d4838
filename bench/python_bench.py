#!/usr/bin/env python3
"""What Python adds, and what processes gain: python_bench.py TOOL PROFILES [SECONDS]

TOOL is the command line tool, PROFILES a directory of pprof files. Of these, blocks are made again
and again, each of another pod, until a flame graph of all takes SECONDS (30) on one thread. Needs
the package, pyarrow and `distributed`. Answers are compared before times count. Rows are those of
bench/run.sh."""

import concurrent.futures
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import dolerite as dl
from dolerite import engine

FEW = 20  # blocks, for what needs no long work
RUNS = 3  # of what takes long; medians count
KEEPING = {"MALLOC_TRIM_THRESHOLD_": 256 << 20, "MALLOC_MMAP_THRESHOLD_": 32 << 20}


def seconds(work):
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def row(what, ours, limit="-", ratio="-", goal="-"):
    print(what, ours, limit, ratio, goal, sep="\t", flush=True)


def importing():
    code = ("import time; t = time.perf_counter(); import dolerite;"
            "print(time.perf_counter() - t)")
    return min(float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(10))


def rows_per_second(selection):
    import pyarrow

    def read():
        return sum(b.num_rows for b in pyarrow.RecordBatchReader.from_stream(selection.samples()))

    return max(rows / taken for taken, rows in (seconds(read) for _ in range(RUNS)))


def make_blocks(tool, profiles, numbers, directory):
    """Adds blocks of these numbers. All have the same profiles, but for the label `copy`."""
    def make(number):
        subprocess.run([tool, "build", "-o", directory / f"{number}.block", "--labels",
                        f"copy={number}", profiles], check=True, stderr=subprocess.DEVNULL)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(make, numbers))


def question_of(directory):
    """A flame graph of addresses: more work for each byte of a block than one of functions. Its
    source is not open yet, so each way to ask opens all blocks."""
    return dl.open(directory, threads=1).type("cpu").tree(by="address")


def answer_of(directory):
    return question_of(directory).answer()


def half_each(directories):
    """What this machine lets two programs do that share nothing: each answers for a directory."""
    code = "import python_bench, sys; python_bench.answer_of(sys.argv[1])"
    here = pathlib.Path(__file__).parent
    programs = [subprocess.Popen([sys.executable, "-c", code, one], cwd=here)
                for one in directories]
    assert all(program.wait() == 0 for program in programs)


def make_halves(directory):
    """Links to the blocks, in two directories beside each other."""
    halves = [directory / ".half0", directory / ".half1"]
    for half in halves:
        half.mkdir()
    for n, block in enumerate(sorted(directory.glob("*.block"))):
        (halves[n % 2] / block.name).symlink_to(block)
    return halves


def engines(directory, count):
    """A flame graph of all blocks: here on one thread, on two processes, by two programs for half
    of the blocks each, one after the other, again and again; then on two workers of Dask."""
    halves = make_halves(directory)
    expected = answer_of(directory).bytes
    times = {"serial": [], "processes": [], "halves": [], "dask": [], "keeping": []}

    def take(name, work):
        taken, answer = seconds(work)
        assert answer is None or answer.bytes == expected, name
        times[name].append(taken)

    for _ in range(RUNS):
        take("serial", lambda: answer_of(directory))
        take("processes", lambda: engine.ask(question_of(directory), processes=2))
        take("halves", lambda: half_each(halves))
    for name, malloc in (("dask", {}), ("keeping", KEEPING)):
        on_dask(directory, malloc, lambda work, name=name: [take(name, work) for _ in range(RUNS)])
    serial, pooled, halved, clustered, kept = (statistics.median(times[name]) for name in times)
    what = f"flame graph of {count} blocks, "
    for how, taken, goal in (("processes=2, their start included", pooled, "1.6x"),
                             ("Dask, two workers", clustered, "1.6x"),
                             ("Dask, two workers that keep freed memory", kept, "1.6x"),
                             ("two programs, half of the blocks each", halved, "-")):
        row(what + how, f"{taken:.2f} s", f"one thread: {serial:.2f} s", f"{serial / taken:.2f}x",
            goal)


def on_dask(directory, malloc, take):
    """Lets `take` ask two workers. Dask sets MALLOC_TRIM_THRESHOLD_ for its workers and for what is
    started beside them: malloc gives memory back at once there, so nothing else is timed then."""
    import dask as settings
    from dask.distributed import Client, LocalCluster

    from dolerite import dask

    with (settings.config.set({f"distributed.nanny.pre-spawn-environ.{name}": value
                               for name, value in malloc.items()}),
          LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster):
        with Client(cluster) as client:
            pieces = engine.plan(question_of(directory / "0.block"))
            warm = [client.submit(engine.execute_all, pieces, workers=[worker], pure=False)
                    for worker in client.scheduler_info()["workers"]]
            client.gather(warm)  # every worker has loaded the library
            take(lambda: dask.ask(client, question_of(directory)))


def main(tool, profiles, wanted="30"):
    row("import dolerite", f"{importing() * 1e3:.1f} ms", "50 ms")
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        make_blocks(tool, profiles, range(FEW), directory)
        one = dl.open(directory / "0.block", threads=1)
        taken = min(seconds(one.labels)[0] for _ in range(200))
        row("a question for labels of one block", f"{taken * 1e6:.0f} us")
        everything = dl.open(directory, threads=1).type("cpu")
        row("samples read by pyarrow", f"{rows_per_second(everything) / 1e6:.1f} M rows/s")
        each = min(seconds(lambda: answer_of(directory))[0] for _ in range(RUNS)) / FEW
        count = max(FEW, int(float(wanted) / each) + 1)
        make_blocks(tool, profiles, range(FEW, count), directory)
        engines(directory, count)


if __name__ == "__main__":
    main(*sys.argv[1:])
