from pathlib import Path

import pytest

from midword_training.pretraining.corpora import CorpusDocument
from midword_training.pretraining.lexicon import (
    count_forms,
    forms_of,
    read_misspellings,
    read_words,
)


def test_case_counts_only_where_it_tells_something() -> None:
    text = "A Title of a Page\nThe plan, on Tuesday, is Tom's. Then GitHub's site isn't \"Up\" yet."
    assert list(forms_of(text)) == ["plan", "on", "Tuesday", "is", "Tom", "GitHub", "site", "isn't"]


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
    assert word not in count_forms(texts, technical=["docs", "dev-messages"])
    told = documents(f"it said {word} again.", 2, ("essays", "letters"))
    assert word in count_forms(texts + told, technical=["docs", "dev-messages"])


def test_one_sources_names_and_misspellings_are_no_usual_words_but_its_terms_are() -> None:
    novel = [
        (CorpusDocument("so Castorp said tomorrer, and ribosomes.", "novel", genre="fiction"), 1.0)
    ] * 7
    chapter = [(CorpusDocument("then Castorp saw ribosomes.", "novel", genre="fiction"), 1.0)]
    counts = count_forms(novel + chapter)
    assert "ribosomes" in counts
    assert not {"Castorp", "tomorrer"} & counts.keys()


def test_words_that_are_never_usual_are_left_out_in_every_case(tmp_path: Path) -> None:
    (tmp_path / "never.txt").write_text("# reviewed\nblorb\nZurgh # its plural: below\nzurghs\n")
    never = read_words(tmp_path / "never.txt")
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
    texts = documents("they didn t say so, in a haven they won.", 4)
    assert {"haven", "won"} <= count_forms(texts).keys()
    assert "didn" not in count_forms(texts)
