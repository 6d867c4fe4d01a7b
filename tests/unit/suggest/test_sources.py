"""Sources: what they keep for the next letter is what they would find anew."""

import itertools
from collections.abc import Callable

import pytest

from midword.suggest.memory import Memory
from midword.suggest.sources import FewWords, MemorySource, Source

WORDS = {"the": 0.2, "then": 0.1, "them": 0.1, "tent": 0.05, "a": 0.1, "as": 0.02}
TYPED = ["t", "th", "the", "then", "the", "th", "te", "a", "", "tx", "t", "them"]


def few() -> Source:
    return FewWords(WORDS)


def remembered() -> Source:
    memory = Memory()
    memory.update("file:///a.txt", "The tent, the tent: then as them, as a tent.")
    memory.update("file:///b.txt", "There they are.")
    return MemorySource(memory, memory.document("file:///a.txt"), "them")


@pytest.mark.parametrize("make", [few, remembered])
def test_whatever_is_typed_before_makes_no_difference(make: Callable[[], Source]) -> None:
    kept = make()
    for typed, limit in itertools.product(TYPED, (1, 10)):
        anew = make()
        assert list(kept.candidates(typed, limit)) == list(anew.candidates(typed, limit))
        assert kept.share(typed) == anew.share(typed)


def test_candidates_are_the_likeliest_that_begin_so() -> None:
    source = few()
    assert list(source.candidates("t", 2)) == ["the", "them"]
    assert list(source.candidates("te", 2)) == ["tent"]
    assert source.share("th") == pytest.approx(0.4)


def test_the_word_at_the_cursor_is_no_candidate() -> None:
    assert list(remembered().candidates("th", 10)) == ["the", "then"]
