"""The question that a place in a text asks, whatever the language."""

from __future__ import annotations

import pytest

from midword.text.cloze import Cloze, cloze_at, cloze_between, normalise, starts_sentence
from midword.text.document import Document
from midword.text.folding import fold


def ask(text: str, language: str = "plaintext", context: int = 1200) -> Cloze | None:
    """Return the cloze at the bar in a text."""
    offset = text.index("|")
    document = Document("file:///a", language, 1, text[:offset] + text[offset + 1 :])
    return cloze_at(document, offset, context=context)


def asked(text: str, language: str = "plaintext", context: int = 1200) -> Cloze:
    cloze = ask(text, language, context)
    assert cloze is not None
    return cloze


def test_a_gap_between_words() -> None:
    assert asked("The committee will meet on Tuesday to | the budget.") == Cloze(
        left="The committee will meet on Tuesday to ",
        prefix="",
        rest="",
        right=" the budget.",
        start=38,
        end=38,
        starts_sentence=False,
        readable=True,
    )


def test_a_cursor_between_two_texts_is_one_in_both_together() -> None:
    left, right = "# Plan\n\nWe *dis", "cuss* it"
    assert cloze_between(left, right, "markdown") == asked(f"{left}|{right}", "markdown")
    assert cloze_between("We dis") == asked("We dis|")
    assert cloze_between("`We dis", "cuss`", "markdown") is None
    near = cloze_between("The plan is good. " * 9, "We discuss it.", context=50)
    assert near is not None
    assert len(near.left) <= 50
    with pytest.raises(ValueError, match="'klingon' is not a language"):
        cloze_between("We dis", language_id="klingon")


def test_the_letters_on_both_sides_of_the_cursor_are_the_word() -> None:
    cloze = asked("We dis|cuss it")
    assert (cloze.left, cloze.prefix, cloze.rest, cloze.right) == ("We ", "dis", "cuss", " it")
    assert (cloze.start, cloze.end) == (3, 10)


def test_letters_stay_as_typed_while_the_context_is_normalised() -> None:
    cloze = asked("“We” don’|t\u00a0know")
    assert (cloze.left, cloze.prefix, cloze.rest) == ('"We" ', "don’", "t")
    assert cloze.right == " know"


@pytest.mark.parametrize(
    "text",
    ["abc1|", "3|", "3r|d", "foo_ba|r", "user@ex|", "C:\\pa|", "@|", "x" * 90 + "|"],
)
def test_identifiers_numbers_and_paths_ask_nothing(text: str) -> None:
    assert ask(text) is None


@pytest.mark.parametrize("text", ["https://exam|ple.org/a", "www.exam|ple.org", "a.b@exam|ple.org"])
def test_addresses_ask_nothing_and_are_not_read(text: str) -> None:
    assert ask(f"See {text} now") is None
    assert asked(f"See {text.replace('|', '')} no|w").left == "See "


@pytest.mark.parametrize("text", ["say (|", "say “|", "end.|", "one — |", "|", "a\n\n|", "(3)|"])
def test_after_punctuation_a_word_may_begin(text: str) -> None:
    assert asked(text).prefix == ""


@pytest.mark.parametrize(
    "text",
    [
        "at 5 p.m|",
        "e.|",
        "in the U.S|",
        "a Ph.D|",
        "Node.j|",
        "Open config.ya| now",
        "J.R|iker",
        "é.b|",
    ],
)
def test_behind_a_letter_and_a_dot_nothing_is_asked(text: str) -> None:
    assert ask(text) is None


@pytest.mark.parametrize("text", ["wait...and|", "Done. Nex|", "(so).The|", "No.\nNex|"])
def test_behind_other_dots_words_begin(text: str) -> None:
    assert asked(text).prefix


@pytest.mark.parametrize("word", ["long\u2010te", "long\u2011te", "com\u00admit", "don\u02bct"])
def test_odd_hyphens_and_apostrophes_belong_to_words(word: str) -> None:
    assert asked(f"It was a {word}|").prefix == word
    assert fold(word) in ("long-te", "commit", "don't")


