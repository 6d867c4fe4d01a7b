"""How the sources' distributions become scores."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from midword.suggest.blocklist import Blocklist, Screen
from midword.suggest.casing import Casing
from midword.suggest.dictionary import Dictionary
from midword.suggest.lexicon import NO_LEXICON, Lexicon
from midword.suggest.memory import Memory
from midword.suggest.mixture import MOST_LETTERS, Blend, Mixture, situation
from midword.suggest.ranking import GapWords
from midword.suggest.sources import FewWords
from midword.text.cloze import Cloze

GAP = Cloze("we went to the ", "", "", " yesterday", 15, 15, False, True)
SOURCES = {
    "model": FewWords({"beach": 0.3, "office": 0.31, "other": 0.02}),
    "phrases": FewWords({"beach": 0.2, "other": 0.4}),
    "lexicon": FewWords({"other": 0.05, "office": 0.004, "beach": 0.001}),
}


@pytest.fixture
def lexicon() -> Lexicon:
    return Lexicon.from_counts({"beach": 10, "office": 40, "other": 500, "will": 90, "willing": 9})


def ranked(blend: Blend, lexicon: Lexicon) -> dict[str, float]:
    words = GapWords(SOURCES, blend, Casing(lexicon)).ranked(GAP, (), 5)
    return {word.word: word.probability for word in words}


def test_agreement_lifts_a_word_over_one_that_is_merely_frequent(lexicon: Lexicon) -> None:
    weights = {"model": 0.5, "phrases": 0.5}
    apart = ranked(Blend(weights), lexicon)
    assert list(apart) == ["beach", "other", "office"]
    powers = {"model": 0.3, "phrases": 0.3, "lexicon": -0.3}
    weights["lexicon"] = 0.001
    together = ranked(Blend(weights, 0.6, powers), lexicon)
    assert together["beach"] > apart["beach"]
    assert together["other"] < apart["other"]
    assert sum(together.values()) == pytest.approx(sum(apart.values()), rel=0.01)


def test_without_a_model_nothing_is_asked_to_agree(lexicon: Lexicon) -> None:
    blend = Blend({"lexicon": 1.0}, 0.5, {"lexicon": -1.0})
    sources = {"lexicon": SOURCES["lexicon"]}
    words = GapWords(sources, blend, Casing(lexicon)).ranked(GAP, (), 5)
    assert [word.word for word in words] == ["other", "office", "beach"]


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    rows = [situation(n, right) for n in range(MOST_LETTERS + 1) for right in (False, True)]
    blend = Blend({"model": 0.75, "lexicon": 0.25}, 0.8751, {"model": 0.5, "lexicon": -0.25})
    table = Mixture(dict.fromkeys(rows, blend))
    table.save(tmp_path / "mixture.json")
    assert Mixture.load(tmp_path / "mixture.json") == table
    (tmp_path / "mixture.json").write_text('{"0-": {}}')
    with pytest.raises(ValueError, match="lacks a blend"):
        Mixture.load(tmp_path / "mixture.json")


def test_a_word_without_a_chance_gets_none(lexicon: Lexicon) -> None:
    blend = Blend({"model": 1.0}, 0.5, {"model": 0.5})
    found = GapWords(SOURCES, blend, Casing(lexicon)).candidates(GAP, (), 5)
    none = found._replace(scores=np.zeros_like(found.scores))
    assert not none.weighed(blend).any()


@pytest.mark.parametrize(
    ("right", "first"),
    [
        (" beach in the evening", "office"),
        (" Beach", "office"),
        (". Beach", "beach"),
        (", beach", "beach"),
        (" beaches", "beach"),
    ],
)
def test_the_word_that_stands_right_of_the_gap_is_not_first(
    lexicon: Lexicon, right: str, first: str
) -> None:
    words = GapWords(SOURCES, Blend({"model": 0.6, "phrases": 0.2}), Casing(lexicon))
    found = words.ranked(replace(GAP, right=right), (), 5)
    assert found[0].word == first
    assert (found[-1].word == "beach") == (first == "office")
    others = words.ranked(GAP, (), 5)
    assert {item.word: item.probability for item in others if item.word != "beach"} == {
        item.word: item.probability for item in found if item.word != "beach"
    }


def test_nor_is_it_where_its_letters_leave_nothing_else(lexicon: Lexicon) -> None:
    words = GapWords(SOURCES, Blend({"model": 1.0}), Casing(lexicon))
    assert words.ranked(replace(GAP, prefix="bea", right=" beach"), (), 5) == []
    standing = Screen(Blocklist(), GAP, standing="beach")
    assert words.ranked(replace(GAP, right=" beach"), (), 5, standing)


STRANGE = FewWords({"importerror": 0.6, "office": 0.2, "office's": 0.1, "wouldn": 0.1})


@pytest.mark.parametrize(
    ("prefix", "offered"),
    [("", {"office", "office's"}), ("imp", set()), ("Imp", {"Importerror"}), ("would", set())],
)
def test_what_neither_the_language_nor_the_writer_has_is_not_offered(
    lexicon: Lexicon, prefix: str, offered: set[str]
) -> None:
    words = GapWords({"model": STRANGE}, Blend({"model": 1.0}), Casing(lexicon))
    assert {item.word for item in words.ranked(replace(GAP, prefix=prefix), (), 5)} == offered
    if prefix:
        starts = replace(GAP, prefix=prefix, starts_sentence=True)
        assert words.ranked(starts, (), 5) == []


def test_the_writers_own_words_need_no_lexicon(lexicon: Lexicon) -> None:
    near = {"model": STRANGE, "recent": FewWords({"importerror": 0.1})}
    words = GapWords(near, Blend({"model": 1.0, "recent": 0.1}), Casing(lexicon))
    assert words.ranked(replace(GAP, prefix="imp"), (), 5)[0].word == "importerror"
    dictionary = Dictionary(Path(), ["ImportError"])
    words = GapWords({"model": STRANGE}, Blend({"model": 1.0}), Casing(lexicon))
    assert words.ranked(replace(GAP, prefix="imp"), (dictionary,), 5)[0].word == "ImportError"


def test_a_model_from_elsewhere_has_words_of_its_own() -> None:
    lexicon = Lexicon.from_counts({"office": 40, "wouldn't": 9})
    words = GapWords({"model": STRANGE}, Blend({"model": 1.0}), Casing(lexicon), is_complete=False)
    offered = {item.word for item in words.ranked(replace(GAP, prefix=""), (), 5)}
    assert offered == {"importerror", "office", "office's"}


def test_a_language_without_a_lexicon_loses_nothing() -> None:
    words = GapWords({"model": STRANGE}, Blend({"model": 1.0}), Casing(NO_LEXICON))
    assert len(words.ranked(GAP, (), 5)) >= 4


def test_where_only_the_writers_words_are_known_there_are_others() -> None:
    """As many words are new as were before; of these a twentieth begins with any one letter."""
    memory = Memory()
    memory.update("a", "der plan und das papier und der plan.")  # five different words of eight
    sources = {"document": FewWords({"plan": 0.4, "papier": 0.1, "der": 0.3, "und": 0.2})}

    def surety(prefix: str, memory: Memory | None) -> float:
        casing = Casing(NO_LEXICON, memory)
        words = GapWords(sources, Blend({"document": 1.0}), casing, is_english=False)
        first = words.ranked(replace(GAP, prefix=prefix), (), 5)[0]
        assert first.word == "plan"
        return first.probability

    assert surety("", memory) == pytest.approx(0.4 / (1.0 + 5 / 8), rel=0.01)
    assert surety("p", None) == pytest.approx(0.4 / 0.5)
    assert surety("p", memory) == pytest.approx(0.4 / (0.5 + 5 / 8 / 20), rel=0.01)
    assert surety("pl", memory) == pytest.approx(0.4 / (0.4 + 5 / 8 / 80), rel=0.01)
    memory.recall({"gesang": 92}, {})
    assert surety("p", memory) > 0.4 / (0.5 + 5 / 8 / 40), "who repeats words has fewer new ones"


def test_how_likely_what_is_typed_is_a_whole_word(lexicon: Lexicon) -> None:
    sources = {"model": FewWords({"will": 0.3, "willing": 0.1, "office": 0.6})}
    words = GapWords(sources, Blend({"model": 1.0}), Casing(lexicon))
    assert words.finished(replace(GAP, prefix="Will")) == pytest.approx(0.75)
    assert words.finished(replace(GAP, prefix="wil")) == 0.0
    assert words.finished(replace(GAP, prefix="willing")) == pytest.approx(1.0)
    assert words.finished(replace(GAP, prefix="xyz")) == 0.0


def test_a_dictionarys_word_is_offered_behind_what_is_likely(lexicon: Lexicon) -> None:
    own = Dictionary(Path("words.txt"), ["otiose", "office"])
    words = GapWords(SOURCES, Blend({"model": 1.0}), Casing(lexicon))
    found = words.ranked(replace(GAP, prefix="o"), [own], 5)
    assert [(item.word, item.source) for item in found] == [
        ("office", "model"),
        ("other", "model"),
        ("otiose", "dictionary"),
    ]
    assert 0 < found[2].probability < 0.001


def test_a_form_of_what_is_never_offered_is_offered_where_a_dictionary_has_it() -> None:
    lexicon = Lexicon.from_counts({"office": 40, "offices": 20, "other": 9})
    sources = {"model": FewWords({"office": 0.5, "offices": 0.3, "other": 0.2})}
    words = GapWords(sources, Blend({"model": 1.0}), Casing(lexicon))

    def offered(*dictionaries: Dictionary) -> set[str]:
        return {item.word for item in words.ranked(replace(GAP, prefix="o"), dictionaries, 5)}

    never, other = Dictionary(Path(), never_words=["office"]), Dictionary(Path(), ["other"])
    assert offered(other) >= {"office", "offices", "other"}
    assert not offered(never, other) & {"office", "offices", "office's"}
    for with_it in (Dictionary(Path(), ["offices"]), Dictionary(Path(), ["offices"], ["office"])):
        assert offered(never, with_it) >= {"offices", "other"}
        assert "office" not in offered(never, with_it)


def test_unseen_words_seldom_fit_a_capital_inside_a_sentence() -> None:
    lexicon = Lexicon.from_counts({"Tuesday": 1, "the": 1})
    sources = {"model": FewWords({"tuesday": 0.3, "the": 0.2})}
    words = GapWords(sources, Blend({"model": 1.0}), Casing(lexicon))

    def surety(gap: Cloze) -> float:
        (first,) = words.ranked(gap, (), 1)
        assert first.word == "Tuesday"
        return first.probability

    typed = replace(GAP, prefix="T")
    assert surety(typed) > 0.85
    assert 0.5 < surety(replace(typed, starts_sentence=True)) < 0.6
    assert surety(replace(typed, prefix="t")) < 0.2


def test_a_team_has_its_share_of_each_blend() -> None:
    blend = Blend({"model": 0.6, "lexicon": 0.2, "team": 9.0}, 0.9, {"model": 0.5})
    found = Mixture({"0-": blend}).with_team().blends["0-"]
    assert (found.mixed, found.powers) == (blend.mixed, blend.powers)
    passages = found.weights["passages"]
    others = {name: weight for name, weight in found.weights.items() if name != "passages"}
    assert passages == 1.0
    assert others.keys() == {"model", "lexicon", "team"}
    assert sum(others.values()) == pytest.approx(0.8)
    assert others["team"] == pytest.approx(0.8 * 0.15)
    assert others["model"] == pytest.approx(3 * others["lexicon"])
