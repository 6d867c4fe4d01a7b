"""Usual forms and frequencies."""

from pathlib import Path

import pytest

from midword.suggest.lexicon import Lexicon
from midword.suggest.loading import DATA

COUNTS = {"may": 300, "May": 100, "Tuesday": 9, "café": 4, "cafe": 5, "the": 1000, "don't": 7}


def test_forms_meet_in_a_key() -> None:
    lexicon = Lexicon.from_counts(COUNTS)
    assert lexicon.keys == ("cafe", "don't", "may", "the", "tuesday")
    place = lexicon.find("may")
    assert place is not None
    assert lexicon.forms[place] == "may"
    assert lexicon.capitals[place] == pytest.approx(0.25)
    assert lexicon.probability("cafe") == pytest.approx(9 / 1425)
    assert lexicon.probability("nothing") == 0
    assert lexicon.find("ma") is None


def test_frequent_words_first() -> None:
    lexicon = Lexicon.from_counts(COUNTS)
    assert [lexicon.keys[n] for n in lexicon.most_frequent("", 3)] == ["the", "may", "cafe"]
    assert [lexicon.keys[n] for n in lexicon.most_frequent("t", 9)] == ["the", "tuesday"]
    assert lexicon.most_frequent("x", 3) == []
    assert lexicon.share("t") == pytest.approx(1009 / 1425)
    assert lexicon.share("") == 1


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    lexicon = Lexicon.from_counts(COUNTS)
    lexicon.save(tmp_path / "lexicon.npz")
    loaded = Lexicon.load(tmp_path / "lexicon.npz")
    assert (loaded.keys, loaded.forms) == (lexicon.keys, lexicon.forms)
    assert loaded.counts.tolist() == lexicon.counts.tolist()
    assert loaded.capitals == pytest.approx(lexicon.capitals, abs=0.003)


def test_the_packages_lexicon_knows_english() -> None:
    lexicon = Lexicon.load(DATA / "lexicon.npz")
    assert len(lexicon) > 80_000
    for form in ("Tuesday", "don't", "London", "the", "GitHub", "English"):
        place = lexicon.find(form.lower())
        assert place is not None
        assert lexicon.forms[place] == form
    assert (DATA / "lexicon.npz").stat().st_size < 3_000_000


def test_a_teams_words_lie_over_the_languages() -> None:
    base = Lexicon.from_counts(COUNTS)
    team = Lexicon.from_counts({"May": 6, "Cafe": 3, "kubelet": 12, "Apiserver": 4})
    found = team.laid_over(base)
    assert list(found.keys) == sorted({*base.keys, *team.keys})
    forms = {key: found.forms[place] for place, key in enumerate(found.keys)}
    assert forms == {
        **{"cafe": "cafe", "don't": "don't", "the": "the", "tuesday": "Tuesday"},
        "may": "May",  # often enough
        **{"kubelet": "kubelet", "apiserver": "Apiserver"},
    }
    assert found.total == pytest.approx(base.total / 0.7)
    for key in ("the", "tuesday"):
        assert found.probability(key) == pytest.approx(0.7 * base.probability(key))
    assert found.probability("kubelet") == pytest.approx(0.3 * 12 / 25)
    mixed = 0.7 * base.probability("may") + 0.3 * 6 / 25
    assert found.probability("may") == pytest.approx(mixed)
    share = found.capitals[found.find("may")]  # 0.25 of 400, and 6 of 6
    assert 0.25 < share < 1
    assert found.capitals[found.find("tuesday")] == 1
    assert found.capitals[found.find("kubelet")] == 0
