from pathlib import Path

import pytest

from midword_training.pretraining.corpora import CorpusDocument
from midword_training.pretraining.lexicon import (
    count_forms,
    forms_of,
    read_misspellings,
    read_vocabulary,
)


def test_case_counts_only_where_it_tells_something() -> None:
    text = "A Title of a Page\nThe plan, on Tuesday, is Tom's. Then GitHub's site isn't \"Up\" yet."
    assert list(forms_of(text)) == ["plan", "on", "Tuesday", "is", "Tom", "GitHub", "site", "isn't"]


TECHNICAL = {"genre": ["docs", "dev-messages"]}


def documents(
    text: str, sources: int, genres: tuple[str, ...] = ("essays", "blog"), weight: float = 1.0
) -> list[tuple[CorpusDocument, float]]:
    """The text from several sources, in each genre in turn."""
    return [
        (CorpusDocument(text, f"s{i}", genre=genres[i % len(genres)]), weight)
        for i in range(sources)
    ]


def test_rare_forms_and_variants_are_dropped() -> None:
    texts = documents("we meet on Tuesday, as GetDuration said, in May or it may be.", 3, weight=20)
    texts += [(CorpusDocument("we meet on tuesday once, a xylophone too.", "s9"), 20.0)]
    counts = count_forms(texts, least_share=0.3)
    assert counts["Tuesday"] == 60  # three sources' documents, 20 each
    assert counts["May"] == counts["may"] == 60
    assert not {"tuesday", "GetDuration", "xylophone"} & counts.keys()


def test_an_identifier_of_many_sources_and_genres_is_a_name() -> None:
    assert "GitHub" in count_forms(documents("we use GitHub here.", 4))
    assert "GitHub" not in count_forms(documents("we use GitHub here.", 4, ("essays",)))


@pytest.mark.parametrize("word", ["EBADF", "Push-Location", "nextval", "ValueError", "krel"])
def test_what_only_technical_genres_have_is_no_usual_word(word: str) -> None:
    texts = documents(f"it said {word} again.", 20, ("docs", "dev-messages"))
    assert word not in count_forms(texts, technical=TECHNICAL)
    told = documents(f"it said {word} again.", 4, ("essays", "letters"))
    assert word in count_forms(texts + told, technical=TECHNICAL)


def test_a_source_is_technical_by_a_part_of_its_name() -> None:
    trade = [
        (CorpusDocument("so mempools grow.", f"bitcoin{n}/talks", genre="conversation"), 1.0)
        for n in range(4)
    ]
    assert "mempools" in count_forms(trade, technical=TECHNICAL)
    assert not count_forms(trade, technical={"source": ["bitcoin"]})


def test_what_technical_documents_make_of_a_usual_word_is_one() -> None:
    told = documents("they index it, and set a limit.", 4)
    trade = documents("then reindexing kept limiters, unsetting kwargs.", 4, ("docs",))
    kept = count_forms(told + trade, technical=TECHNICAL)
    assert "reindexing" in kept
    assert not {"kwargs", "limiters"} & kept.keys()


def test_a_textbooks_terms_and_a_debates_names_need_no_second_source() -> None:
    book = documents("so botulism came, said Fauci.", 1, ("textbook",)) * 2
    assert not count_forms(book)
    assert {"botulism", "Fauci"} <= count_forms(book, edited=["textbook"]).keys()
    assert not count_forms(book[:1], edited=["textbook"])


def test_what_the_model_has_whole_needs_one_document(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(
        '{"model": {"vocab": {"kerala": 0, "##ing": 1, "frigate": 2}}}'
    )
    whole = read_vocabulary(tmp_path / "t.json")
    assert whole == {"kerala", "frigate"}
    texts = documents("a frigate from Kerala, and Wigan.", 1)
    assert count_forms(texts, least_share=0, whole=whole).keys() == {"frigate", "Kerala"}
    technical = documents("a frigate, though.", 1, ("docs",))
    assert "frigate" not in count_forms(texts + technical, technical=TECHNICAL, whole=whole)


@pytest.mark.parametrize("name", ["macOS", "iPhone", "mRNA", "JavaScript", "McCoy"])
@pytest.mark.parametrize("identifier", ["setTimeout", "innerHTML", "toString"])
def test_identifiers_are_told_from_names_with_inner_capitals(name: str, identifier: str) -> None:
    kept = count_forms(documents(f"we use {name}, or {identifier}, here.", 9))
    assert name in kept
    assert identifier not in kept


def test_one_sources_names_and_misspellings_are_no_usual_words() -> None:
    novel = [
        (CorpusDocument("so Castorp said tomorrer, and hats.", "novel", genre="fiction"), 1.0)
    ] * 7
    letters = [(CorpusDocument("they saw hats.", "letters", genre="letters"), 1.0)]
    counts = count_forms(novel + letters)
    assert "hats" in counts
    assert not {"Castorp", "tomorrer"} & counts.keys()


def test_words_that_are_never_usual_are_left_out_in_every_case() -> None:
    never = {"blorb", "zurgh", "zurghs"}
    texts = documents("he said blorb, Blorb, zurgh, Zurghs, blorbed all day.", 4)
    kept = count_forms(texts, never=never)
    assert "blorbed" in kept
    assert not {"blorb", "Blorb", "zurgh", "Zurghs"} & kept.keys()
    assert "Blorb" in count_forms(texts)


def test_no_source_says_more_of_a_word_than_all_others_together() -> None:
    dialogues = [
        (CorpusDocument("I need Apartments, with a pool.", "bookings", genre="chat"), 1.0)
    ] * 90
    others = documents("she rents apartments, with a view.", 6)
    names = documents("she saw Apartments, a film.", 2)
    counts = count_forms(dialogues + others + names)
    assert counts["apartments"] == 6
    assert counts["Apartments"] == 4  # of the film's two, as many more


def test_a_misspelling_goes_where_the_word_is_far_more_frequent(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("becuase->because\nre-use->reuse,\nned->need\nalot->a lot\n")
    misspelt = read_misspellings(tmp_path / "list.txt")
    texts = documents("it is because we reuse things, and need them.", 60)
    texts += documents("it is becuase we re-use things, says Ned alot.", 3)
    texts += documents("they re-use things.", 10)
    kept = count_forms(texts, misspelt=misspelt)
    assert {"becuase", "alot"} <= count_forms(texts).keys()
    assert not {"becuase", "alot"} & kept.keys()
    assert {"re-use", "Ned", "because"} <= kept.keys()


def test_what_is_left_of_a_contraction_is_no_word() -> None:
    texts = documents("they didn t say so, in a haven they won. Then im ill, youre dont its.", 4)
    kept = count_forms(texts)
    assert {"haven", "won", "ill", "its"} <= kept.keys()
    assert not {"didn", "im", "youre", "dont"} & kept.keys()
