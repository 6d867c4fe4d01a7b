"""Lists for gaps: from both sides, narrowed by letters, cased, never intrusive."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import tiny_models
from midword.model.loading import load
from midword.suggest.alternatives import alternatives_at
from midword.suggest.continuation import continuation_at
from midword.suggest.dictionary import Dictionary
from midword.suggest.lexicon import Lexicon
from midword.suggest.loading import load_suggester
from midword.suggest.memory import Memory
from midword.suggest.mixture import Mixture
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze
from midword.text.folding import fold

At = Callable[[str], Cloze]
BUDGET = "the committee will meet on tuesday to {}| the budget"


def words(suggester: Suggester, cloze: Cloze, **options: object) -> list[str]:
    return [item.word for item in suggester.suggest(cloze, **options)]  # type: ignore[arg-type]


def read_ahead(suggester: Suggester, cloze: Cloze) -> None:
    assert suggester.readings is not None
    unread = suggester.unread(cloze)
    assert unread is not None
    suggester.readings.read([unread])


def test_both_sides_of_the_cursor_count(suggester: Suggester, at: At) -> None:
    assert words(suggester, at(BUDGET.format("")))[0] == "discuss"
    server, client = "the server | the request and writes", "the client | the request and reads"
    assert words(suggester, at(server))[0] == "answers"
    assert words(suggester, at(client))[0] == "sends"


def test_letters_only_narrow(suggester: Suggester, at: At) -> None:
    passes = suggester.readings.passes
    lists = [suggester.suggest(at(BUDGET.format("discuss"[:typed]))) for typed in range(7)]
    assert suggester.readings.passes == passes + 1
    assert all(lists)
    for typed, found in enumerate(lists):
        assert all(fold(item.word).startswith("discuss"[:typed]) for item in found)
    assert lists[3][0].word == "discuss"
    assert lists[3][0].probability > lists[0][0].probability


def test_probabilities_are_a_distribution(suggester: Suggester, at: At) -> None:
    for typed in ("", "d", "the"):
        found = suggester.suggest(at(BUDGET.format(typed)), limit=200)
        assert found
        assert all(0 < item.probability <= 1 for item in found)
        assert sum(item.probability for item in found) <= 1.0001
        ranked = [item.probability for item in found]
        assert ranked == sorted(ranked, reverse=True)


def test_what_is_typed_is_not_offered_back(suggester: Suggester, at: At) -> None:
    assert "discuss" not in words(suggester, at(BUDGET.format("discuss")))
    assert words(suggester, at(BUDGET.format("Discuss"))) == []
    assert words(suggester, at(BUDGET.format("xqzzz"))) == []


def test_letters_right_of_the_cursor_do_not_change_the_gap(suggester: Suggester, at: At) -> None:
    assert (
        words(suggester, at("the committee will meet on tuesday to di|xyz the budget"))[0]
        == "discuss"
    )


def test_one_pass_is_prepared_ahead(suggester: Suggester, at: At) -> None:
    cloze = at("please send the report to the |")
    assert not suggester.is_ready(cloze)
    read_ahead(suggester, cloze)
    assert suggester.is_ready(cloze)
    misses = suggester.statistics.misses
    suggester.suggest(cloze)
    assert suggester.statistics.misses == misses


def test_the_cache_is_bounded(
    tiny_suggester: Suggester, lexicon: Lexicon, mixture: Mixture, at: At
) -> None:
    small = Suggester(
        tiny_suggester.model, lexicon=lexicon, phrases=None, mixture=mixture, cache_size=2
    )
    clozes = [at(f"the {word} |") for word in ("garden", "server", "writer")]
    for cloze in clozes:
        read_ahead(small, cloze)
    assert [small.is_ready(cloze) for cloze in clozes] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The report is good. |", "The"),
        ("the committee will meet on |", "Tuesday"),
        ("the committee will meet on tu|", "Tuesday"),
        ("the committee will meet on Tu|", "Tuesday"),
        ("the committee will meet on TU|", "TUESDAY"),
        ("the committee may meet. We m|", "may"),
        ("we use Gi|", "GitHub"),
        ("we use gi|", "GitHub"),
        ("we sat in the caf|", "café"),
        ("they do|", "don't"),
        ("they don'|", "don't"),
        ("they don’|", "don’t"),
    ],
)
def test_words_come_in_their_usual_form(
    suggester: Suggester, at: At, text: str, expected: str
) -> None:
    assert expected in words(suggester, at(text))


def test_a_capital_typed_inside_a_sentence_asks_for_names(suggester: Suggester, at: At) -> None:
    found = words(suggester, at("the committee will meet in M|"))
    assert found.index("May") < found.index("Morning")
    assert words(suggester, at("the committee will meet in m|"))[0] != "Monday"


def test_the_writers_own_words_and_their_case(suggester: Suggester, at: At) -> None:
    memory = Memory()
    memory.update("a", "We met Zebulon at the garden.\nThe Zebulon report was written by KuBa.")
    cloze = at("please send the report to Z|")
    (first, *_) = suggester.suggest(cloze, memory=memory, document="a")
    assert (first.word, first.source) == ("Zebulon", "memory")
    assert words(suggester, at("the ku|"), memory=memory)[0] == "KuBa"
    assert "Zebulon" not in words(suggester, cloze)
    assert "Zebulon" not in words(suggester, cloze, memory=memory, memory_weight=0)


def test_names_may_be_possessive_and_terms_plural(suggester: Suggester, at: At) -> None:
    memory = Memory()
    memory.update("a", "We met Zebulon and saw a kubelet. Then Zebulon left the kubelet.")
    assert words(suggester, at("and then Zeb|"), memory=memory) == ["Zebulon", "Zebulon's"]
    assert words(suggester, at("all the kub|"), memory=memory) == ["kubelet", "kubelets"]


def test_the_word_at_the_cursor_is_no_evidence_for_itself(suggester: Suggester, at: At) -> None:
    memory = Memory()
    memory.update("a", "we review the reviewzz")
    cloze = at("we review the reviewz|z")
    assert words(suggester, cloze, memory=memory, document="a") == []


def test_what_was_learnt_meanwhile_counts(suggester: Suggester, at: At) -> None:
    memory = Memory()
    memory.update("a", "A ser is no server.")
    cloze = at("we saw the serv|")
    words(suggester, cloze, memory=memory)
    memory.update("a", "A serv is no server. The serv is here, a serv.")
    weights = (1.0, 0.5)
    finished = [suggester.finished(cloze, memory=memory, memory_weight=w) for w in weights]
    anew = [suggester.finished(replace(cloze), memory=memory, memory_weight=w) for w in weights]
    assert finished == anew
    assert finished[0] > finished[1] > 0


def test_dictionaries_add_and_forbid(suggester: Suggester, at: At, tmp_path: Path) -> None:
    dictionary = Dictionary(tmp_path / "words.txt", ["disqualifyingly"], ["Discuss"])
    found = words(suggester, at(BUDGET.format("dis")), dictionaries=[dictionary])
    assert found == ["disqualifyingly"]
    assert (
        suggester.suggest(at(BUDGET.format("disq")), dictionaries=[dictionary])[0].source
        == "dictionary"
    )


def test_a_dictionary_of_thousands_of_words(suggester: Suggester, at: At) -> None:
    many = [
        f"dis{a}{b}{c}{d}" for a in "bcdfg" for b in "aeiou" for c in "bcdfghklm" for d in "aeiou"
    ]
    dictionary = Dictionary(Path("none"), many)
    found = words(suggester, at(BUDGET.format("dis")), dictionaries=[dictionary])
    assert found[0] == "discuss"
    assert len(found) > 1
    last = words(suggester, at(BUDGET.format("disgum")), dictionaries=[dictionary])
    assert set(last) == {"disguma", "disgume", "disgumi", "disgumo", "disgumu"}


def test_compounds_are_completed_after_the_hyphen(suggester: Suggester, at: At) -> None:
    compounds = words(suggester, at("a well-kn|"))
    assert compounds[0] == "well-known"
    assert compounds.count("well-known") == 1
    assert "red-yellow" in words(suggester, at("the flowers are red-ye|"))


def test_text_that_the_model_does_not_read(suggester: Suggester, at: At) -> None:
    russian = "Комитет соберётся во вторник, чтобы обсудить бюджет и ко|"
    memory = Memory()
    passes = suggester.readings.passes
    assert words(suggester, at(russian)) == ["комитет"]
    memory.update("a", "комиссия")
    assert words(suggester, at(russian), memory=memory) == ["комиссия", "комитет"]
    assert suggester.readings.passes == passes


def test_without_a_model_lexicon_and_memory_answer(
    lexicon: Lexicon, mixture: Mixture, at: At
) -> None:
    alone = Suggester(None, lexicon=lexicon, phrases=None, mixture=mixture)
    assert words(alone, at("we kno|")) == ["know", "known"]
    assert alone.suggest(at("we kno|"))[0].source == "dictionary"
    assert alone.is_ready(at("we kno|"))


def test_alternatives_rank_the_word_that_stands_there(suggester: Suggester, at: At) -> None:
    found = alternatives_at(
        suggester, at("the committee will meet on tuesday to dis|cuss the budget")
    )
    assert found.rank == 1
    assert found.suggestions[0].word == "discuss"
    assert found.probability == pytest.approx(found.suggestions[0].probability, abs=0.05)
    odd = alternatives_at(suggester, at("the committee will meet on tuesday to gar|den the budget"))
    assert odd.rank is None or odd.rank > 3
    assert odd.probability < found.probability


def test_a_word_of_several_pieces_has_a_probability_too(suggester: Suggester, at: At) -> None:
    found = alternatives_at(suggester, at("the board will meet to discuss the bud|gets"))
    assert 0 < found.probability < 1


def test_continuation_goes_on_while_it_is_sure(suggester: Suggester, at: At) -> None:
    cloze = at("the committee will meet on tuesday to dis|")
    found = continuation_at(suggester, cloze, max_words=3, min_probability=0.05)
    assert found.startswith("discuss the")
    assert continuation_at(suggester, cloze, max_words=1, min_probability=0.05) == "discuss"
    assert continuation_at(suggester, cloze, min_probability=1.01) == ""
    chosen = continuation_at(suggester, cloze, max_words=2, min_probability=0.05, first="display")
    assert chosen.split()[0] == "display"


def test_continuation_stops_before_the_text_that_is_there(suggester: Suggester, at: At) -> None:
    cloze = at("the committee will meet on tuesday to dis| the budget")
    found = continuation_at(suggester, cloze, max_words=5, min_probability=0.01)
    assert found == "discuss"


def test_gaps_are_forgotten(suggester: Suggester, at: At) -> None:
    cloze = at("the server |")
    read_ahead(suggester, cloze)
    suggester.forget()
    assert not suggester.is_ready(cloze)


def test_a_caps_lock_is_mended(suggester: Suggester, at: At) -> None:
    assert words(suggester, at("we will meet in tHE|"))[0] == "The"
    assert "These" not in words(suggester, at("we will meet in tH|"))


def test_compounds_keep_the_hyphen_that_is_typed(suggester: Suggester, at: At) -> None:
    found = words(suggester, at("it is a budget\u2011rev|"))
    assert "budget\u2011review" in found
    assert "well\u2011known" in words(suggester, at("it is a well\u2011k|"))


def test_a_line_of_capitals_goes_on_in_capitals(suggester: Suggester, at: At) -> None:
    assert words(suggester, at("THE COMMITTEE WILL MEET ON TUESDAY TO D|"))[0] == "DISCUSS"


def test_only_what_is_no_plural_yet_takes_an_ending(suggester: Suggester, at: At) -> None:
    memory = Memory()
    memory.update("a", "We met Tuesdays and Zephyrion. We met on Tuesdays. A flumox came.")
    assert "Tuesdays's" not in words(suggester, at("we meet on Tues|"), memory=memory)
    assert "Zephyrion's" in words(suggester, at("we meet Zeph|"), memory=memory)
    assert "flumoxs" in words(suggester, at("we meet a flum|"), memory=memory)


def test_other_languages_take_no_english_endings(suggester: Suggester, at: At) -> None:
    memory = Memory()
    text = (
        "Die Regierung hat gestern beschlossen, dass viele Menschen damit nicht einverstanden sind."
    )
    memory.update("a", text)
    found = words(suggester, at(f"{text} Der Minister der Reg|"), memory=memory, document="a")
    assert "Regierung" in found
    assert not [word for word in found if "'" in word]


def test_a_possessive_is_written_as_its_name(suggester: Suggester, at: At) -> None:
    memory = Memory()
    memory.update("a", "We met Zephyrion there. Then we met zephyrion")
    found = words(suggester, at("Then we met zephyrion|"), memory=memory)
    assert "Zephyrion's" in found
    assert "zephyrion's" not in found


def test_accents_that_stand_near_are_kept(suggester: Suggester, at: At) -> None:
    text = "Les étudiants étaient contents de la décision du gouvernement et ils ét|"
    assert words(suggester, at(text)) == ["étaient", "étudiants"]
    assert words(suggester, at(text.replace("ils ét|", "et|"))) == ["étaient", "étudiants"]


def test_lists_are_counted_and_those_that_came_too_soon(suggester: Suggester, at: At) -> None:
    cloze, told = at("the server answers the |"), suggester.statistics
    lists, misses, hits = told.lists, told.misses, told.hits
    suggester.suggest(cloze)
    assert (told.lists, told.misses, told.hits) == (lists + 1, misses + 1, hits)
    suggester.suggest(cloze)
    assert (told.lists, told.misses, told.hits) == (lists + 2, misses + 1, hits + 1)
    assert len(told.latencies) == min(told.lists, 1000)


def test_each_writer_has_room(suggester: Suggester) -> None:
    assert suggester.readings is not None
    sizes = []
    for writers in (0, 1, 2, 3):
        suggester.serve(writers)
        sizes.append(suggester.readings.size)
    suggester.serve(1)
    assert sizes[0] == sizes[1] < sizes[2]
    assert sizes[3] - sizes[2] == sizes[2] - sizes[1]


def test_the_document_is_a_source_beside_all_of_them(suggester: Suggester, at: At) -> None:
    memory, cloze = Memory(), at("we review the |")
    memory.update("a", "We review the plan.")
    memory.update("b", "")
    of_all = {"workspace", "neighbours"}
    named = {
        name: suggester.sources(cloze, memory=memory, document=name).keys() for name in ("a", "b")
    }
    assert named["a"] == named["b"] | {"document"}
    assert named["b"] >= of_all
    assert suggester.sources(cloze, memory=memory).keys() == named["b"]
    assert suggester.sources(cloze).keys() == named["b"] - of_all


def test_defaults(suggester: Suggester, at: At) -> None:
    memory, cloze = Memory(), at("we saw the serv|")
    memory.update("a", "The serv is here, a serv. No server.")
    finished = suggester.finished(cloze, memory=memory)
    assert finished == suggester.finished(cloze, memory=memory, memory_weight=1.0)
    assert finished < suggester.finished(cloze, memory=memory, memory_weight=2.0)
    assert len(alternatives_at(suggester, at("the gar|den is")).suggestions) == 8


def test_what_the_lexicon_lacks_is_a_word_to_a_model_from_elsewhere(tmp_path: Path, at: At) -> None:
    sentences = ["the zorbulator saw the zorbulator"]
    folder = tiny_models.build(tmp_path / "model", steps=1, sentences=sentences)
    gap = at("They saw the zor|")
    assert "zorbulator" in words(load_suggester(load(folder)), gap)
    Lexicon.from_counts({"saw": 9, "the": 9}).save(folder / "lexicon.npz")  # counted with it
    assert "zorbulator" not in words(load_suggester(load(folder)), gap)


def test_a_names_second_word_is_offered_with_its_capital(mixture: Mixture, at: At) -> None:
    lexicon = Lexicon.from_counts({"nations": 70, "Nations": 30})
    alone = Suggester(None, lexicon=lexicon, phrases=None, mixture=mixture)
    assert words(alone, at("the assembly of the United |"))[0] == "Nations"
    assert words(alone, at("the assembly of united |"))[0] == "nations"
