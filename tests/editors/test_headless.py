"""The Python client of examples/headless.py, run as its reader would."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = Path(__file__).parents[2] / "examples" / "headless.py"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("We would like to t| you for your letter.", "thank"),
        ("We would like to t| part in the meeting.", "take"),
    ],
)
def test_headless_client_prints_words_for_both_sides(midword: str, text: str, word: str) -> None:
    path = f"{Path(midword).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, str(CLIENT), text],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == word
