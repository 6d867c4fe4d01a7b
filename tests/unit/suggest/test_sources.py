"""Sources: what they keep for the next letter is what they would find anew."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from midword.model.vocabulary import Vocabulary
from midword.suggest.memory import Memory
from midword.suggest.sources import FewWords, MemorySource, ModelSource, Source, adapted, neighbours

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


def model(**probabilities: float) -> ModelSource:
    """A model that knows these words; "May" and "may" share a key."""
    vocabulary = Vocabulary([(word, n) for n, word in enumerate(probabilities)], cased=True)
    said = [probabilities[form] for form in vocabulary.forms]
    return ModelSource(vocabulary, np.array(said, dtype=np.float32))


def bent(said: ModelSource, near: dict[str, float], **usual: float) -> dict[str, float]:
    keys = said.vocabulary.keys
    found = adapted(near, said, np.array([usual[key] for key in keys], dtype=np.float32))
    return {key: p for key in keys if (p := found.probabilities([key])[0])}


def test_what_is_more_frequent_here_than_usual_is_likelier_here() -> None:
    said = model(the=0.5, budget=0.02, garden=0.02, office=0.1)
    usual = {"the": 0.05, "budget": 1e-4, "garden": 1e-5, "office": 1e-5}
    found = bent(said, {"the": 6.0, "budget": 1.0, "garden": 1.0, "unknown": 1.0}, **usual)
    assert found.keys() == {"budget", "garden"}  # "the" is frequent anyway, no "office" is near
    times_usual = 1.0 / (1009 * 1e-4)
    assert 0.02 < found["budget"] < 0.02 * times_usual
    # It is ten times as rare in the language; only a power of that counts.
    assert 4 * found["budget"] < found["garden"] < 9 * found["budget"]
    assert adapted({}, said, np.zeros(4, dtype=np.float32)).mass == 0


def test_however_well_words_fit_others_stay_possible() -> None:
    found = bent(model(budget=0.7, plan=0.2), {"budget": 9.0}, budget=1e-6, plan=1e-6)
    assert found == {"budget": pytest.approx(0.9)}


def test_a_words_forms_are_added_up() -> None:
    said = model(May=0.03, may=0.01, plan=0.5)
    usual = {"may": 1e-4, "plan": 1e-2}
    both = bent(said, {"may": 1.0}, **usual)
    one = bent(model(May=0.03, plan=0.5), {"may": 1.0}, **usual)
    assert both["may"] == pytest.approx(one["may"] * 4 / 3)


def test_what_stood_between_such_neighbours() -> None:
    memory = Memory()
    memory.update("a", "We review the plan now.\nWe review the draft now.\nWe sign the deed.")
    found = neighbours(memory, ["we", "review", "the"], ["now"])
    keys = ["plan", "draft", "deed", "now"]
    plan, draft, deed, now = found.probabilities(keys)
    assert plan == draft > deed > now == 0
    assert 0 < found.mass < 1
    here = neighbours(memory, ["we", "review", "the"], ["now"], at_cursor="draft")
    alone, none, _, _ = here.probabilities(keys)
    assert none == 0
    assert alone > plan
