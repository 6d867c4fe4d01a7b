from pathlib import Path

import numpy as np
import pytest

from midword.suggest.lexicon import Lexicon
from midword.suggest.phrases import PATTERNS, Phrases
from midword_training.pretraining.corpora import CorpusDocument
from midword_training.pretraining.phrases import known_to, number_words, word_lists, write_phrases
from midword_training.words.grams import Pruning

TEXT = "On the other hand, as soon as possible.\nOn the other side as far as possible."


@pytest.fixture
def phrases(tmp_path: Path) -> Phrases:
    words, stream = number_words(word_lists([(CorpusDocument(TEXT), 1.0)] * 6), 100)
    keep = {pattern.name: Pruning(2, 0.01, 0.0) for pattern in PATTERNS}
    write_phrases(tmp_path / "phrases.npz", words, stream, keep)
    return Phrases.load(tmp_path / "phrases.npz")


def test_what_follows(phrases: Phrases) -> None:
    found = phrases.next_words(["on", "the", "other"], [])
    assert found.keys() >= {"hand", "side"}
    assert found["hand"] == pytest.approx(found["side"], rel=0.02)
    assert sum(found.values()) < 1
    assert phrases.next_words(["as", "soon"], []).keys() == {"as"}


def likeliest(found: dict[str, float], count: int) -> set[str]:
    return set(sorted(found, key=found.__getitem__)[-count:])


def test_what_stands_between(phrases: Phrases) -> None:
    assert likeliest(phrases.next_words(["as"], ["as", "possible"]), 2) == {"soon", "far"}
    assert likeliest(phrases.next_words(["other"], ["as", "soon"]), 1) == {"hand"}


def test_the_unknown_gives_nothing(phrases: Phrases) -> None:
    assert phrases.next_words([], []) == {}
    assert phrases.next_words(["zyzzyva"], ["zyzzyva"]) == {}


def test_contexts_do_not_reach_over_paragraphs(phrases: Phrases) -> None:
    assert "on" not in phrases.next_words(["possible"], [])


def test_few_occurrences_and_small_shares_are_pruned(tmp_path: Path) -> None:
    words, stream = number_words([["a", "b"]] * 97 + [["a", "c"]] * 2 + [["d", "e"]], 100)
    write_phrases(tmp_path / "p.npz", words, stream, {"l1r0": Pruning(2, 0.05, 0.0)})
    found = Phrases.load(tmp_path / "p.npz")
    assert found.next_words(["a"], []).keys() == {"b"}
    assert found.next_words(["d"], []) == {}


def test_three_word_contexts_are_told_apart(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lists = [[f"w{i}" for i in rng.integers(0, 300, 4)] for _ in range(2000)]
    words, stream = number_words(lists * 2, 400)
    write_phrases(tmp_path / "p.npz", words, stream, {"l3r0": Pruning(2, 0.0, 0.0)})
    found = Phrases.load(tmp_path / "p.npz")
    assert all(max(found.next_words(line[:3], [])) == line[3] for line in lists[:100])


def test_only_the_lexicons_words_and_their_possessives_stand_in_phrases(tmp_path: Path) -> None:
    lexicon = Lexicon.from_counts({"call": 9, "the": 9, "Tom": 9, "it's": 9, "room": 9})
    lists = [["call", "nextval"], ["the", "nextval"], ["tom's", "room"], ["it's", "room"]] * 6
    words, stream = number_words(lists, 100, known_to(lexicon))
    assert set(words) == {"", "call", "the", "tom's", "it's", "room"}
    write_phrases(tmp_path / "p.npz", words, stream, {"l1r0": Pruning(2, 0.0, 0.0)})
    found = Phrases.load(tmp_path / "p.npz")
    assert found.next_words(["call"], []) == {}
    assert found.next_words(["tom's"], []).keys() == {"room"}


def test_a_place_in_the_list_goes_to_the_next_usual_word() -> None:
    words, _ = number_words([["a"] * 9 + ["b"] * 5 + ["c"]], 3, lambda word: word != "a")
    assert words == ["", "b", "c"]


def test_rounded_shares_leave_no_less_than_nothing_for_shorter_contexts(tmp_path: Path) -> None:
    lists = [["so", "a", "b"]] * 500 + [["so", "a", "c"]] * 500 + [["a", "d"]] * 50
    words, stream = number_words(lists, 100)
    keep = {"l2r0": Pruning(2, 0.0, 0.0), "l1r0": Pruning(2, 0.0, 0.0)}
    write_phrases(tmp_path / "p.npz", words, stream, keep)
    found = Phrases.load(tmp_path / "p.npz").next_words(["so", "a"], [])
    assert found["d"] > 0
    assert sum(found.values()) <= 1
