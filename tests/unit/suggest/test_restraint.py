"""Lists that open by themselves."""

import pytest

from midword.suggest.ranking import Suggestion
from midword.suggest.restraint import unasked

LIST = [Suggestion("one", 0.3, "model"), Suggestion("two", 0.004, "model")]


@pytest.mark.parametrize(
    ("letters", "finished", "floor", "shown"),
    [
        (0, 0.0, 0.005, ["one", "two"]),  # before the first letter its first word decides
        (3, 0.0, 0.005, ["one"]),
        (3, 0.0, 0.001, ["one", "two"]),
        (3, 0.0, 0.02, []),  # nothing is fifty times as likely
        (3, 0.6, 0.001, []),  # a word ends here
        (2, 0.7, 0.001, ["one", "two"]),  # "in" is a word often, and writers go on all the same
        (2, 0.85, 0.001, []),
        (1, 0.85, 0.001, ["one", "two"]),
        (1, 0.95, 0.001, []),
        (3, 0.7, 0.0, ["one", "two"]),
    ],
)
def test_what_is_shown(letters: int, finished: float, floor: float, shown: list[str]) -> None:
    found = unasked(LIST, letters=letters, finished=finished, sure=0.25, floor=floor)
    assert [item.word for item in found] == shown


def test_in_a_language_that_nobody_reads_a_list_needs_a_sure_word() -> None:
    for sure, shown in [(0.25, 1), (0.35, 0)]:
        found = unasked(LIST, letters=3, finished=0.0, sure=sure, floor=0.005, is_read=False)
        assert len(found) == shown


def test_before_the_first_letter_it_is_sure() -> None:
    assert unasked(LIST, letters=0, finished=0.0, sure=0.35, floor=0.0) == []
    assert unasked([], letters=0, finished=0.0, sure=0.0, floor=0.0) == []
