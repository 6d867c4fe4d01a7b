"""An editor opens a file and sends changes, in the units it counts in."""

from __future__ import annotations

import pytest

from midword.text.document import Document, PositionEncoding, split_lines


def open_document(text: str) -> Document:
    return Document("file:///a.txt", "plaintext", 1, text)


def test_lines_end_where_lsp_says_and_nowhere_else() -> None:
    text = "one\r\ntwo\rthree\nfour\x0cfive\x0bsix\x85seven\u2028eight\u2029nine"
    document = open_document(text)
    assert document.line_count == 4
    assert document.line(0) == "one\r\n"
    assert document.line_span(0) == (0, 3)
    assert document.line_span(1) == (5, 8)
    assert document.line_span(3)[1] == len(text)
    assert split_lines("") == [""]
    assert split_lines("a\n") == ["a\n", ""]


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 11), ("utf-16", 6), ("utf-32", 4)])
def test_each_client_counts_in_its_own_units(encoding: PositionEncoding, character: int) -> None:
    document = open_document("x\né😀 😀z")
    z = document.text.index("z")
    assert document.position_at(z, encoding) == (1, character)
    assert document.offset_at(1, character, encoding) == z


def test_a_position_inside_a_character_means_its_beginning() -> None:
    document = open_document("a😀b")
    assert document.offset_at(0, 2, "utf-16") == 1
    assert [document.offset_at(0, n, "utf-8") for n in (2, 3, 4, 5)] == [1, 1, 1, 2]


def test_positions_past_the_end_are_clamped() -> None:
    document = open_document("one\r\ntwo")
    assert document.offset_at(0, 99, "utf-16") == 3
    assert document.offset_at(99, 0, "utf-16") == 8
    assert document.offset_at(-1, 5, "utf-16") == 0
    assert document.offset_at(0, -5, "utf-8") == 0
    document.edit((99, 0), (99, 99), "!", "utf-16")
    assert document.text == "one\r\ntwo!"


def test_a_line_end_may_be_torn_apart_and_joined() -> None:
    document = open_document("one\r\ntwo")
    document.replace(4, 4, "x")
    assert [document.line(n) for n in range(document.line_count)] == ["one\r", "x\n", "two"]
    document.replace(4, 5, "")
    assert [document.line(n) for n in range(document.line_count)] == ["one\r\n", "two"]
    document.replace(3, 4, "")
    document.replace(3, 3, "\r")
    assert document.line_count == 2


def test_typing_in_two_halves_of_a_surrogate_pair() -> None:
    document = open_document("ab")
    document.edit((0, 1), (0, 1), "\ud83d", "utf-16")
    document.edit((0, 2), (0, 2), "\ude00", "utf-16")
    assert document.offset_at(0, 3, "utf-16") == 3
    assert document.position_at(3, "utf-8") == (0, 7)


def test_who_watches_is_told_which_lines_changed() -> None:
    document = open_document("one\ntwo\nthree")
    edits: list[tuple[int, int, int]] = []
    document.watch(lambda *edit: edits.append(edit))
    document.replace(4, 7, "a\nb")
    document.replace(0, len(document), "")
    assert edits == [(1, 1, 2), (0, 4, 1)]


def test_a_document_never_shows_its_text() -> None:
    assert "secret" not in repr(open_document("secret"))
