"""Where the cursor is: a bar in the text, or a line and a column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midword.commands.suggest import cursor, place
from midword.errors import UserError


@pytest.mark.parametrize(
    ("text", "plain", "offset"),
    [
        ("to | the budget", "to  the budget", 3),
        ("we dis| the", "we dis the", 6),
        ("we dis|cuss", "we discuss", 6),
        ("|", "", 0),
        ("", "", 0),
        ("no bar", "no bar", 6),
        (r"a \| b | c", "a | b  c", 6),
        (r"| a \|", " a |", 0),
        (r"a \| b", "a | b", 5),
        (r"C:\dir\ |", "C:\\dir\\ ", 8),
        ("naïve 😀 wo|rd", "naïve 😀 word", 10),
    ],
)
def test_the_bar_is_the_cursor(text: str, plain: str, offset: int) -> None:
    assert cursor(text) == (plain, offset)


def test_two_bars_are_one_too_many() -> None:
    with pytest.raises(UserError, match=r"3 bars.*'\\\|'.*--line"):
        cursor("a|b|c|d")


@given(st.text(), st.text())
def test_any_text_can_be_written_with_escapes(left: str, right: str) -> None:
    # A backslash before the cursor's own bar is the one thing that can't be said this way.
    left = left.rstrip("\\")
    escaped = [part.replace("|", r"\|") for part in (left, right)]
    assert cursor("|".join(escaped)) == (left + right, len(left))


TEXT = "one\r\ntwo 😀 words\n\nlast"


@pytest.mark.parametrize(
    ("line", "column", "offset"),
    [
        (1, 1, 0),
        (1, 4, 3),
        (1, None, 3),
        (2, 5, 9),
        (2, 7, 11),
        (3, 1, 17),
        (4, 5, 22),
        (None, None, 22),
        (None, 1, 18),
    ],
)
def test_lines_and_columns_count_from_one(
    line: int | None, column: int | None, offset: int
) -> None:
    assert place(TEXT, line, column) == offset


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        (0, 1, "no line 0: the text has 4"),
        (5, 1, "no line 5"),
        (1, 5, "line 1 has no column 5: the last one is 4"),
        (3, 0, "line 3 has no column 0"),
    ],
)
def test_a_place_that_is_not_there(line: int, column: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        place(TEXT, line, column)
