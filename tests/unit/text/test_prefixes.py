"""A prefix among sorted words is a slice, and the very one that a search word by word finds."""

import pytest

from midword.text.prefixes import beginning

WORDS = sorted(
    ["", "a", "an", "an't", "and", "andes", "b", "zoo", "ё", "日本", "日本語", "😀", "😀a"]
)


@pytest.mark.parametrize(
    "prefix", ["", "a", "an", "an'", "ando", "c", "zoo", "zz", "日", "😀", "😁"]
)
def test_the_words_that_begin_so(prefix: str) -> None:
    found = beginning(WORDS, prefix)
    assert WORDS[found] == [word for word in WORDS if word.startswith(prefix)]
    assert beginning([], prefix) == slice(0, 0)
