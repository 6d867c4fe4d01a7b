"""Usual forms and frequencies."""

from pathlib import Path

import pytest

from midword.suggest.lexicon import NO_LEXICON, Lexicon
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


def test_one_without_words_knows_none() -> None:
    assert len(NO_LEXICON) == NO_LEXICON.probability("the") == NO_LEXICON.share("t") == 0
    assert NO_LEXICON.most_frequent("", 3) == NO_LEXICON.most_frequent("t", 3) == []
    lexicon = Lexicon.from_counts(COUNTS)
    for one, other in ((lexicon, NO_LEXICON), (NO_LEXICON, lexicon)):
        both = one.laid_over(other)
        assert (both.keys, both.forms) == (lexicon.keys, lexicon.forms)
        assert both.probability("the") == pytest.approx(lexicon.probability("the"))


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    lexicon = Lexicon.from_counts(COUNTS)
    lexicon.save(tmp_path / "lexicon.npz")
    loaded = Lexicon.load(tmp_path / "lexicon.npz")
    assert (loaded.keys, loaded.forms) == (lexicon.keys, lexicon.forms)
    assert loaded.counts.tolist() == lexicon.counts.tolist()
    assert loaded.capitals == pytest.approx(lexicon.capitals, abs=0.003)


@pytest.fixture(scope="module")
def english() -> Lexicon:
    return Lexicon.load(DATA / "lexicon.npz")


NAMES = "Tuesday London English Neanderthals Fauci Kerala Verdun McCoy"
ABBREVIATIONS = "GitHub YouTube iPhone macOS NATO USA HDD API ASAP mRNA DNA"
WORDS = "the don't ill its wed cant botulism pulsars mailboxes frigates delimiter gay snigger"


@pytest.mark.parametrize("kind", [NAMES, ABBREVIATIONS, WORDS])
def test_the_packages_lexicon_knows_english(english: Lexicon, kind: str) -> None:
    assert len(english) > 80_000
    for form in kind.split():
        place = english.find(form.lower())
        assert place is not None, form
        assert english.forms[place] == form


JUNK = {
    "halves": "wouldn didn ain doesn hasn couldn weren ll ve",
    "without their apostrophes": "dont didnt im youre thats whats",
    "identifiers": "ImportError ValueError EBADF nextval kwargs setTimeout innerHTML SIGKILL",
    "commands": "Push-Location Get-Help cmdlet runspace",
    "of one trade": "mempool HTLC segwit",
    "of one novel": "Tomorrer Castorp Psmith Melmotte",
    "misspelt": "tomorrer becuase recieve seperate definately",
    "slurs": "bitch retard cripple redskins",
}


@pytest.mark.parametrize("kind", JUNK)
def test_what_is_no_word_of_the_language_is_not_in_it(english: Lexicon, kind: str) -> None:
    assert [word for word in JUNK[kind].split() if english.find(word.lower()) is not None] == []


def test_the_packages_lexicon_is_small() -> None:
    assert (DATA / "lexicon.npz").stat().st_size < 3_000_000


def test_a_teams_words_lie_over_the_languages() -> None:
    base = Lexicon.from_counts(COUNTS)
    team = Lexicon.from_counts({"May": 4, "Cafe": 3, "kubelet": 12, "Apiserver": 4})
    found = team.laid_over(base)
    assert list(found.keys) == sorted({*base.keys, *team.keys})
    forms = {key: found.forms[place] for place, key in enumerate(found.keys)}
    assert forms == {
        **{"cafe": "cafe", "don't": "don't", "the": "the", "tuesday": "Tuesday"},
        "may": "May",  # four times are enough, three are not
        **{"kubelet": "kubelet", "apiserver": "Apiserver"},
    }
    assert found.total == pytest.approx(base.total / 0.7)
    for key in ("the", "tuesday"):
        assert found.probability(key) == pytest.approx(0.7 * base.probability(key))
    assert found.probability("kubelet") == pytest.approx(0.3 * 12 / 23)
    mixed = 0.7 * base.probability("may") + 0.3 * 4 / 23
    assert found.probability("may") == pytest.approx(mixed)
    share = found.capitals[found.find("may")]  # 0.25 of 400, and 4 of 4
    assert 0.25 < share < 1
    assert found.capitals[found.find("tuesday")] == 1
    assert found.capitals[found.find("kubelet")] == 0
