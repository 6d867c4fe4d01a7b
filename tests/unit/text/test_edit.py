"""Edits: what makes one text the other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midword.text.edit import Edit

TEXT = st.text(alphabet="ab\n", max_size=12)


@pytest.mark.parametrize(
    ("before", "after", "edit"),
    [
        ("We sig it", "We signed it", Edit(6, 6, "ned")),
        ("We signed it", "We sig it", Edit(6, 9, "")),
        ("We sign it", "We discuss it", Edit(3, 7, "discuss")),
        ("a\n\nb", "a\n\n\nb", Edit(1, 1, "\n")),  # behind the word
        ("", "We", Edit(0, 0, "We")),
        ("We", "We", Edit(0, 0, "")),
    ],
)
def test_the_shortest_edit_between_two_texts(before: str, after: str, edit: Edit) -> None:
    assert Edit.between(before, after) == edit


def test_the_writer_is_behind_what_was_typed() -> None:
    assert Edit.between("We sig it", "We signed it").cursor == 9


@settings(deadline=None)
@given(TEXT, TEXT)
def test_it_makes_one_text_the_other(before: str, after: str) -> None:
    edit = Edit.between(before, after)
    assert before[: edit.start] + edit.text + before[edit.end :] == after
    removed = before[edit.start : edit.end]
    assert not (removed and edit.text) or (
        removed[0] != edit.text[0] and removed[-1] != edit.text[-1]
    )
