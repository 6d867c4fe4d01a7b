"""A writer's or a project's own words: a text file to edit by hand and to commit.

One word a line; ``-word`` is never suggested; ``#`` begins a comment. What is no word is left out:
nothing else of a file is ever offered, whatever file that is.
"""

import itertools
from collections.abc import Iterable
from pathlib import Path

from midword import files
from midword.errors import UserError
from midword.suggest.inflection import regular_forms
from midword.text.document import split_lines
from midword.text.folding import fold
from midword.text.prefixes import beginning
from midword.text.words import LONGEST_WORD, WORD

MOST_BYTES = 2_000_000  # 200,000 words; a longer file is no list of somebody's own

_MOST_INFLECTED = 5000  # words never to suggest whose forms are kept; there are a dozen of each


class Dictionary:
    """The words of one file; a missing file is an empty dictionary.

    Attributes:
        path: the file.
        keys: folded word -> word, of those to suggest.
        never_words: folded words that are never suggested.
        never_forms: their inflected forms, which go with them unless a dictionary has them.
        problem: what of the file is left out and why, for its writer; "" if nothing is.
    """

    def __init__(
        self,
        path: Path,
        words: Iterable[str] = (),
        never_words: Iterable[str] = (),
        problem: str = "",
    ) -> None:
        self.path = path
        self.keys = {fold(word): word for word in words}
        self.never_words = frozenset(map(fold, never_words))
        inflected = itertools.islice(self.never_words, _MOST_INFLECTED)
        self.never_forms = frozenset[str]().union(*map(regular_forms, inflected))
        self.problem = problem
        self._sorted = sorted(self.keys)

    @classmethod
    def load(cls, path: Path, inside: Path | None = None) -> "Dictionary":
        """Read a dictionary.

        Args:
            path: the file, or a link to it.
            inside: the folder that it may not lead out of.

        Raises:
            UserError: the file is there but can't be read, or is none of words.
        """
        try:
            check_inside(path, inside)
            data = files.read_bytes(path, MOST_BYTES)
        except (FileNotFoundError, NotADirectoryError):  # without a home there is no folder
            return cls(path)
        except OSError as error:
            raise UserError(
                f"the dictionary {path} is left out ({error.strerror}): replace it, or name "
                "another file in the settings"
            ) from error
        try:
            text, problem = files.decoded(data), ""
        except UnicodeDecodeError:
            text = files.decoded(data, "replace")
            problem = (
                f"the dictionary {path} is not UTF-8 text: words with other letters than a to z "
                "are left out; save it as UTF-8"
            )
        check_words(path, text)
        entries = [entry for line in split_lines(text) if (entry := entry_of(line))]
        return cls(
            path,
            [entry for entry in entries if is_word(entry)],
            [word for entry in entries if entry[0] == "-" and is_word(word := entry[1:].strip())],
            problem,
        )

    def beginning(self, prefix: str, most: int) -> list[str]:
        """Folded words that begin with a folded prefix, as many as `most` of them."""
        found = beginning(self._sorted, prefix)
        return self._sorted[found.start : min(found.stop, found.start + most)]


def check_inside(path: Path, inside: Path | None) -> None:
    """Let no link lead out of a folder: what lies there may be a secret.

    Raises:
        OSError: one does.
    """
    if inside is not None and not files.lies_in(path, inside):
        raise OSError(0, "it leads out of its folder")


def check_words(path: Path, text: str) -> None:
    """Tell a list of words from all other files, to which nothing may be added either.

    Raises:
        UserError: less than half of its lines are words.
    """
    entries = [entry for line in split_lines(text) if (entry := entry_of(line))]
    words = sum(is_word(entry.removeprefix("-").strip()) for entry in entries)
    if 2 * words < len(entries):
        raise UserError(
            f"{path} is no list of words and is left out: write one a line, or name another file "
            "in the settings"
        )


def entry_of(line: str) -> str:
    """What a line says, without its comment; "" for nothing."""
    return line.partition("#")[0].strip()


def is_word(entry: str) -> bool:
    """Whether something is one word, which can be suggested."""
    return len(entry) <= LONGEST_WORD and WORD.fullmatch(entry) is not None
