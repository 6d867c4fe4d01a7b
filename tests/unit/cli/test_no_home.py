"""Commands of a user without a home."""

import subprocess
import sys
from pathlib import Path

import pytest

from nobody import NOBODY

pytest.importorskip("pwd", reason="Windows gives every user a profile")


def as_nobody(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", NOBODY, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["suggest", "We met |"],
        ["doctor"],
        ["models", "list"],
        ["models", "show"],
        ["models", "trust", "--list"],
    ],
)
def test_what_needs_no_home_works(arguments: list[str], tmp_path: Path) -> None:
    ended = as_nobody(*arguments, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ["models", "use", "bundled"],
        ["models", "pull", "{model}", "--name", "ours"],
        ["models", "trust", "{model}"],
        ["models", "distrust", "~"],
        ["editor", "neovim", "--install"],
        ["suggest", "--model", "~/model", "We met |"],
        ["finetune", "~/documents", "--output", "~/ours"],
        ["evaluate", "--model", "bundled", "--on", "~/documents"],
    ],
)
def test_what_needs_one_says_so_on_one_line(
    arguments: list[str], tiny_model: Path, tmp_path: Path
) -> None:
    named = [argument.format(model=tiny_model) for argument in arguments]
    ended = as_nobody(*named, cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("midword")
    assert len(ended.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_doctor_says_what_is_missing(tmp_path: Path) -> None:
    assert "set HOME" in as_nobody("doctor", cwd=tmp_path).stdout
