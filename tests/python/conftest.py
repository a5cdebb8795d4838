"""What the tests share: the tool, and a block of the bundled profiles that the tool made."""

import json
import os
import pathlib
import subprocess

import pytest

import dolerite as dl

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROFILES = ROOT / "examples/data/checkout"
LABELS = ("--path-labels", "{version}/{pod}/*.{kind}.pb.gz", "--labels", "service_name=checkout")


@pytest.fixture(scope="session")
def tool():
    """Runs the command line tool: its output as bytes."""
    path = os.environ.get("DOLERITE_TOOL", str(ROOT / "build/release/bin/dolerite"))
    if not os.path.exists(path):
        pytest.skip(f"SKIPPED: there is no tool {path}; set DOLERITE_TOOL")
    return lambda *arguments: subprocess.run([path, *map(str, arguments)], check=True,
                                             stdout=subprocess.PIPE).stdout


def build(tool, path, *profiles):
    tool("build", "-o", path, *LABELS, "--root", PROFILES, *profiles)
    return str(path)


@pytest.fixture(scope="session")
def block(tool, tmp_path_factory):
    return build(tool, tmp_path_factory.mktemp("block") / "checkout.block", PROFILES)


@pytest.fixture(scope="session")
def pods(tool, tmp_path_factory):
    """A directory with a block for each pod."""
    directory = tmp_path_factory.mktemp("pods")
    for pod in sorted(PROFILES.glob("*/*")):
        if pod.is_dir():
            build(tool, directory / f"{pod.name}.block", pod)
    return str(directory)


@pytest.fixture
def a(block):
    return dl.open(block)


def lines(data):
    return [json.loads(line) for line in data.splitlines()]
