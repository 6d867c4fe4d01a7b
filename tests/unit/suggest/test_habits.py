"""What is remembered of a writer's earlier texts changes lists, and only theirs."""

from collections.abc import Callable

import pytest

from midword.suggest.casing import Casing
from midword.suggest.habits import Habits
from midword.suggest.lexicon import Lexicon
from midword.suggest.memory import Memory
from midword.suggest.mixture import Blend
from midword.suggest.ranking import GapWords
from midword.suggest.sources import FewWords, LackingWords, Source, following
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze

LANGUAGE = Lexicon.from_counts({"the": 60_000, "big": 300, "large": 300, "Tuesday": 90, "so": 900})
TYPED = {"the": 600, "large": 40, "Ghilbert": 6, "ghee": 1, "Tuesday": 3}
PAIRS = {"xi editor": 9, "xi core": 3, "the xi": 4}


@pytest.fixture
def memory() -> Memory:
    memory = Memory()
    memory.recall(TYPED, PAIRS)
    return memory


def test_a_word_that_the_writer_prefers_comes_before_its_like(memory: Memory) -> None:
    model: dict[str, Source] = {"model": FewWords({"big": 0.3, "large": 0.25, "the": 0.45})}
    gap = Cloze("it was so ", "", "", "", 10, 10, False, True)

    def words(memory: Memory | None) -> list[str]:
        blend = Blend({"model": 1.0})
        found = GapWords(model, blend, Casing(LANGUAGE, memory)).ranked(gap, (), 5)
        assert sum(item.probability for item in found) == pytest.approx(1.0)
        return [item.word for item in found]

    assert words(None) == words(Memory()) == ["the", "big", "large"]
    assert words(memory) == ["the", "large", "big"]


def test_a_word_as_frequent_as_everywhere_is_not_lifted(memory: Memory) -> None:
    many = Habits({"the": 600, "so": 9, "big": 3, "large": 3}, {})
    assert many.lifts(["the", "so", "big"], LANGUAGE) == pytest.approx([0, 0, 0], abs=0.1)
    lifts = memory.habits.lifts(["ghilbert", "large", "the", "so"], LANGUAGE)
    assert list(lifts) == sorted(lifts, reverse=True)
    assert lifts[1] > 0 > lifts[3]


def test_words_that_the_language_lacks_are_a_source(memory: Memory) -> None:
    source = LackingWords(memory.habits, LANGUAGE)
    assert list(source.candidates("gh", 5)) == ["ghilbert", "ghee"]
    assert list(source.candidates("t", 5)) == list(source.candidates("", 5)) == []
    assert source.probabilities(["ghilbert", "large"]) == [pytest.approx(6 / 700), 0.0]
    assert source.share("gh") == pytest.approx(source.mass) == pytest.approx(7 / 700)


def test_what_follows_is_surer_the_fewer_different_words_do(memory: Memory) -> None:
    found = following(memory.habits, ["the", "xi"])
    assert found.probabilities(["editor", "core"]) == [pytest.approx(9 / 14), pytest.approx(3 / 14)]
    assert following(memory.habits, []).mass == following(memory.habits, ["so"]).mass == 0.0


def test_remembered_words_are_offered_as_they_were_written(
    suggester: Suggester, memory: Memory, at: Callable[[str], Cloze]
) -> None:
    found = suggester.suggest(at("we need gh|"), memory=memory)
    assert found[0].word == "Ghilbert"
    assert found[0].source == "memory"
    memory.recall({}, {})
    assert "Ghilbert" not in [
        item.word for item in suggester.suggest(at("we need gh|"), memory=memory)
    ]


def test_where_nobody_reads_the_language_an_open_texts_words_come_first(
    suggester: Suggester, memory: Memory
) -> None:
    memory.recall({"Gesamtwerk": 900, "Gesang": 300, "und": 9000}, {})
    memory.update(
        "a", "Der Gesetzgeber hat das gesagt, und das ist ein Gesetz und kein Gesetzbuch."
    )
    left = (
        "Der Gesetzgeber hat das gesagt, und das ist ein Gesetz und kein Gesetzbuch. Das ist ein "
    )
    gap = Cloze(left, "Ges", "", "", len(left), len(left) + 3, False, False)
    found = [item.word for item in suggester.suggest(gap, memory=memory, document="a")]
    assert found[0].startswith("Gesetz")
    assert {"Gesamtwerk", "Gesang"} <= set(found)


def test_what_is_remembered_is_no_document_s(memory: Memory) -> None:
    memory.update("a", "Ghilbert")
    assert memory.count("ghilbert") == 1
    assert memory.forms("tuesday") == {"Tuesday": 3}
    assert memory.everything().total == 1
    memory.recall(TYPED, PAIRS)
    assert memory.habits.count("ghilbert") == 6
