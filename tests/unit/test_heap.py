"""What the collector is spared, and that it goes on afterwards."""

from __future__ import annotations

import gc
import itertools
import subprocess
import sys
import weakref
from collections.abc import Iterator
from string import ascii_lowercase

import pytest

from midword.heap import lasting
from midword.suggest.memory import Memory


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    """The collector as it was, for other tests."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


class Cyclic:
    """Something that only the collector ends."""

    def __init__(self) -> None:
        self.itself = self


def test_what_lasts_is_not_looked_at_again() -> None:
    frozen = gc.get_freeze_count()
    with lasting():
        assert not gc.isenabled()
        lasts = Cyclic()
    assert gc.isenabled()
    assert gc.get_freeze_count() > frozen
    assert not any(found is lasts for found in gc.get_objects())


def test_an_import_that_fails_leaves_the_collector_on() -> None:
    with pytest.raises(ImportError), lasting():
        raise ImportError
    assert gc.isenabled()


def test_what_is_new_is_looked_at_in_small_portions() -> None:
    with lasting():
        pass
    gone = weakref.ref(Cyclic())
    more = [[] for _ in range(200)]  # type: ignore[var-annotated]
    assert gone() is None
    assert len(more) == 200


def test_what_was_learnt_is_not_looked_at() -> None:
    """A folder of 5 MB has 300,000 neighbours of words: 80 ms of a full collection."""
    names = ["".join(letters) for letters in itertools.product(ascii_lowercase, repeat=2)]
    lines = [f"{name}one {name}two {name}three" for name in names]
    memory = Memory()
    gc.collect()
    before = len(gc.get_objects())
    memory.update("file:///notes.md", "\n".join(lines))
    gc.collect()
    assert memory.after("xyone", "xytwo") == {"xythree": 1}
    assert len(gc.get_objects()) - before < 100


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
