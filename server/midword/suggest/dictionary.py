"""A writer's or a project's own words: a text file to edit by hand and to commit.

One word a line; ``-word`` is never suggested; ``#`` begins a comment.
"""

import os
import tempfile
from pathlib import Path

from midword.text.folding import fold


class Dictionary:
    """The words of one file; a missing file is an empty dictionary.

    Attributes:
        path: the file.
        words: what to suggest, as written.
        never_words: folded words that are never suggested.
    """

    def __init__(self, path: Path, words: frozenset[str], never_words: frozenset[str]) -> None:
        self.path = path
        self.words = words
        self.never_words = never_words
        self.keys = {fold(word): word for word in words}

    @classmethod
    def load(cls, path: Path) -> "Dictionary":
        """Read a dictionary.

        Raises:
            OSError: the file is there but can't be read.
        """
        lines = _entries(path)
        return cls(
            path,
            frozenset(line for line in lines if not line.startswith("-")),
            frozenset(fold(line[1:].strip()) for line in lines if line.startswith("-")),
        )

    def add(self, word: str) -> "Dictionary":
        """Suggest a word from now on.

        Returns:
            The dictionary as it is in the file now.

        Raises:
            OSError: the file can't be written; it is as it was.
        """
        return self._put(word, word)

    def never(self, word: str) -> "Dictionary":
        """Never suggest a word, in any case; see :meth:`add`."""
        return self._put(word, "-" + word)

    def _put(self, word: str, entry: str) -> "Dictionary":
        """Replace what the file says of a word; comments and order stay."""
        key = fold(word)
        before = self.path.read_text("utf-8") if self.path.exists() else ""
        kept = [line for line in before.splitlines() if fold(_entry(line).lstrip("-")) != key]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and renamed: a full disk must not cost the words that are there.
        handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write("\n".join([*kept, entry]) + "\n")
            Path(temporary).replace(self.path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return Dictionary.load(self.path)


def _entry(line: str) -> str:
    return line.partition("#")[0].strip()


def _entries(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [entry for line in text.splitlines() if (entry := _entry(line))]