def test_emoji_and_combining_marks_left_of_the_cursor() -> None:
    cloze = asked("👩‍🚀🏽 nai\u0308v|e")
    assert (cloze.prefix, cloze.rest) == ("nai\u0308v", "e")


def test_line_ends_of_every_kind_are_read_as_one() -> None:
    for end in ("\n", "\r\n", "\r"):
        text = f"One.{end}{end}Two{end}th|ree{end}{end}Four"
        cloze = asked(text)
        assert cloze.left == "One.\nTwo "
        assert cloze.right == "\nFour"


def test_the_context_reads_on_over_paragraphs_and_skips_code() -> None:
    text = "First.\n\n```\ncode\n```\n\nSecond |.\n\n```\ncode\n```\n\nThird."
    cloze = asked(text, "markdown")
    assert cloze.left == "First.\nSecond "
    assert cloze.right == ".\nThird."


def test_the_context_is_no_longer_than_asked_and_cut_between_words() -> None:
    text = "word " * 400 + "|" + " other" * 400
    cloze = asked(text, context=52)
    assert cloze.left == "word " * 10
    assert cloze.right == " other" * 8
    paragraphs = "One two three.\n\n" * 200
    cloze = asked(paragraphs + "|\n\n" + paragraphs, context=100)
    assert len(cloze.left) > 80 and len(cloze.right) > 80
    assert asked(text, context=0).left == ""


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        ("", True),
        ("It ends. ", True),
        ("Does it? ", True),
        ('"It ends." ', True),
        ("It ends.) ", True),
        ("A paragraph\n", True),
        ('A paragraph\n"', True),
        ("It goes on ", False),
        ("It goes on, ", False),
        ("a list: ", False),
        ("as e.g. ", False),
        ("see Mr. ", False),
        ("in the U.S. ", False),
        ("J. ", False),
        ("wait... ", False),
        ("He said no. (", True),
    ],
)
def test_where_a_sentence_starts(left: str, expected: bool) -> None:
    assert starts_sentence(left) is expected


def test_code_at_the_start_does_not_make_the_next_word_the_first() -> None:
    assert not asked("`foo` re|turns", "markdown").starts_sentence
    assert not asked("It ends. $x$ i|s", "markdown").starts_sentence
    assert asked("- [ ] re|turns", "markdown").starts_sentence
    assert asked("It ends. <b>Th|is", "markdown").starts_sentence


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("The cat |", True),
        ("Le café est à |", True),
        ("Привет, как |", False),
        ("我们今天 |", False),
        ("The word пере|вод is Russian", False),
        ("|", True),
        ("12345 |", True),
    ],
)
def test_whether_the_model_can_read_it(text: str, readable: bool) -> None:
    assert asked(text).readable is readable


def test_a_language_that_is_not_known_asks_nothing() -> None:
    assert ask("The |", "klingon") is None


def test_offsets_outside_the_document_mean_its_ends() -> None:
    document = Document("file:///a", "plaintext", 1, "word")
    assert cloze_at(document, -5) == cloze_at(document, 0)
    assert cloze_at(document, 99) == cloze_at(document, 4)


def test_normalising_keeps_the_length() -> None:
    text = "“It’s”\u00a0a\u2009‘test’…\ud800\tx"
    assert normalise(text) == "\"It's\" a 'test'…\ufffd x"
    assert len(normalise(text)) == len(text)


def test_half_a_surrogate_pair_never_reaches_the_model() -> None:
    cloze = asked("broken \ud83d wor|d \ude00")
    (cloze.left + cloze.right).encode("utf-8")


def test_typing_goes_on_while_the_context_stays() -> None:
    document = Document("file:///a", "markdown", 1, "One.\n\nTwo \n\nThree.")
    lefts = set()
    for place, letter in enumerate("word", 10):
        document.replace(place, place, letter)
        cloze = cloze_at(document, place + 1)
        assert cloze is not None
        lefts.add((cloze.left, cloze.right))
    assert lefts == {("One.\nTwo ", "\nThree.")}
