"""What the fuzzers share when pytest runs them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conversation import World


@pytest.fixture(scope="session")
def world(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One engine with a tiny model, at home in an empty folder."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp("home")))
        world = World(tiny_model)
        yield world
        world.close()
