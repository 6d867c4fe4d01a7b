"""Word lists that a person edits by hand."""

from pathlib import Path

import pytest

from midword.suggest.dictionary import Dictionary


def test_a_missing_file_is_empty(tmp_path: Path) -> None:
    dictionary = Dictionary.load(tmp_path / "none.txt")
    assert (dictionary.words, dictionary.never_words) == (frozenset(), frozenset())


def test_lines_comments_and_never(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# ours\nMidword\n\n -Teh # a slip\ncafé # place\r\n", encoding="utf-8")
    dictionary = Dictionary.load(path)
    assert dictionary.words == {"Midword", "café"}
    assert dictionary.never_words == {"teh"}
    assert dictionary.keys == {"midword": "Midword", "cafe": "café"}


def test_adding_keeps_what_a_person_wrote(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "words.txt"
    Dictionary.load(path).add("Zed")
    path.write_text("# ours\n" + path.read_text() + "abc  # letters\n", encoding="utf-8")
    changed = Dictionary.load(path).never("zed").add("Foo")
    assert path.read_text() == "# ours\nabc  # letters\n-zed\nFoo\n"
    assert changed.never_words == {"zed"}
    assert changed.words == {"abc", "Foo"}
    assert [other.name for other in path.parent.iterdir()] == ["words.txt"]


def test_bytes_that_are_no_text_do_not_stop_it(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(b"good\n\xff\xfe\n")
    assert "good" in Dictionary.load(path).words


def test_a_folder_in_its_place_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="directory"):
        Dictionary.load(tmp_path)
