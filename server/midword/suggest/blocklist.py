"""Words that are not offered of themselves: slurs, swear words, what is said of groups.

A model has read them, and a list or grey text that shows one says it to a writer who never would.
Whoever writes one has it offered like any other word: the screen lets pass what the document
itself, a dictionary or the letters at the cursor have. A file that merely lies in the folder
doesn't count.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, get_args

from midword.suggest.dictionary import Dictionary
from midword.suggest.inflection import plurals
from midword.suggest.language import folded_words
from midword.text.cloze import Cloze
from midword.text.folding import fold

Kind = Literal["slur", "swear", "role", "group"]

# Swear words and roles are no guess any more once so many of their letters are typed.
LETTERS = 3
# Words on either side of a gap among which the name of a group counts.
_NEAR_LEFT, _NEAR_RIGHT = 25, 12


class Blocklist:
    """The reviewed list, by folded word; plurals and possessives go with a word.

    Args:
        entries: words, or two with a blank between them, and what each is; a slur with a `*`
            stands for every word that begins so.
    """

    def __init__(self, entries: Iterable[tuple[str, Kind]] = ()) -> None:
        self._kinds: dict[str, Kind] = {}
        self._seconds: dict[str, set[str]] = defaultdict(set)
        stems = []
        for word, kind in entries:
            first, _, second = fold(word).rpartition(" ")
            if first:
                self._seconds[first] |= {second, *plurals(second)}
            elif second.endswith("*"):
                stems.append(second.rstrip("*"))
            else:
                for form in (second, *plurals(second)):
                    self._kinds.setdefault(form, kind)
        self._stems = tuple(stems)
        # Asked about each word of each list, and most of them come again.
        self.kind = lru_cache(maxsize=4096)(self._kind)

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls, path: Path) -> "Blocklist":
        """Read a list: word, tab, kind; `#` begins a comment.

        Raises:
            OSError, ValueError: it is missing or damaged.
        """
        lines = path.read_text("utf-8").splitlines()
        rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
        if wrong := [row for row in rows if len(row) != 2 or row[1] not in get_args(Kind)]:
            raise ValueError(f"{path} has an entry that is none: {wrong[0][0]}")
        return cls((word, kind) for word, kind in rows)  # type: ignore[misc]  # checked above

    def _kind(self, key: str, previous: str = "") -> Kind | None:
        """What a folded word is, `previous` being the one before it; None for all others."""
        key = key.removesuffix("'s").removesuffix("'")
        if found := self._kinds.get(key):
            return found
        if key.startswith(self._stems) or key in self._seconds.get(previous, ()):
            return "slur"
        if "-" in key:
            parts = key.split("-")
            pairs = zip(["".join(parts), *parts], ["", "", *parts], strict=False)
            if any(self.kind(part, before) == "slur" for part, before in pairs):
                return "slur"
        return None

    def keys(self, kind: Kind) -> set[str]:
        """The folded words of a kind, their plurals among them."""
        return {key for key, found in self._kinds.items() if found == kind}

    def names_group(self, keys: Iterable[str]) -> bool:
        """Whether one of some folded words is the name of a group."""
        return any(self.kind(part) == "group" for key in keys for part in (key, *key.split("-")))


@dataclass(frozen=True)
class Screen:
    """What is left out of the words for one gap.

    Attributes:
        blocklist: the list.
        cloze: the gap.
        dictionaries: the writer's.
        document: occurrences of folded words in this very document.
        standing: the word at the gap as it stands.
        is_grey: whether the words are shown without being asked for, in the text.
    """

    blocklist: Blocklist
    cloze: Cloze
    dictionaries: Sequence[Dictionary] = ()
    document: Mapping[str, int] | None = None
    standing: str = ""
    is_grey: bool = False

    def verdict(self, key: str) -> Literal["pass", "hold", "block"]:
        """Whether a folded word may be offered; "hold": only where nothing else is likely."""
        kind = self.blocklist.kind(key, self._previous)
        if kind is None or kind == "group" or self._is_own(key):
            return "pass"
        if kind == "slur":
            return "block"
        guessed = len(self.cloze.prefix) < LETTERS
        if kind == "role":
            return "block" if guessed and self._is_of_group else "pass"
        return "block" if guessed or self.is_grey else "hold"

    def _is_own(self, key: str) -> bool:
        """Whether the writer has the word: typed, in the document or in a dictionary."""
        if key == fold(self.standing):
            return True
        return (
            (self.document or {}).get(key, 0) > 0
            or any(key in dictionary.keys for dictionary in self.dictionaries)
            or key in self._left
            or key in self._right
        )

    @cached_property
    def _previous(self) -> str:
        return self._left[-1] if self._left else ""

    @property
    def _left(self) -> list[str]:
        return folded_words(self.cloze.left)

    @property
    def _right(self) -> list[str]:
        return folded_words(self.cloze.right)

    @cached_property
    def _is_of_group(self) -> bool:
        near = (*self._left[-_NEAR_LEFT:], *self._right[:_NEAR_RIGHT])
        return self.blocklist.names_group(near)
