"""Adding a word to a dictionary, so that no other word is lost, whoever else adds one.

The file stays what it is: a link stays a link, and mode, line ends, byte-order mark, comments and
order stay.
"""

import os
from pathlib import Path
from typing import Literal

from midword import files
from midword.errors import UserError
from midword.locks import PATIENCE, alone_with
from midword.suggest.dictionary import (
    MOST_BYTES,
    check_inside,
    check_words,
    entry_of,
)
from midword.text.document import split_lines
from midword.text.folding import fold

Saying = Literal["suggest", "never", "again"]


def put(
    path: Path,
    word: str,
    *,
    how: Saying = "suggest",
    inside: Path | None = None,
    patience: float = PATIENCE,
) -> None:
    """Change what a dictionary says of a word; once this returns, it is kept.

    Args:
        path: the dictionary, or a link to it; made if it isn't there.
        word: replaces what the file says of it.
        how: suggest it from now on; never, in any case; or "again": forbid it no longer.
        inside: the folder that no link may lead out of.
        patience: seconds to wait for another program that adds a word.

    Raises:
        OSError: the file can't be written; it is as it was.
        UserError: it is no dictionary; it is as it was.
    """
    with alone_with(path, patience):
        check_inside(path, inside)
        file = Path(os.path.realpath(path))
        try:
            before = files.read_bytes(file, MOST_BYTES)
        except FileNotFoundError:
            before = b""
        try:
            text = files.decoded(before)
        except UnicodeDecodeError as error:
            raise UserError(f"{path} is not UTF-8 text: save it as UTF-8 first") from error
        check_words(path, text)
        after = changed(text, word, how)
        if after != text:
            data = files.encoded(after, like=before)
            if len(data) > MOST_BYTES:  # nobody would read any word of it any more
                raise UserError(
                    f"{path} would be larger than {MOST_BYTES / 1e6:g} MB: take words out, or name "
                    "another file in the settings"
                )
            files.replace(file, data)


def changed(text: str, word: str, how: Saying) -> str:
    """A dictionary's text with an entry for a word instead of its own; see :func:`put`."""
    entry = {"suggest": word, "never": f"-{word}", "again": ""}[how]
    *lines, last = split_lines(text)
    end = "\r\n" if "\r\n" in text else "\n"
    if last:
        lines.append(last)
    key = fold(word)
    about = [line for line in lines if fold(entry_of(line).lstrip("-").strip()) == key]
    said = [entry_of(line) for line in about]
    if said == [entry] or (how == "again" and not any(map(_forbids, said))):
        return text
    kept = "".join(line for line in lines if line not in about)
    if not entry:
        return kept
    if kept and not kept.endswith(("\n", "\r")):
        return kept + end + entry
    return kept + entry + ("" if last else end)


def _forbids(entry: str) -> bool:
    return entry.startswith("-")
