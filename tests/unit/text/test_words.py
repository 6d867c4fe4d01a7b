"""What a word is, where it begins and ends, and what only looks like one."""

from __future__ import annotations

import pytest

from midword.text.words import word_span, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The committee meets.", ["The", "committee", "meets"]),
        ("don't, won’t and rock-'n'-roll", ["don't", "won’t", "and", "rock", "n", "roll"]),
        ("a well-known mother-in-law's", ["a", "well-known", "mother-in-law's"]),
        ("'quoted' words-", ["quoted", "words"]),
        ("naïve café Übermaß", ["naïve", "café", "Übermaß"]),
        ("cafe\u0301 now", ["cafe\u0301", "now"]),
        ("Привет, κόσμε", ["Привет", "κόσμε"]),
        ("3rd 2x abc1 x² m/s and/or", []),
        ("foo_bar _x user@example.org C:\\path", ["org", "C"]),
        ("one/two three", ["three"]),
        ("con\u00adtext", ["con\u00adtext"]),
        ("19-year-old", ["year-old"]),
        ("e.g. U.S.", ["e", "g", "U", "S"]),
        ("😀smile", ["smile"]),
        ("", []),
    ],
)
def test_words_of_a_text(text: str, expected: list[str]) -> None:
    assert [match[0] for match in words(text)] == expected


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("the comm|ittee met", "committee"),
        ("the |committee", "committee"),
        ("the committee| met", "committee"),
        ("the | committee", None),
        ("don'|", "don'"),
        ("don'|t", "don't"),
        ("don’|", "don’"),
        ("well-|", "well-"),
        ("well-|known", "well-known"),
        ("well -|", None),
        ("well--|", None),
        ("dogs'|", "dogs'"),
        ("'word'|", None),
        ("say '|", None),
        ("end.|", None),
        ("cafe\u0301| is", "cafe\u0301"),
        ("cafe|\u0301 is", "cafe\u0301"),
        ("😀|word", "word"),
        ("(|word)", "word"),
        ("3|rd", "rd"),
        ("|", None),
        ("x" * 63 + "|", "x" * 63),
        ("x" * 200 + "|", None),
        ("x" * 50 + "|" + "x" * 50, None),
    ],
)
def test_the_word_that_touches_the_cursor(text: str, word: str | None) -> None:
    offset = text.index("|")
    text = text.replace("|", "")
    span = word_span(text, offset)
    assert (text[slice(*span)] if span else None) == word
