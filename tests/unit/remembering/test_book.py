"""What the book keeps: nothing rare, no pair of one day, and never more than it has room for."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from midword.remembering import book as books
from midword.remembering.book import Book, Notes
from midword.remembering.worth import is_worth

KEY = b"k" * 32
MONDAY = date(2026, 11, 30)
DAY = timedelta(days=1)


def typed(book: Book, day: date, *words: str, known: bool = True) -> None:
    """A line of words typed on a day."""
    notes = Notes()
    for left, word in zip(("", *words), words, strict=False):
        notes.add(word, left)
    book.add(notes, day, KEY, lambda _: known)


def test_a_pair_is_kept_when_it_was_typed_three_times_on_two_days() -> None:
    book = Book()
    for _ in range(5):
        typed(book, MONDAY, "kind", "regards")
    assert not book.pairs
    typed(book, MONDAY + DAY, "kind", "regards")
    assert book.pairs["kind regards"].count == 6


def test_two_times_on_two_days_are_too_few() -> None:
    book = Book()
    typed(book, MONDAY, "kind", "regards")
    typed(book, MONDAY + DAY, "kind", "regards")
    assert not book.pairs


def test_a_fingerprint_says_nothing_without_the_key() -> None:
    one, other = Book(), Book()
    notes = Notes()
    notes.add("zanzibarite")
    one.add(notes, MONDAY, KEY, lambda _: False)
    other.add(notes, MONDAY, b"o" * 32, lambda _: False)
    assert list(one.waiting) != list(other.waiting)
    assert not any("zanz" in mark for mark in one.waiting)


def test_fingerprints_go_after_a_while() -> None:
    book = Book()
    typed(book, MONDAY, "zanzibarite", known=False)
    typed(book, MONDAY + 100 * DAY, "else")
    typed(book, MONDAY + 100 * DAY, "zanzibarite", "zanzibarite", known=False)
    assert "zanzibarite" not in book.words


def test_the_book_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "_MOST", 10)
    book = Book()
    typed(book, MONDAY, *["often"] * 9)
    for number in range(30):
        typed(book, MONDAY, f"word{'abcdefghijklmnopqrstuvwxyzABCD'[number]}")
        typed(book, MONDAY, f"odd{'abcdefghijklmnopqrstuvwxyzABCD'[number]}", known=False)
    assert len(book.words) == 10
    assert "often" in book.words
    assert len(book.waiting) == 10


def test_to_forget_a_word_is_to_forget_its_forms_and_pairs() -> None:
    book = Book()
    for day in range(3):
        typed(book, MONDAY + day * DAY, "Kind", "regards", "kind")
    assert {"kind regards", "regards kind"} == set(book.pairs)
    assert book.forget("KIND") == 4
    assert list(book.words) == ["regards"]
    assert not book.pairs


@pytest.mark.parametrize(
    "word",
    ["budget", "Tuesday", "NASA", "GitHub", "PostgreSQL", "don't", "well-known", "Zoë", "PhD"],
)
def test_words(word: str) -> None:
    assert is_worth(word)


@pytest.mark.parametrize(
    "word", ["a", "aXbQzRtY", "kJhGfDsA", "x" * 40, "qWeRtY", "hunter2", "AbCdEfGh-iJkLmNoP"]
)
def test_no_words(word: str) -> None:
    assert not is_worth(word)
