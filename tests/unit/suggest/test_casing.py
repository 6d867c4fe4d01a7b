"""How words are written where they are offered."""

import pytest

from midword.suggest.casing import Casing, follows_name, is_shouting
from midword.suggest.lexicon import Lexicon
from midword.suggest.memory import Memory


@pytest.mark.parametrize(
    ("key", "typed", "form"),
    [
        ("github", "gith", "GitHub"),
        ("tuesday", "tue", "Tuesday"),
        ("meeting", "Mee", "Meeting"),
        ("meeting", "MEE", "MEETING"),
        ("meeting", "meeT", ""),  # a capital inside is meant
        ("meeting", "MeeT", ""),
        ("github", "GitH", "GitHub"),
        ("meeting", "mEE", "Meeting"),  # the caps lock was on
        ("cafe", "caf", "café"),
        ("cafe", "caf\u00e9", "café"),
        ("cafe", "cafe\u0301", "café"),
        ("cafe", "c\u00e1f", ""),  # an accent is meant
        ("don't", "don\u2019", "don\u2019t"),
        ("don't", "don\u02bc", "don\u02bct"),
        ("well-known", "well\u2011k", "well\u2011known"),
        ("well-known", "Well\u2010K", "Well\u2010Known"),
        ("meeting", "MEet", "Meeting"),  # the shift key was held too long
        ("well-known", "Well-", "Well-known"),
        ("well-known", "Well-K", "Well-Known"),
        ("end-to-end", "End-T", "End-To-End"),
        ("end-to-end", "End-t", "End-to-end"),
    ],
)
def test_what_is_typed_is_never_written_in_another_case(
    lexicon: Lexicon, key: str, typed: str, form: str
) -> None:
    assert Casing(lexicon).form(key, typed, starts_sentence=False) == form


@pytest.mark.parametrize(
    ("left", "right", "shouts"),
    [
        ("THE COMMITTEE WILL MEET ON TUESDAY TO ", "", True),
        ("It met.\nTHE COMMITTEE WILL ", "\nIt met.", True),
        ("THE ", " MEETS TODAY", True),
        ("the committee of NASA and ESA ", "", False),
        ("NASA ", "", False),
        ("NASA ESA ", " agreed", False),
        ("", " THE WHOLE LINE", False),
    ],
)
def test_a_line_of_capitals(left: str, right: str, shouts: bool) -> None:
    assert is_shouting(left, right) is shouts


def test_in_a_line_of_capitals_words_are_capitals(lexicon: Lexicon) -> None:
    loud = Casing(lexicon, shouts=True)
    assert loud.form("discuss", "D", starts_sentence=False) == "DISCUSS"
    assert loud.form("discuss", "", starts_sentence=False) == "DISCUSS"
    assert loud.form("discuss", "d", starts_sentence=False) == "discuss"


@pytest.mark.parametrize(
    ("text", "key", "form"),
    [
        ("We met Zephyrion.", "zephyrion", "Zephyrion"),
        ("We met zephyrion and Zephyrion.", "zephyrion", "zephyrion"),
        ("We met the Board.", "board", "board"),
        ("We met the Board. " * 5, "board", "Board"),
        ("We met the Board. " * 5 + "The board met.", "board", "board"),
    ],
)
def test_the_writer_s_names_win_over_small_letters(
    lexicon: Lexicon, text: str, key: str, form: str
) -> None:
    memory = Memory()
    memory.update("file:///own.txt", text)
    assert Casing(lexicon, memory).form(key, key[:4], starts_sentence=False) == form


def test_the_word_at_the_cursor_is_no_sighting_of_itself(lexicon: Lexicon) -> None:
    memory = Memory()
    memory.update("file:///own.txt", "We meet on tuesday")
    here = Casing(lexicon, memory, standing="tuesday")
    assert here.form("tuesday", "tuesda", starts_sentence=False) == "Tuesday"
    assert here.capital_share("tuesday") > Casing(lexicon, memory).capital_share("tuesday")


@pytest.mark.parametrize(("times", "form"), [(1, "Tuesday"), (3, "tuesday")])
def test_a_slip_is_no_habit(lexicon: Lexicon, times: int, form: str) -> None:
    memory = Memory()
    memory.update("file:///own.txt", "We meet on tuesday. " * times)
    assert Casing(lexicon, memory).form("tuesday", "", starts_sentence=False) == form


@pytest.mark.parametrize(
    ("left", "may_begin_a_name"),
    [
        ("the United ", True),
        ("near Clermont-Ferrand ", True),
        ("United ", False),  # where a sentence begins a capital says nothing
        ("It ended. United ", False),
        ("the United", False),
        ("the United, ", False),
        ("the U ", False),
        ("what I ", False),
        ("the NATO ", False),
        ("in France's ", False),
        ("the united ", False),
    ],
)
def test_what_may_begin_a_name(left: str, may_begin_a_name: bool) -> None:
    assert follows_name(left) is may_begin_a_name


def test_a_names_second_word_has_its_capital_too() -> None:
    counts = {"nations": 70, "Nations": 30, "said": 99, "Said": 1, "iPhone": 80, "Iphone": 20}
    lexicon = Lexicon.from_counts(counts)

    def form(key: str, typed: str = "", *, follows: bool = True) -> str:
        return Casing(lexicon, follows_name=follows).form(key, typed, starts_sentence=False)

    assert form("nations") == "Nations"
    assert form("nations", follows=False) == "nations"
    assert form("nations", "nat") == "nations", "what is typed is meant"
    assert form("said") == "said"
    assert form("iphone") == "iPhone"
