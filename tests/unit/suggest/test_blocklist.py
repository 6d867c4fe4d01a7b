"""Words that are not offered of themselves, and those that stay."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from midword.suggest.alternatives import alternatives_at
from midword.suggest.blocklist import Blocklist
from midword.suggest.continuation import continuation_at
from midword.suggest.dictionary import Dictionary
from midword.suggest.loading import DATA, load_suggester
from midword.suggest.memory import Memory
from midword.suggest.mixture import Mixture
from midword.suggest.phrases import Phrases
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze
from midword.text.folding import fold

At = Callable[[str], Cloze]
LIST = Blocklist.load(DATA / "blocklist.tsv")
MIXTURE = Mixture.load(DATA / "mixture.json")
HIS = "They called him a {}|"


@pytest.fixture(scope="module")
def whole() -> Suggester:
    """The package's lexicon, phrases and blocklist; the lists have such words without a model."""
    return load_suggester(None)


def words(suggester: Suggester, cloze: Cloze, **options: object) -> list[str]:
    return [fold(item.word) for item in suggester.suggest(cloze, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "word", ["kike", "Kikes", "KIKE's", "dykes'", "fágs", "sand-nigger", "she-males", "half-breeds"]
)
def test_forms_case_accents_and_compounds_do_not_get_past(word: str) -> None:
    assert LIST.kind(fold(word)) == "slur"


def test_two_words_may_be_one_slur() -> None:
    assert LIST.kind("trash", "white") == LIST.kind("jockeys", "camel") == "slur"
    assert LIST.kind("trash") is LIST.kind("trash", "the") is None


@pytest.mark.parametrize(
    "word",
    [
        "Niger",
        "Pakistan",
        "snigger",
        "cockpit",
        "cocoon",
        "spicy",
        "spices",
        "class",
        "title",
        "Essex",
        "Lesbos",
        "niggling",
        "raccoon",
        "beanbag",
        "retardation",
        "tit-for-tat",
        "jockey",
        "camel",
    ],
)
def test_everyday_words_stay(word: str) -> None:
    assert LIST.kind(fold(word)) is None


@pytest.mark.parametrize("word", ["gay", "queer", "black", "Jewish", "homosexual", "Nigerian"])
def test_groups_are_named_not_blocked(word: str, whole: Suggester, at: At) -> None:
    assert LIST.kind(fold(word)) == "group"
    assert fold(word) in words(whole, at(HIS.format(word[:-1])), limit=20)


def test_few_of_the_frequent_words_are_slurs(whole: Suggester) -> None:
    lexicon = whole.lexicon
    frequent = [lexicon.keys[place] for place in lexicon.most_frequent("", 20_000)]
    slurs = {key for key in frequent if LIST.kind(key) == "slur"}
    assert slurs == {"nigger", "fuck", "fucking"}


@pytest.mark.parametrize("typed", ["ni", "nig", "kik", "fag", "whor", "half-br", "Kik", "KIK"])
def test_no_list_has_a_slur(typed: str, whole: Suggester, at: At) -> None:
    found = words(whole, at(HIS.format(typed)), limit=50)
    assert not [word for word in found if LIST.kind(word) == "slur"]


def test_without_the_list_they_would_be_there(whole: Suggester, at: At) -> None:
    bare = Suggester(None, lexicon=whole.lexicon, phrases=None, mixture=MIXTURE)
    assert "faggot" in words(bare, at(HIS.format("fag")), limit=50)


def test_nobody_gains_by_what_is_left_out(whole: Suggester, at: At) -> None:
    phrases = Phrases.load(DATA / "phrases.npz")
    bare = Suggester(None, lexicon=whole.lexicon, phrases=phrases, mixture=MIXTURE)
    gap = at(HIS.format("whor"))
    before = {item.word: item.probability for item in bare.suggest(gap)}
    assert whole.suggest(gap)
    assert {item.word: before[item.word] for item in whole.suggest(gap)} == {
        item.word: pytest.approx(item.probability) for item in whole.suggest(gap)
    }


def test_what_the_writer_has_is_offered(whole: Suggester, at: At, tmp_path: Path) -> None:
    gap = at("Nobody may walk on the dyk|")
    memory = Memory()
    memory.update("file:///found.txt", "The dyke was raised. The dyke holds.")
    options = {"memory": memory, "document": "file:///own.txt"}
    assert "dyke" not in words(whole, gap, **options)
    memory.update("file:///own.txt", "The dyke was raised.")
    assert "dyke" in words(whole, gap, **options)
    assert "dyke" in words(whole, at("The dyke was raised. Nobody may walk on the dyk|"))
    path = tmp_path / "words.txt"
    path.write_text("dyke\n", "utf-8")
    assert "dyke" in words(whole, gap, dictionaries=[Dictionary.load(path)])


def test_the_word_that_stands_there_keeps_its_place(whole: Suggester, at: At) -> None:
    gap = at("Nobody may walk on the dy|ke by the sea")
    memory = Memory()
    memory.update("file:///found.txt", "They walk on the dyke by the sea.\n" * 20)
    options = {"memory": memory, "document": "file:///own.txt", "limit": 200}
    here = alternatives_at(whole, gap, **options)  # type: ignore[arg-type]
    assert here.rank is not None
    assert here.suggestions[here.rank - 1].word == "dyke"
    other = alternatives_at(whole, replace(gap, rest="kes"), **options)  # type: ignore[arg-type]
    assert other.suggestions
    assert "dyke" not in [item.word for item in other.suggestions]


def test_a_swear_word_needs_three_letters_and_no_rival(whole: Suggester, at: At) -> None:
    assert "bullshit" in words(whole, at("That is bullsh|"))
    assert "bullshit" not in words(whole, at("That is bu|"), limit=100)
    assert "shit" not in words(whole, at("That is sh|"), limit=100)
    assert "crap" not in words(whole, at("That is a scr|"), limit=100)
    assert "tit" not in words(whole, at("The tit|"), limit=100)
    assert "bullshit" not in words(whole, at("That is bullsh|"), is_grey=True)


def test_grey_text_does_not_begin_with_a_swear_word(whole: Suggester, at: At) -> None:
    gap = at("That is bullsh|")
    assert continuation_at(whole, gap, first="bullshit", min_probability=0) == ""
    assert continuation_at(whole, gap, first="bullshot", min_probability=1) == "bullshot"


def test_roles_wait_for_letters_beside_a_group(whole: Suggester, at: At) -> None:
    for typed in ("", "s", "se"):
        found = words(whole, at(f"The black man worked as a {typed}|"), limit=100)
        assert not [word for word in found if LIST.kind(word) == "role"]
    assert "slave" in words(whole, at("The black man worked as a sla|"), limit=100)
    assert "slave" in words(whole, at("The clock has a master and a sl|"), limit=100)


def test_a_damaged_list_says_so(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    for entry in ("other", "other\tkind", "other\tslur\tswear"):
        path.write_text(f"# fine\nword\tslur\n\n{entry}\n", "utf-8")
        with pytest.raises(ValueError, match=r"list\.tsv has an entry that is none: other$"):
            Blocklist.load(path)
