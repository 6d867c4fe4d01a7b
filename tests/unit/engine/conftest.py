"""A queue of passes with a tiny real model behind it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from midword.engine.passes import Passes
from midword.model.loading import load
from midword.suggest.loading import load_suggester
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze, cloze_between


@pytest.fixture
def passes() -> Iterator[Passes]:
    queue = Passes()
    yield queue
    queue.close()


@pytest.fixture(scope="module")
def resident(tiny_model: Path) -> Suggester:
    """Never runs its model by itself."""
    return load_suggester(load(tiny_model), on_demand=False)


@pytest.fixture
def suggester(resident: Suggester) -> Suggester:
    """The same, with nothing read yet."""
    resident.forget()
    return resident


@pytest.fixture(scope="session")
def at() -> Callable[[str], Cloze]:
    """The cloze at the | of a text."""

    def find(text: str) -> Cloze:
        left, right = text.split("|")
        cloze = cloze_between(left, right)
        assert cloze is not None
        return cloze

    return find
