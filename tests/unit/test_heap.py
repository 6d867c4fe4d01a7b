"""What the collector is spared, and that it goes on afterwards."""

from __future__ import annotations

import gc

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
