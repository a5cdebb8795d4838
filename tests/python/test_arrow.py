"""Tables reach pyarrow, Polars, DuckDB and nanoarrow with equal sums; streams nobody reads are
released."""

import gc

import pytest

import dolerite as dl

duckdb = pytest.importorskip("duckdb")
nanoarrow = pytest.importorskip("nanoarrow")
polars = pytest.importorskip("polars")
pyarrow = pytest.importorskip("pyarrow")


def sums_of(table, column):
    """The sum of a column, by each library."""
    yield sum(x for x in table.arrow()[column].to_pylist() if x is not None)
    yield table.to_polars()[column].sum()
    yield int(table.to_pandas()[column].sum())
    yield sum(x for x in nanoarrow.Array(table).child(_index(table, column)
    ).to_pylist() if x is not None)
    with duckdb.connect() as connection:
        connection.register("t", table)
        yield connection.execute(f'SELECT sum("{column}") FROM t').fetchone()[0]


def _index(table, column):
    return [field.name for field in nanoarrow.Array(table).schema.fields].index(column)


def test_sums_are_equal(a):
    cpu = a.type("cpu")
    total = cpu.top(0).head["total"] - cpu.top(0).head["flat_without_frames"]
    profiles = sum(p["totals"][1] for p in cpu.profiles())
    cases = [
        (cpu.top(0), "flat", total),
        (cpu.top(3), "flat", sum(r["flat"] for r in cpu.top(3))),
        (cpu.series(by="pod"), "integer", profiles),
        (cpu.heatmap(), "sum", profiles),
        (cpu.profiles(), "cpu/nanoseconds", profiles),
        (cpu.samples(), "cpu/nanoseconds", profiles),
    ]
    for table, column, expected in cases:
        assert list(sums_of(table, column)) == [expected] * 5, (table, column)


def test_changes(a):
    diff = dl.diff(a.where(version="v1.5.0"), a.where(version="v1.6.0"))
    frame = diff.top(4).to_polars()
    assert frame["name"].to_list() == [r["name"] for r in diff.top(4)]
    assert frame["against_cum"].to_list() == [r["against_cum"] for r in diff.top(4)]


def test_samples_to_parquet(a, tmp_path):
    samples = a.type("cpu").samples(labels=["pod"], links=True)
    path = str(tmp_path / "it's.parquet")
    samples.to_parquet(path)
    rows = polars.read_parquet(path)
    assert rows["cpu/nanoseconds"].sum() == a.type("cpu").top(0).head["total"]
    assert set(rows["pod"].unique()) == {"d", "e", "g", "h"} and "span_id" in rows.columns
    names = dict(samples.functions.to_polars().select("id", "name").iter_rows())
    innermost = {}
    for stack, value in rows.select("stack", "cpu/nanoseconds").iter_rows():
        if stack:
            innermost[names[stack[0]]] = innermost.get(names[stack[0]], 0) + value
    assert innermost == {r["name"]: r["flat"] for r in a.type("cpu").top(0) if r["flat"]}


def test_ways_to_write_parquet_are_equal(a, tmp_path):
    from dolerite import _arrow

    top = a.type("cpu").top(9)
    for write in (_arrow._duckdb_parquet, _arrow._pyarrow_parquet, _arrow._polars_parquet):
        path = str(tmp_path / (write.__name__ + ".parquet"))
        write(top, path)
        assert polars.read_parquet(path).equals(top.to_polars())


def test_streams_that_nobody_reads(a):
    samples = a.type("cpu").samples()
    for _ in range(20):
        samples.__arrow_c_stream__()
        a.type("cpu").top(3).__arrow_c_stream__()
    gc.collect()
    with pytest.raises(dl.DoleriteError) as error:  # the stream did not come to its end
        samples.functions.arrow()
    assert error.value.code == "FAILED_PRECONDITION"
    reader = pyarrow.RecordBatchReader.from_stream(samples)
    del samples
    gc.collect()
    assert sum(batch.num_rows for batch in reader) > 0


def test_a_cell_that_is_no_table(a):
    with pytest.raises(dl.DoleriteError) as error:
        a.type("cpu").flame(group_by="pod").question.stream()
    assert error.value.code == "UNIMPLEMENTED"
