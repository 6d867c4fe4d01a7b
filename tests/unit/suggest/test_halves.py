"""Which of the writer's own words look like halves of others, left as they were typed."""

import pytest

from midword.suggest.halves import is_half_typed
from midword.suggest.lexicon import Lexicon
from midword.suggest.memory import Memory

LEXICON = Lexicon.from_counts({"elsewhere": 9, "garden": 9, "the": 9, "o'clock": 9})


def is_half(key: str, text: str, standing: str = "", *, is_learnt: bool = True) -> bool:
    memory = Memory()
    memory.update("a", text)
    return is_half_typed(key, LEXICON, memory, standing, is_learnt=is_learnt)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("elsew", "We met elsew in May."),  # of a word that the language has
        ("kubern", "The kubern runs kubernetes here."),  # that the writer has
        ("kubernet", "The kubernet runs kubernetes here."),
    ],
)
def test_what_another_word_goes_on_from_is_a_half(key: str, text: str) -> None:
    assert is_half(key, text)
    assert not is_half(key, f"{text} {text}"), "who wrote it twice means it"
    assert is_half(key, f"{text} {text}", standing=key.title()), "here and once elsewhere"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("kubelet", "The kubelet is up."),  # nothing goes on from it
        ("garden", "The garden is up, gardenias too."),  # the language has it
        ("kubelet", "The kubelet is up, and all kubelets are."),  # its own plural
        ("kubelet", "The kubelet is up: the kubelet's own log, kubelet-like."),  # and joins
    ],
)
def test_words_of_ones_own_are_whole_from_their_first_mention_on(key: str, text: str) -> None:
    assert not is_half(key, text)


def test_what_is_left_out_of_what_was_learnt_is_no_word_yet() -> None:
    assert is_half("kubelet", "The server is up.")
    assert not is_half("kubelet", "The server is up.", is_learnt=False)
    assert is_half("elsew", "The server is up.", is_learnt=False)
    assert is_half("kubelet", "The kubelet is up.", standing="Kubelet"), "only here"
