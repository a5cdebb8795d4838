"""What results show of themselves, and a notebook that runs the documented lines."""

import html
import re

import pytest

import dolerite as dl
from dolerite import _html

LINES = """
import dolerite as dl
a = dl.open(PLACE)
a.labels(); a.types()
cpu = a.where(version="v1.6.0").type("cpu").last("1h", until="newest")
---
cpu.flame()
---
cpu.top(20)
---
dl.diff(a.where(version="v1.5.0"), a.where(version="v1.6.0")).top()
---
cpu.series("runtime.mallocgc", step="1m", by="pod").plot()
---
cpu.samples().to_parquet(PARQUET)
---
with dl.assert_no_slower(a.where(version="v1.5.0"), a.where(version="v1.5.0"), by=0.02,
                         ignore="runtime"):
    cpu.flame().save(PAGE)
"""


def test_a_notebook_runs(block, tmp_path):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    code = LINES
    for name, path in (("PLACE", block), ("PARQUET", str(tmp_path / "x.parquet")),
                       ("PAGE", str(tmp_path / "x.html"))):
        code = re.sub(rf"\b{name}\b", repr(path), code)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in code.split("---\n")])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = [cell.outputs[0]["data"]["text/html"] for cell in notebook.cells[1:5]]
    assert shown[0].startswith("<iframe srcdoc=") and "runtime" in shown[0]
    assert "<table>" in shown[1] and "runtime" in shown[1]
    assert "main.checksum" in shown[2]
    assert shown[3].startswith('<img src="data:image/svg+xml;base64,')
    assert (tmp_path / "x.parquet").stat().st_size > 1000
    assert "<html" in (tmp_path / "x.html").read_text()


def test_names_are_escaped():
    evil = """</iframe><script>alert("x")</script>'&"""
    for shown in (_html.table(evil, [evil], [[evil]]), _html.frame(evil)):
        assert "<script" not in shown and evil in html.unescape(shown)
        assert shown.count("</iframe>") <= 1


def test_pages_are_in_frames_of_their_own(a):
    page = a.type("cpu").flame(title="a \"title\" & <b>")
    shown = page._repr_html_()
    [source] = re.findall(r'srcdoc="([^"]*)"', shown)
    assert html.unescape(source) == page.html and 'sandbox="allow-scripts"' in shown


def test_values_have_units():
    assert _html.value_text(1_500_000_000, "nanoseconds") == "1.5 s"
    assert _html.value_text(-2048, "bytes") == "-2 KiB"
    assert _html.value_text(0, "bytes") == "0"
    assert _html.value_text(12345, "count") == "12,345"


def test_files_have_the_format_of_their_ending(a, tmp_path):
    cpu = a.type("cpu")
    for result, ending, start in ((cpu.flame(), ".html", "<!"), (cpu.flame(), ".json", "{"),
                                  (cpu.series(), ".svg", "<svg"), (cpu.heatmap(), ".html", "<!")):
        path = tmp_path / ("x" + ending)
        result.save(path)
        assert path.read_text().lower().startswith(start)
    shown = dl.diff(a.where(pod="d"), a.where(pod="g"))._repr_html_()
    assert shown.startswith("<table><caption>cumulative values of two selections, cpu</caption>")
