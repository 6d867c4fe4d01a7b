"""Word lists that a person edits by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from midword.errors import UserError
from midword.suggest.dictionary import MOST_BYTES, Dictionary


def test_a_missing_file_is_empty(tmp_path: Path) -> None:
    dictionary = Dictionary.load(tmp_path / "none.txt")
    assert (dictionary.keys, dictionary.never_words) == ({}, frozenset())


def test_lines_comments_and_never(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# ours\nMidword\n\n -Teh # a slip\ncafé # place\r\n", encoding="utf-8")
    dictionary = Dictionary.load(path)
    assert dictionary.never_words == {"teh"}
    assert dictionary.keys == {"midword": "Midword", "cafe": "café"}
    assert dictionary.problem == ""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_first_word(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "words.txt"
    path.write_text("café\nzebra\n", encoding=encoding)
    assert Dictionary.load(path).keys == {"cafe": "café", "zebra": "zebra"}


def test_only_words_are_offered(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text(
        "a\nbe\nsee\ngood\ntwo words\nrock-and-roll\nx1\na@b.org\n'\nl’été\n" + "x" * 65
    )
    assert set(Dictionary.load(path).keys.values()) == {
        *("a", "be", "see", "good", "rock-and-roll", "l’été")
    }


@pytest.mark.parametrize(
    "data",
    [
        b"root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA1/+=\nword\n",
        b"A diary of mine.\n\nToday was a day.\nYesterday\n",
        bytes(range(256)) * 100,
        b"x" * 1_000_000,
    ],
)
def test_another_file_offers_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(data)
    with pytest.raises(UserError, match="no list of words"):
        Dictionary.load(path)


def test_words_in_another_encoding_are_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("good\ncafé\nzebra\n".encode("latin-1"))
    dictionary = Dictionary.load(path)
    assert dictionary.keys.keys() == {"good", "zebra"}
    assert "UTF-8" in dictionary.problem


def test_a_folder_in_its_place_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="folder"):
        Dictionary.load(tmp_path)


def test_a_file_may_be_too_long(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(b"word\n" * (MOST_BYTES // 5 + 1))
    with pytest.raises(UserError, match="larger than 2"):
        Dictionary.load(path)


def test_nothing_outside_of_a_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "words.txt").symlink_to(tmp_path / "secret")
    (folder / "away").symlink_to(tmp_path)
    for path in (folder / "words.txt", folder / "away" / "secret", folder / ".." / "secret"):
        with pytest.raises(UserError, match="out of its folder"):
            Dictionary.load(path, folder)
    (folder / "real.txt").write_text("loud\n")
    (folder / "near.txt").symlink_to("real.txt")
    assert Dictionary.load(folder / "near.txt", folder).keys == {"loud": "loud"}


def test_words_by_their_beginning() -> None:
    dictionary = Dictionary(Path("none"), ["Zebra", "zest", "ze", "apple", "zoé"])
    assert dictionary.beginning("ze", 9) == ["ze", "zebra", "zest"]
    assert dictionary.beginning("ze", 2) == ["ze", "zebra"]
    assert dictionary.beginning("zo", 9) == ["zoe"]
    assert dictionary.beginning("x", 9) == []
    assert len(dictionary.beginning("", 9)) == 5


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("Tuesday", "tuesdays"),
        ("Tuesday", "tuesday's"),
        ("utilise", "utilising"),
        ("utilise", "utilised"),
        ("box", "boxes"),
        ("city", "cities"),
        ("stop", "stopped"),
        ("carry", "carried"),
        ("travel", "travelled"),
    ],
)
def test_inflected_forms_go_with_a_word(word: str, form: str) -> None:
    dictionary = Dictionary(Path("none"), never_words=[word])
    assert form in dictionary.never_forms


def test_other_words_do_not_go_with_it() -> None:
    dictionary = Dictionary(Path("none"), never_words=["car", "the", "spic"])
    assert not dictionary.never_forms & {"care", "cared", "caring", "then", "these", "spices"}
