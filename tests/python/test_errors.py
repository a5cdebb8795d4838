"""Errors have the library's codes; calls can be stopped; threads share a source."""

import concurrent.futures
import os
import pickle
import re
import signal
import socket
import subprocess
import sys
import threading

import pytest

import dolerite as dl
from dolerite import engine


def has_s3():
    try:
        dl.open("s3://bucket/a", endpoint="http://127.0.0.1:1", timeout=0).labels()
    except dl.DoleriteError as error:
        return error.code != "UNIMPLEMENTED"


def test_errors_have_codes(a, tmp_path):
    cases = [
        ("INVALID_ARGUMENT", lambda: a.ask('{"question":"tree","selction":{}}')),
        ("INVALID_ARGUMENT", lambda: a.ask("{")),
        ("INVALID_ARGUMENT", lambda: a.where("pod=").top().rows),
        ("INVALID_ARGUMENT", lambda: a.flame().save(tmp_path / "x.png")),
        ("INVALID_ARGUMENT", lambda: dl.open([])),
        ("INVALID_ARGUMENT", lambda: dl.open("a\0b").labels()),
        ("NOT_FOUND", lambda: a.type("cpu").callers("no such function").html),
        ("DEADLINE_EXCEEDED", lambda: dl.open(a.source.places, timeout=0).top().rows),
        ("RESOURCE_EXHAUSTED", lambda: dl.open(a.source.places, memory=1000).top().rows),
        ("FAILED_PRECONDITION", lambda: a.samples().functions),
    ]
    for code, ask in cases:
        with pytest.raises(dl.DoleriteError) as error:
            ask()
        assert (error.value.code, bool(str(error.value))) == (code, True)
    again = pickle.loads(pickle.dumps(error.value))
    assert (again.code, str(again)) == (error.value.code, str(error.value))


@pytest.mark.parametrize("text, ask", [
    ("open: expected a path", lambda a: dl.open(None)),
    ("open: expected a path", lambda a: dl.open(3)),
    ("no place", lambda a: dl.open([None])),
    ("a place is empty", lambda a: dl.open("")),
    ("threads: expected 1 to 256", lambda a: dl.open("x", threads=-1)),
    ("threads: expected 1 to 256", lambda a: dl.open("x", threads=1.5)),
    ("memory: expected bytes", lambda a: dl.open("x", memory=-1)),
    ("not a size", lambda a: dl.open("x", memory="1XB")),
    ("timeout: expected seconds", lambda a: dl.open("x", timeout=float("nan"))),
    ("timeout: expected seconds", lambda a: dl.open("x", timeout="1s")),
    ("timeout: expected seconds", lambda a: dl.open("x", timeout=-1)),
    ("version: .*found int 3", lambda a: a.where(version=3)),
    ('version=None: .*version=""', lambda a: a.where(version=None)),
    ("version: .*empty", lambda a: a.where(version=[])),
    ("version: .*found int 1", lambda a: a.where(version=["v1", 1])),
    ("a selector: .*found int 3", lambda a: a.where(3)),
    ("IGNORECASE", lambda a: a.where(version=re.compile("v1", re.VERBOSE))),
    ("IGNORECASE", lambda a: a.focus(re.compile(b"v1"))),
    ("profile_type: .*found int 3", lambda a: a.type(3)),
    ("float 1.5 is not a duration", lambda a: a.last(1.5)),
    ("float 1.5 is not a duration", lambda a: a.series(step=1.5)),
    ("last: .*before its end", lambda a: a.last(-1)),
    ("float 1.5 is not a time", lambda a: a.between(1.5)),
    ("str '' is not a time", lambda a: a.between("")),
    ("is not a time", lambda a: a.last("1h", until="2026-02-30T00:00:00Z")),
    ("by: .*found int 3", lambda a: a.series(by=3)),
    ("can't be written as JSON", lambda a: a.ask({"question": object()})),
    ("can't be written as JSON", lambda a: a.series(quantile=float("nan"))),
    ("form: .*found int 3", lambda a: a.ask("{}", form=3)),
    ("below: .*found int 3", lambda a: a.below(3)),
    ("a selection is of a source", lambda a: dl.Selection(None)),
    ("a question is of a source", lambda a: dl.Question(a.source, None)),
    ("open: expected a path", lambda a: dl.assert_no_slower(a, None)),
    ("not JSON", lambda a: dl.Question(a.source, "{").json()),
    ("selection: expected", lambda a: dl.Question(
        a.source, '{"question":"tree","selection":3}').answer()),
    ("engines answer questions", lambda a: engine.ask(a.samples())),
    ("engines answer questions", lambda a: engine.ask(a)),
    ("engines answer questions", lambda a: engine.ask(a.labels())),
    ("not a size", lambda a: engine.plan(a.type("cpu").tree(), 1.5)),
    ("by: expected a share", lambda a: dl.assert_no_slower(a, a, by=2)),
    ("by: expected a share", lambda a: dl.assert_no_slower(a, a, by="much")),
    ("by: expected a share", lambda a: dl.assert_no_slower(a, a, by=float("nan"))),
    ("ignore: ", lambda a: dl.assert_no_slower(a, a, ignore="(")),
    ("ignore: ", lambda a: dl.assert_no_slower(a, a, ignore=re.compile(b"x"))),
])
def test_wrong_values_are_one_error_that_helps(a, text, ask):
    with pytest.raises(dl.DoleriteError, match=text) as error:
        ask(a)
    assert error.value.code == "INVALID_ARGUMENT"


