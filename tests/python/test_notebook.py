"""What results show of themselves, and a notebook that runs the documented lines."""

import html
import re
import shutil
import subprocess

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


def complaints(page, tmp_path):
    """What scripts of a page and of its frames fail with, in a browser."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("SKIPPED: chromium is not installed")
    path = tmp_path / "page.html"
    path.write_text(page)
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
               "--no-first-run", "--disable-background-networking", "--disable-component-update",
               "--disable-sync", f"--user-data-dir={tmp_path / 'browser'}", "--enable-logging=stderr",
               "--virtual-time-budget=5000", f"--screenshot={tmp_path / 'page.png'}", path.as_uri()]
    try:
        shown = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("SKIPPED: chromium does not come to an end here")
    if not (tmp_path / "page.png").exists():
        pytest.skip(f"SKIPPED: chromium draws nothing here: {shown.stderr[-500:]}")
    return [line for line in shown.stderr.splitlines() if "Uncaught" in line]


def test_pages_run_in_a_frame(a, tmp_path):
    assert complaints(_html.frame("<script>throw Error('seen')</script>"), tmp_path)
    cpu = a.type("cpu")
    difference = dl.diff(a.where(version="v1.5.0"), a.where(version="v1.6.0"))
    cpu.heatmap().save(tmp_path / "chart.html")
    shown = [cpu.flame()._repr_html_(), difference.flame()._repr_html_(),
             cpu.heatmap()._repr_html_(), _html.frame((tmp_path / "chart.html").read_text())]
    assert complaints("".join(shown), tmp_path) == []


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
