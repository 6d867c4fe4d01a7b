"""The book on disk: `<user data>/midword/memory.tsv`, a text file of the writer's.

A line is a count, the day of the last time, and a word or two, with tabs between. It can be read,
edited, moved to another machine and deleted: each writing begins from what the file says then.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from midword import files, locks
from midword.errors import UserError
from midword.own_folders import data_folder
from midword.remembering.book import Book, Kept, Notes, Waiting
from midword.text.folding import fold

_MOST_BYTES = 8_000_000
_MOST = 1_000_000  # times
_PATIENCE = 2.0  # seconds for another process to write
_HEAD = """\
# What Midword remembers of your typing: a count, the last day, and a word, or two in a row.
# The file is yours to read, change, move or delete; 'midword memory' shows, forgets and ends it.
"""
_FEET = "# Not typed often enough to be kept: times, days, the last day, a fingerprint.\n"


def path() -> Path:
    """Where the book is."""
    return data_folder() / "memory.tsv"


def is_off() -> bool:
    """Whether `midword memory off` said that nothing is remembered, whatever the settings say."""
    return _switch().exists()


def switch(*, on: bool) -> None:
    """Let settings decide again, or nothing be remembered.

    Raises:
        UserError: it can't be noted.
    """
    with _in_words(_switch()):
        if on:
            _switch().unlink(missing_ok=True)
        else:
            files.replace(_switch(), b"Nothing is remembered: see 'midword memory'.\n")


def read() -> Book:
    """The book as it is; an empty one where there is none.

    Raises:
        UserError: it can't be read.
    """
    try:
        text = files.read_text(path(), _MOST_BYTES, "replace")
    except FileNotFoundError:
        return Book()
    except OSError as error:
        raise UserError(f"can't read {path()}: {error.strerror or error}") from error
    return _parsed(text)


def stamp() -> tuple[int, int] | None:
    """What changes when the file does; None: there is none."""
    try:
        status = path().stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def write_down(notes: Notes, day: date, is_known: Callable[[str], bool]) -> Book:
    """Take notes into the book; what it says now.

    Raises:
        UserError: it can't be read or written; the notes are not in it.
    """
    with changing() as book:
        book.add(notes, day, _key(), is_known)
    return book


@contextlib.contextmanager
def changing() -> Iterator[Book]:
    """The book, to be changed by one process at a time; written when the block ends.

    Raises:
        UserError: it can't be read or written; it is as it was.
    """
    with _in_words(path()), locks.alone_with(path(), _PATIENCE):
        book = read()
        yield book
        data = "".join(_lines(book)).encode()
        if path().exists():
            os.chmod(path(), 0o600)  # noqa: PTH101 - others may not read it, whoever moved it here
        files.replace(path(), data, mode=0o600)


def delete() -> None:
    """Forget everything.

    Raises:
        UserError: the files can't be removed.
    """
    with _in_words(path()), locks.alone_with(path(), _PATIENCE):
        for each in (path(), _key_file()):
            each.unlink(missing_ok=True)


def _parsed(text: str) -> Book:
    """What a file says; lines that say nothing are left out."""
    book = Book()
    for line in text.splitlines():
        fields = line.split("\t")
        with contextlib.suppress(ValueError):
            if line.startswith("?") and len(fields) == 4:
                times, days, day, mark = fields
                waits = Waiting(int(times[1:]), int(days), date.fromisoformat(day))
                book.waiting[mark] = waits
            elif not line.startswith("#") and len(fields) == 3:
                kept = Kept(max(1, min(int(fields[0]), _MOST)), date.fromisoformat(fields[1]))
                match fields[2].split():
                    case [word]:
                        book.words[word] = kept
                    case [left, word]:
                        book.pairs[f"{fold(left)} {fold(word)}"] = kept
    return book


def _lines(book: Book) -> Iterator[str]:
    yield _HEAD
    for kept in (book.words, book.pairs):
        for entry in sorted(kept, key=lambda entry: (-kept[entry].count, entry)):
            yield f"{kept[entry].count}\t{kept[entry].day}\t{entry}\n"
    if book.waiting:
        yield _FEET
    for mark, waits in book.waiting.items():
        yield f"?{waits.count}\t{waits.days}\t{waits.day}\t{mark}\n"


def _key() -> bytes:
    """The key of the fingerprints; a new one makes those that there are worth nothing."""
    try:
        key = files.read_bytes(_key_file(), 64)
    except FileNotFoundError:
        key = b""
    if len(key) != 32:
        key = os.urandom(32)
        files.replace(_key_file(), key, mode=0o600)
    return key


def _key_file() -> Path:
    return data_folder() / "memory.key"


def _switch() -> Path:
    return data_folder() / "memory.off"


@contextlib.contextmanager
def _in_words(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"can't write {file}: {error.strerror or error}") from error