def test_limits_take_what_people_write(a):
    assert dl.open(a.source.places, memory="1GB", timeout=1e300).type("cpu").top(1).rows
    with pytest.raises(dl.DoleriteError) as error:
        dl.open(a.source.places, memory="1KB").top().rows
    assert error.value.code == "RESOURCE_EXHAUSTED"


def test_a_damaged_block_is_an_error_or_told(block):
    data = bytearray(open(block, "rb").read())
    for place in range(64, len(data) - 4000):  # all but the footer
        data[place] ^= 0xFF
    with pytest.raises(dl.DoleriteError) as error:
        dl.open(bytes(data)).top().rows
    assert error.value.code == "DATA_LOSS"
    told = dl.open(bytes(data), skip_damaged=True).top()
    assert told.cost["left_out"] and told.is_empty


def test_many_threads_ask_one_source(a):
    cpu = a.type("cpu")
    expected = cpu.top(0).rows
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        tops = list(pool.map(lambda _: cpu.top(0).rows, range(32)))
    assert all(top == expected for top in tops)


@pytest.fixture
def interrupts():
    """Ctrl-C reaches Python: a process that was started in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_interrupt_stops_the_call(a):
    from dolerite import _library as c

    call = c.Call()
    stopped = threading.Event()
    cancel = call.cancel
    call.cancel = lambda: (cancel(), stopped.set())

    def work():  # as a call of the library that goes on until it is cancelled
        os.kill(os.getpid(), signal.SIGINT)
        assert stopped.wait(60)

    with pytest.raises(KeyboardInterrupt):
        call.run(work)
    handle = a.source.handle(c.Call())
    question = str(a.type("cpu").tree()).encode()
    with pytest.raises(dl.DoleriteError) as error:
        c.make("answer", "ask", handle.pointer, question, len(question), b"", call.pointer)
    assert error.value.code == "CANCELLED"


@pytest.mark.usefixtures("interrupts")
def test_interrupt_stops_a_stream(a, monkeypatch):
    from dolerite import _library as c
    from dolerite import results

    pyarrow = pytest.importorskip("pyarrow")
    samples = results.Samples(a.type("cpu").samples().question, {"batch_rows": 1})
    stopped, failures = threading.Event(), []
    cancel = c.Call.cancel
    monkeypatch.setattr(c.Call, "cancel", lambda call: (cancel(call), stopped.set()))

    def use(stream):  # as a library of tables whose user loses patience
        reader = pyarrow.RecordBatchReader.from_stream(stream)
        reader.read_next_batch()
        os.kill(os.getpid(), signal.SIGINT)
        assert stopped.wait(60)
        try:
            reader.read_all()
        except Exception as error:
            failures.append(str(error))
            raise

    with pytest.raises(KeyboardInterrupt):
        samples._read(use)
    assert len(failures) == 1 and "cancel" in failures[0]


def test_interrupt_just_when_the_work_has_ended():
    # The main thread hears of it when it has seen the end, but not yet left the call.
    code = """
import _thread, signal, sys, threading
from dolerite import _library
def work():
    while sys._current_frames()[threading.main_thread().ident].f_code.co_name != "run":
        pass  # until it waits
    _thread.interrupt_main()
signal.signal(signal.SIGINT, signal.default_int_handler)
_library.Call().run(work)
"""
    ended = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True,
                           timeout=60, check=False)
    assert "KeyboardInterrupt" in ended.stderr


@pytest.mark.skipif(not has_s3(), reason="SKIPPED: the library was built without S3")
def test_interrupt_ends_a_wait_for_a_server_that_is_silent():
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = ("import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
                "import dolerite; dolerite.open('s3://b/a', path_style=True, access_key_id='a',"
                f"secret_access_key='b', endpoint='http://127.0.0.1:{server.getsockname()[1]}'"
                ").labels()")
        with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE,
                              text=True) as process:
            server.settimeout(60)
            with server.accept()[0] as connection:
                connection.recv(1)  # the library waits for an answer now
                process.send_signal(signal.SIGINT)
                _, errors = process.communicate(timeout=60)
        assert "KeyboardInterrupt" in errors


def test_refreshing_while_others_ask(a):
    cpu = a.type("cpu")
    expected = cpu.top(3).rows
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        tops = [pool.submit(lambda: cpu.top(3).rows) for _ in range(32) if not a.source.refresh()]
    assert all(top.result() == expected for top in tops)


def test_importing_loads_neither_the_library_nor_others():
    code = ("import sys, dolerite; from dolerite import _library;"
            "assert _library._loaded is None;"
            "print([m for m in ('pyarrow', 'polars', 'pandas', 'duckdb', 'concurrent.futures',"
            "'asyncio', 'datetime') if m in sys.modules])")
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_versions_agree():
    import importlib.metadata

    assert dl.__version__ == importlib.metadata.version("dolerite")
