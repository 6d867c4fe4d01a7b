"""Programs that the tests drive."""

import shutil
import sys
from pathlib import Path

import pytest


def program(name: str) -> str:
    """The path of a program; skips where it is not installed."""
    path = shutil.which(name) or shutil.which(str(Path(sys.executable).with_name(name)))
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path
