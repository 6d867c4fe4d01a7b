"""What follows a phrase: the surest context first, and each leaves a rest to the next."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from midword.suggest.loading import DATA
from midword.suggest.phrases import SCALE, Pattern, Phrases, Table, context_key

WORDS = ["", *["on", "the", "other", "hand", "side", "of", "it", "was", "far", "away"]]
IDS = {word: number for number, word in enumerate(WORDS)}


def table(*rows: tuple[str, dict[str, float]]) -> Table:
    """A table of contexts, their words parted by blanks, with the shares of what follows."""
    found = sorted((context_key([IDS[word] for word in key.split()]), said) for key, said in rows)
    shares = [round(SCALE * math.sqrt(share)) for _, said in found for share in said.values()]
    return Table(
        np.array([key for key, _ in found], dtype=np.uint32),
        np.cumsum([0, *(len(said) for _, said in found)]).astype(np.uint32),
        np.array([IDS[word] for _, said in found for word in said], dtype=np.uint16),
        np.array(shares, dtype=np.uint8),
    )


def phrases(tables: dict[tuple[int, int], Table]) -> Phrases:
    return Phrases(WORDS, {Pattern(*shape): each for shape, each in tables.items()})


TWO = phrases(
    {
        (2, 0): table(("the other", {"hand": 0.5, "side": 0.2}), ("of it", {"was": 0.9})),
        (1, 0): table(("other", {"side": 0.4, "was": 0.3}), ("far", {"away": 0.8})),
    }
)


def test_the_longer_context_comes_first_and_leaves_a_rest() -> None:
    found = TWO.next_words(["on", "the", "other"], [])
    assert found["hand"] == pytest.approx(0.5, abs=0.02)
    rest = 1 - 0.5 - 0.2
    assert found["side"] == pytest.approx(0.2 + rest * 0.4, abs=0.03)
    assert found["was"] == pytest.approx(rest * 0.3, abs=0.02)
    assert math.fsum(found.values()) < 1


@pytest.mark.parametrize(
    ("left", "known"),
    [
        ("other", {"side", "was"}),  # too short for the longer one
        ("zyzzyva other", {"side", "was"}),
        ("other zyzzyva", set()),
        ("it", set()),
        ("far", {"away"}),
        ("", set()),
    ],
)
def test_what_is_not_known_of_a_context_gives_nothing(left: str, known: set[str]) -> None:
    assert TWO.next_words(left.split(), []).keys() == known


@pytest.mark.parametrize(
    "shape",
    [(2, 1), (1, 2), (1, 1), (3, 0), (2, 0), (0, 2), (1, 0), (0, 1), (4, 0), (5, 0), (6, 0)],
)
def test_each_shape_of_context_is_looked_at(shape: tuple[int, int]) -> None:
    before, after = ["on", "the", "other", "side", "of", "it"][6 - shape[0] :], ["was", "far"]
    context = " ".join([*before, *after[: shape[1]]])
    one = phrases({shape: table((context, {"hand": 0.5}))})
    find = one.recalled if shape[0] > 3 else lambda left: one.next_words(left, after)
    assert find(["away", "on", "the", "other", "side", "of", "it"]).keys() == {"hand"}
    others = find(["away", "on", "the", "other", "side", "of", "on"])
    assert others.keys() == ({"hand"} if shape[0] == 0 else set())


def test_contexts_have_the_keys_that_files_were_written_with() -> None:
    assert context_key([7]) == 7
    assert context_key([1, 2]) == 0x10002
    assert context_key([1, 2, 3]) == 0x4D63E7D
    assert context_key([1, 2, 3, 4, 5, 6]) == 0xA3448D94
    columns = [np.array([number, 9], dtype=np.uint64) for number in range(1, 7)]
    for length in (1, 2, 3, 6):
        assert context_key(columns[:length])[0] == context_key(range(1, length + 1))


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    whole = table(("the", {"hand": 0.5, "side": 0.1}), ("other", {"side": 0.4}), ("far", {}))
    words = np.frombuffer("\n".join(WORDS).encode(), dtype=np.uint8)
    np.savez_compressed(tmp_path / "phrases.npz", words=words, **whole.pack("l1r0"))
    found = Phrases.load(tmp_path / "phrases.npz")
    for word in WORDS[1:]:
        assert found.next_words([word], []) == phrases({(1, 0): whole}).next_words([word], [])


@pytest.mark.parametrize(
    "broken",
    [
        {"words": np.array([99], dtype=np.uint16)},
        {"shares": np.array([1, 2], dtype=np.uint8)},
        {"starts": np.array([0], dtype=np.uint32)},
        {"starts": np.array([0, 2], dtype=np.uint32)},
    ],
)
def test_a_table_that_does_not_fit_is_told(broken: dict[str, np.ndarray]) -> None:
    whole = table(("the", {"hand": 0.5}))
    assert whole.fits(len(WORDS))
    assert not whole._replace(**broken).fits(len(WORDS))


def test_the_packages_phrases_know_english() -> None:
    english = Phrases.load(DATA / "phrases.npz")
    found = english.next_words(["on", "the", "other"], [])
    assert max(found, key=found.__getitem__) == "hand"
    assert "the" in english.next_words(["one", "of"], ["most"])


@pytest.fixture(scope="module")
def shipped() -> Phrases:
    return Phrases.load(DATA / "phrases.npz")


@pytest.mark.parametrize(
    ("left", "right"), [("about economics i", "no idea"), ("on the", ""), ("as", "as possible")]
)
def test_no_word_is_less_likely_than_not_at_all(shipped: Phrases, left: str, right: str) -> None:
    found = shipped.next_words(left.split(), right.split())
    assert min(found.values()) >= 0
    assert sum(found.values()) <= 1 + 1e-6
