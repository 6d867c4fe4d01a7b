"""A small lexicon and a suggester around a tiny real model."""

from collections.abc import Callable
from pathlib import Path

import pytest

import tiny_models
from midword.model.loading import load
from midword.suggest.lexicon import Lexicon
from midword.suggest.mixture import MOST_LETTERS, SOURCES, Blend, Mixture, situation
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze, cloze_between


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    counts = dict.fromkeys(tiny_models.words(), 100)
    counts |= {"Tuesday": 90, "tuesday": 1, "Monday": 50, "May": 30, "may": 300, "GitHub": 20}
    counts |= {"café": 10, "well-known": 15, "don't": 80, "know": 200, "known": 120}
    return Lexicon.from_counts(counts)


@pytest.fixture(scope="session")
def mixture() -> Mixture:
    blend = Blend(dict.fromkeys(SOURCES, 0.05) | {"model": 0.7})
    return Mixture(
        {
            situation(letters, right): blend
            for letters in range(MOST_LETTERS + 1)
            for right in (False, True)
        }
    )


@pytest.fixture(scope="session")
def tiny_suggester(tiny_model: Path, lexicon: Lexicon, mixture: Mixture) -> Suggester:
    return Suggester(load(tiny_model), lexicon=lexicon, phrases=None, mixture=mixture)


@pytest.fixture
def suggester(tiny_suggester: Suggester) -> Suggester:
    """A suggester that has seen nothing yet."""
    tiny_suggester.forget()
    return tiny_suggester


@pytest.fixture(scope="session")
def at() -> Callable[[str], Cloze]:
    """The cloze at the ``|`` of a plain text."""

    def cloze(text: str) -> Cloze:
        left, right = text.split("|")
        found = cloze_between(left, right)
        assert found is not None
        return found

    return cloze
