"""What the collector is spared, and that it goes on afterwards."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from midword.heap import lasting


class Cyclic:
    """Something that only the collector ends."""

    def __init__(self) -> None:
        self.itself = self


def test_what_lasts_is_not_looked_at_again() -> None:
    frozen = gc.get_freeze_count()
    try:
        with lasting():
            assert not gc.isenabled()
            lasts = Cyclic()
        assert gc.isenabled()
        assert gc.get_freeze_count() > frozen
        assert not any(found is lasts for found in gc.get_objects())
    finally:
        gc.unfreeze()


def test_an_import_that_fails_leaves_the_collector_on() -> None:
    try:
        with pytest.raises(ImportError), lasting():
            raise ImportError
        assert gc.isenabled()
    finally:
        gc.unfreeze()


def test_a_loaded_server_leaves_the_collector_little_to_walk() -> None:
    """In a full collection no thread gets on: 100,000 words in a list are milliseconds of it."""
    code = """
import gc
import subprocess
import sys
from pathlib import Path
from midword.heap import lasting

with lasting():
    import midword.lsp.server
from midword.model.loading import load
from midword.model.store import BUNDLED
from midword.suggest.loading import load_suggester

suggester = load_suggester(load(BUNDLED), on_demand=False)
gc.collect()  # lets go of what holds nothing that it must follow
held = gc.get_objects()
print(len(held) + sum(len(o) for o in held if isinstance(o, (list, tuple, dict, set))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 10_000
