"""What the tests of tools for agents share."""

import json
import re

import dolerite as dl
from dolerite._agent import Tools
from pprof import block_of, pprof

V5, V6 = '{version="v1.5.0"}', '{version="v1.6.0"}'
NANOS = 1795171457209956257  # while the bundled profiles were taken
OWN = ("selected: ", "base: ", "against: ", "total: ", "flat | cum", "cum shares", "nothing",
       "left out: ", "cost: ", "next: ", "no stack: ", "no row fits", "U+FFFD")


def many_pods():
    """100 profiles, a second apart, each of a pod of its own."""
    return Tools(dl.open(block_of(
        [(pprof([("goroutine", "count")], {("park",): [1]}, NANOS + i * 10**9),
          {"pod": f"pod-{i}"}) for i in range(100)])))


def next_calls(text):
    found = re.findall(r"^next: (\w+) (.*)$", text, re.MULTILINE)
    return [(tool, json.loads(arguments)) for tool, arguments in found]


def rows_of(text):
    return [line for line in text.split("\n") if not line.startswith(OWN)]


def number(text, pattern):
    return int(re.search(pattern, text)[1])
