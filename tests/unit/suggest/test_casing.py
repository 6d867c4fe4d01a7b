"""How words are written where they are offered."""

import pytest

from midword.suggest.casing import Casing
from midword.suggest.lexicon import Lexicon


@pytest.mark.parametrize(
    ("key", "typed", "form"),
    [
        ("github", "gith", "GitHub"),
        ("tuesday", "tue", "Tuesday"),
        ("meeting", "Mee", "Meeting"),
        ("meeting", "MEE", "MEETING"),
        ("meeting", "meeT", "meeTing"),  # a capital inside is meant
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
