"""Selections are values: immutable, printable, picklable; nothing is read until asked."""

import datetime
import http.server
import json
import pickle
import re
import threading

import pytest

import dolerite as dl


def test_conditions_leave_the_selection_as_it_was(a):
    where = a.where(version="v1.6.0")
    where.where(pod="g").type("cpu")
    assert str(a) == "{}" and json.loads(str(where)) == {"matchers": '{version="v1.6.0"}'}
    assert where == a.where(version="v1.6.0") != a
    assert hash(where) == hash(a.where('version="v1.6.0"'))


def test_all_conditions_have_their_json(a):
    selection = (
        a.where('{pod=~"[a-z]"}', version=["v1.5.0", "v1.6.0"])
        .where_not(pod=re.compile("[x-z]"))
        .type("cpu", "cpu").between("2020-01-01T00:00:00Z", datetime.datetime(2100, 1, 1))
        .profile_ids().where_sample(endpoint=re.compile(".*")).tags(ignore="nothing=at all")
        .samples_between(0).focus("main").ignore("nothing").hide("nothing").below("main.priceCart"))
    fields = json.loads(str(selection))
    assert fields["end"] == 4102444800 * 10**9
    assert fields["stacks"]["below"] == "main.priceCart"
    assert 0 < selection.top(0).head["total"] < a.top(0).head["total"]
    assert '"profile_type":"cpu"' in selection.tree().canonical()


@pytest.mark.parametrize("value", ['"', "\\", "a\nb", "}", "{a,b}", "ä", "x\ty", ""])
def test_values_of_labels_are_quoted(a, value):
    for selection in (a.where(**{"two words": value}), a.where(pod=[value, "g"])):
        text = selection.tree().canonical()
        back = json.loads(text)["selection"]["matchers"]
        assert dl.Question(a.source, {"question": "tree", "selection": {"matchers": back}}
                           ).canonical() == text
    assert a.where(pod=["g", value]).type("cpu").top(0).head["total"] > 0


def test_times(a):
    zone = datetime.timezone(datetime.timedelta(hours=2))
    time = datetime.datetime(2026, 11, 20, 12, 0, 0, 1, tzinfo=zone)
    assert json.loads(str(a.between(time)))["start"] == 1795168800_000001_000
    newest = max(p["time_nanos"] for p in a.profiles())
    last = a.last("1m30s", until="newest")
    assert json.loads(str(last)) == {"start": newest + 1 - 90 * 10**9, "end": newest + 1}
    assert 0 < len(last.profiles()) < len(a.profiles())
    until = a.last(datetime.timedelta(seconds=5), until="2026-11-20T10:48:00.5+00:00")
    assert json.loads(str(until))["end"] == 1795171680_500000000
    for wrong in ("1", "h", "1x", "-1h", "1h 2m", ""):
        with pytest.raises(dl.DoleriteError, match="not a duration"):
            a.last(wrong)


def test_equal_selections_are_one_value(a):
    one = a.type("cpu").where(pod="g").stacks(focus="x", below="f")
    other = a.where(pod="g").stacks(below="f").stacks(focus="x").type("cpu")
    assert one == other and hash(one) == hash(other) and str(one) == str(other)
    assert '"{pod=~\\"d|e|g|h\\"}"' in str(a.where(pod={"g", "e", "h", "d"}))
    assert a.where() == a == a.where("{}")
    assert len({one, other, one.tree(), other.tree()}) == 2


def test_values_cannot_be_changed(a):
    selection = a.type("cpu").stacks(ignore="x")
    text = str(selection)
    selection.json()["stacks"]["ignore"] = "zz"
    selection.tree().json()["selection"]["profile_type"] = "heap"
    assert str(selection) == text
    diff = dl.diff(a, selection)
    for value, name in ((selection, "source"), (selection.tree(), "source"), (diff, "base"),
                        (a.source, "places"), (a.source, "limits")):
        with pytest.raises(AttributeError):
            setattr(value, name, 1)


