"""The programs of `examples/`, run as their readers would; the clients' tests are in `editors`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PROSE = """\
The minister opened a school near the river and thanked everybody who had helped to build it.
Most of the pupils walk there in the morning; some of them need more than an hour.

In winter the road is often closed, and nobody knows whether a bus will come at all. Their
parents asked the town for a second bridge, but there was no money for it last year.
"""


def run(
    home: Path, program: str, *arguments: str, said: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / program), *arguments],
        env={**os.environ, "XDG_DATA_HOME": str(home), "PYTHONIOENCODING": "utf-8"},
        input=said,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )


def test_the_table_names_what_is_there() -> None:
    table = (EXAMPLES / "README.md").read_text("utf-8")
    named = re.findall(r"^\| \[([\w.]+)/?\]", table, re.MULTILINE)
    there = {path.name for path in EXAMPLES.iterdir()} - {"README.md", "__pycache__"}
    assert len(named) == 5
    assert set(named) == there


def test_suggest_reads_both_sides(tmp_path: Path) -> None:
    for text, word in (
        ("We would like to t| you for your letter.", "thank"),
        ("We would like to t| part in the meeting.", "take"),
    ):
        done = run(tmp_path, "suggest.py", text)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split()[1] == word


def test_fill_fills_each_line(tmp_path: Path) -> None:
    sentences = "She was very ___ to see him.\nNo gap.\n… they ___ the door and left: é\n"
    done = run(tmp_path, "fill.py", said=sentences)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == ["glad", "opened"]
    assert [row[2] for row in rows] == [
        "She was very glad to see him.",
        "… they opened the door and left: é",
    ]
    assert all(0 < float(row[1]) <= 1 for row in rows)
    assert done.stderr == "line 2: no ___\n"
    assert done.returncode == 1


@pytest.mark.parametrize("better_is_new", [True, False])
def test_evaluate_tells_the_better_model(
    tmp_path: Path, tiny_model: Path, *, better_is_new: bool
) -> None:
    text = tmp_path / "text.txt"
    text.write_text(PROSE)
    models = [str(tiny_model), "bundled"]
    done = run(tmp_path, "evaluate.py", *(models if better_is_new else models[::-1]), str(text))
    assert done.stdout.count("points") == 2, done.stderr
    assert done.returncode == (0 if better_is_new else 1)
