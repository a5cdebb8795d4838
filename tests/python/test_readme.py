"""The Python lines of the README work as they are written."""

import re
import shutil

from conftest import ROOT


def test_readme(block, tmp_path, monkeypatch):
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
    assert len(blocks) == 1
    shutil.copy(block, tmp_path / "checkout.block")
    monkeypatch.chdir(tmp_path)
    exec(compile(blocks[0], "README.md", "exec"), {})
    for name in ("flame.html", "malloc.svg", "samples.parquet"):
        assert (tmp_path / name).stat().st_size > 1000