def test_dates_and_flags_of_patterns(a):
    day = datetime.date(2026, 11, 20)
    assert 0 < len(a.between(day, "2026-11-21").profiles()) == len(a.profiles())
    assert not a.between("2026-11-21").profiles().rows
    assert json.loads(str(a.between(day)))["start"] == 1795132800 * 10**9
    assert json.loads(str(a.last("1h", until="2026-11-21")))["end"] == 1795219200 * 10**9
    assert a.where(version=re.compile("V1.*")).labels() == {}
    assert a.where(version=re.compile("V1.*", re.I)).labels() == a.labels()
    assert a.where_not(version=re.compile("V1.*", re.I)).labels() == {}
    cpu = a.type("cpu")
    assert cpu.focus(re.compile("CHECKSUM", re.I)).top(0).rows == cpu.focus("(?i)checksum").top(
        0).rows != []


def test_times_of_pandas(a):
    pandas = pytest.importorskip("pandas")
    time = pandas.Timestamp("2026-11-20T10:00:00.000000001Z")
    assert json.loads(str(a.between(time)))["start"] == 1795168800_000000001
    fields = json.loads(str(a.last(pandas.Timedelta(7, "ns"), until=time)))
    assert fields["start"] == fields["end"] - 7 == 1795168799_999999994
    with pytest.raises(dl.DoleriteError, match="not a time"):
        a.between(pandas.NaT)


def test_pickles_open_their_places_themselves(a, block):
    cpu = a.type("cpu").where(pod="g")
    copy = pickle.loads(pickle.dumps(cpu))
    assert copy == cpu and copy.source is not cpu.source
    assert copy.top(5).rows == cpu.top(5).rows
    question = pickle.loads(pickle.dumps(cpu.tree()))
    assert question == cpu.tree() and question.answer().bytes == cpu.tree().answer().bytes
    assert len(pickle.dumps(cpu)) < 1000


def test_nothing_is_read_until_asked():
    nowhere = dl.open("/nowhere/at/all").where(pod="a").type("cpu")
    results = [nowhere.top(), nowhere.flame(), nowhere.series(), nowhere.samples(), nowhere.tree(),
               dl.diff(nowhere, nowhere)]
    assert all("/nowhere" in repr(nowhere) and repr(result) for result in results)
    with pytest.raises(dl.DoleriteError) as error:
        nowhere.top().rows
    assert error.value.code == "NOT_FOUND"


def test_credentials_are_in_no_text_and_no_pickle(monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "hidden-token")
    s3 = dl.open("s3://bucket/archive", endpoint="http://127.0.0.1:1", access_key_id="hidden-id",
                 secret_access_key="hidden-key", timeout=0.2)
    with pytest.raises(dl.DoleriteError) as error:
        s3.labels()
    for text in (str(error.value), repr(error.value), repr(s3), str(s3), repr(s3.tree()),
                 str(pickle.dumps(s3))):
        assert "hidden" not in text
    assert b"127.0.0.1" in pickle.dumps(s3)


def test_s3_takes_credentials_from_the_environment(monkeypatch):
    seen = []

    class Refuse(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.headers["Authorization"])
            self.send_error(403)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuse) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDTEST")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden-key")
        monkeypatch.setenv("AWS_REGION", "moon-1")
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        s3 = dl.open("s3://bucket/archive", path_style=True, timeout=30)
        try:
            with pytest.raises(dl.DoleriteError) as error:
                s3.labels()
        finally:
            server.shutdown()
    if error.value.code == "UNIMPLEMENTED":
        pytest.skip("SKIPPED: the library was built without S3")
    assert error.value.code == "PERMISSION_DENIED" and "hidden" not in str(error.value)
    assert re.search("Credential=AKIDTEST/[0-9]+/moon-1/s3", seen[0])
