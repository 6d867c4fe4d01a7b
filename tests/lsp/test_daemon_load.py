"""Two minutes with eight typists and visitors; an hour of it is `bench_daemon.py --only soak`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest
from daemons import Home

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import bench_daemon

TEXTS = [
    "The committee will meet on Tuesday to discuss the plan. " * 40,
    "She opened the window and looked at the garden, which was green.\n\n" * 40,
]


@pytest.mark.timeout(400)
def test_nothing_is_lost_and_nothing_grows(home: Path, tiny_model: Path) -> None:
    at_home = Home(home, tiny_model)
    try:
        figures = bench_daemon.soak(at_home, TEXTS, argparse.Namespace(minutes=2, typists=8))
    finally:
        at_home.end()
    assert figures["lists, none lost"] > 1000  # an answer that doesn't come fails the typist
    assert figures["visitors"] > 10
    quarters = figures["after each quarter: MB, descriptors"]
    descriptors = [held for _, held in quarters]
    assert max(descriptors) - min(descriptors) <= 1  # a visitor may be there
    assert quarters[-1][0] < 1.1 * quarters[1][0]
