"""What a model said: the latest answers are kept, and only so many."""

import itertools
from pathlib import Path

import pytest

from midword.model.loading import load
from midword.model.masked_lm import Gap
from midword.suggest.readings import Reading, Readings, UnreadError

GAPS = [Gap(f"the {word} ", "") for word in ("server", "garden", "writer")]


@pytest.fixture
def readings(tiny_model: Path) -> Readings:
    return Readings(load(tiny_model), size=2, on_demand=False)


def test_the_gap_that_nobody_asked_about_for_longest_goes(readings: Readings) -> None:
    first, second, third = map(Reading, GAPS)
    readings.read([first, second, first])
    assert readings.passes == 2
    one = readings.distribution(GAPS[0])
    assert one.sum() == pytest.approx(1, abs=1e-3)
    readings.read([third])
    assert [readings.knows(reading) for reading in (first, second, third)] == [True, False, True]
    assert readings.distribution(GAPS[0]) is one
    readings.read([first, second, third])
    assert all(map(readings.knows, (first, second, third))), "who waits for three gets three"
    readings.size = 1
    readings.read([second])
    assert [readings.knows(reading) for reading in (first, second, third)] == [False, True, False]
    with pytest.raises(UnreadError) as unread:
        readings.distribution(GAPS[0])
    assert unread.value.reading == first


def test_so_does_the_word_that_nobody_looked_at_for_longest(readings: Readings) -> None:
    words = ["".join(letters) for letters in itertools.product("abcdefgh", repeat=3)]
    first, *others = [Reading(GAPS[0], word) for word in words]
    readings.read([first])
    score = readings.score(*first)
    assert score < 0
    for reading in others[:300]:
        readings.read([reading])
        assert readings.knows(reading), "it is what was asked"
        assert readings.score(*first) == score
    assert not readings.knows(others[0])
    readings.forget()
    assert not readings.knows(first)
    with pytest.raises(UnreadError):
        readings.score(*first)
