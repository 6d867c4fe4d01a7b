"""A simulated typist, the ruler of the field: how many keystrokes do suggestions save?

The typist types words of a real text. Before each letter of a word the predictor is asked; the
first list of k words that has the word is taken for one keystroke, which types the following
space too. Keystroke savings (KS) are 1 - keys used / keys by hand (Trnka and McCoy 2008).

APPEND: nothing stands right of the cursor, as at a text's end. EDIT: the rest of the paragraph
is there, and one word of it is typed again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from midword.suggest.memory import Memory
from midword.suggest.ranking import confidence
from midword.suggest.suggester import Suggester
from midword.text.cloze import CONTEXT, cloze_at
from midword.text.document import Document
from midword_training.evaluation import bootstrap

Mode = Literal["append", "edit"]
MODES: tuple[Mode, ...] = ("append", "edit")

_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
_GLUE = re.compile(r"[\d_@/\\]")
_LONGEST_LIST = 10


class Predictor(Protocol):
    """What the typist asks."""

    def begin(self, left: str, right: str) -> None:
        """The cursor stands between two texts; a word is about to be typed."""
        ...

    def complete(self, typed: str, limit: int) -> tuple[list[str], float]:
        """A list for what is typed of the word, and the first word's probability."""
        ...


@dataclass(frozen=True, slots=True)
class TypedWord:
    """One word that was typed.

    Attributes:
        word: as it stands in the text.
        by_hand: keystrokes without suggestions, the following space included.
        ranks: its rank (from 1) in the lists at 0, 1, 2 ... typed letters; 0: not in the list.
            Ends where it came first, or where nothing is left to save.
        confidence: the first word's probability at 0 letters.
        first_right: whether the first word at 0 letters was the right one.
    """

    word: str
    by_hand: int
    ranks: tuple[int, ...]
    confidence: float

    @property
    def first_right(self) -> bool:
        """Whether the first word at 0 letters was the right one."""
        return bool(self.ranks) and self.ranks[0] == 1

    def keys(self, k: int, gate: float = 0.0) -> int:
        """Keystrokes with lists of k words; at 0 letters only lists as sure as the gate."""
        for typed, rank in enumerate(self.ranks):
            if 0 < rank <= k and (typed or self.confidence >= gate):
                return typed + 1
        if gate and self.ranks[:1] == (1,) and self.confidence < gate and len(self.word) > 1:
            # The simulation stopped at 0 letters; with one letter the word is at least as sure.
            return 2 if self.by_hand > 2 else self.by_hand
        return self.by_hand


@dataclass(frozen=True, slots=True)
class Typing:
    """The outcome of a simulation over a sample of words."""

    mode: Mode
    words: list[TypedWord] = field(default_factory=list)

    def savings(self, k: int = 5, gate: float = 0.0) -> float:
        """Keystroke savings with lists of k words, 0 to 1."""
        by_hand = sum(word.by_hand for word in self.words)
        return 1 - sum(word.keys(k, gate) for word in self.words) / max(1, by_hand)

    def accuracy(self, letters: int, k: int = 1) -> float:
        """Share of words within the first k of the list at so many typed letters.

        Words that came first earlier count as right; words too short count as wrong.
        """
        right = sum(
            any(rank == 1 for rank in word.ranks[:letters])
            or (len(word.ranks) > letters and 0 < word.ranks[letters] <= k)
            for word in self.words
        )
        return right / max(1, len(self.words))

    def offered(self, gate: float) -> float:
        """Share of gaps with a list at 0 letters."""
        return sum(word.confidence >= gate for word in self.words) / max(1, len(self.words))

    def precision(self, gate: float) -> float:
        """Of the gaps with a list at 0 letters, the share whose first word was right."""
        offered = [word for word in self.words if word.confidence >= gate]
        return sum(word.first_right for word in offered) / max(1, len(offered))

    def interval(self, k: int = 5, *, samples: int = 1000, seed: int = 42) -> tuple[float, float]:
        """A 95% bootstrap interval of the savings, over words."""
        return bootstrap.interval(self._resampled(k, samples, seed))

    def gain_over(self, before: Typing, k: int = 5) -> tuple[float, float]:
        """The 95% interval of how much more is saved than in an earlier run on the same words.

        Raises:
            ValueError: that run typed other words.
        """
        if [word.word for word in before.words] != [word.word for word in self.words]:
            raise ValueError("the two runs typed different words: their difference does not pair")
        return bootstrap.interval(self._resampled(k) - before._resampled(k))

    def _resampled(
        self, k: int, samples: int = bootstrap.SAMPLES, seed: int = 42
    ) -> NDArray[np.float64]:
        keys = [word.keys(k) for word in self.words]
        return bootstrap.resampled(keys, [word.by_hand for word in self.words], samples, seed)


def typed_words(text: str) -> list[re.Match[str]]:
    """The words that a typist types: not those glued to digits or one of _ @ / \\."""
    return [
        match
        for match in _WORD.finditer(text)
        if not _GLUE.match(text[match.start() - 1 : match.start()])
        and not _GLUE.match(text[match.end() : match.end() + 1])
    ]


def sample(text: str, words: int, seed: int) -> list[re.Match[str]]:
    """So many words of a text, drawn at random, in the order of the text."""
    found = typed_words(text)
    chosen = random.Random(seed).sample(range(len(found)), min(words, len(found)))
    return [found[place] for place in sorted(chosen)]


def simulate(
    predictor: Predictor,
    text: str,
    mode: Mode,
    *,
    words: int | None = 400,
    seed: int = 42,
) -> Typing:
    """Type a sample of a text's words.

    Args:
        predictor: who is asked; an answer counts only with the right case.
        text: plain prose, paragraphs parted by blank lines.
        mode: "append" or "edit".
        words: how many words are sampled; None: all.
        seed: of the sample.
    """
    chosen = typed_words(text) if words is None else sample(text, words, seed)
    return Typing(mode, [_type(predictor, text, match, mode) for match in chosen])


def _type(predictor: Predictor, text: str, match: re.Match[str], mode: Mode) -> TypedWord:
    start, end = match.span()
    word = match[0]
    blank = text.find("\n\n", end)
    rest = text[end : blank if blank >= 0 else len(text)]
    predictor.begin(text[:start], rest if mode == "edit" else "")
    by_hand = len(word) + text.startswith(" ", end)
    ranks: list[int] = []
    confidence = 0.0
    for typed in range(len(word)):
        if typed + 1 >= by_hand:
            break
        found, first = predictor.complete(word[:typed], _LONGEST_LIST)
        if not typed:
            confidence = first
        ranks.append(_rank(word, found))
        if ranks[-1] == 1:
            break
    return TypedWord(word, by_hand, tuple(ranks), confidence)


def _rank(word: str, found: Sequence[str]) -> int:
    plain = word.replace("’", "'")
    for place, other in enumerate(found, 1):
        if other.replace("’", "'") == plain:
            return place
    return 0


class InProcess:
    """Asks a suggester directly, with the document and memory that the server would have."""

    def __init__(
        self,
        suggester: Suggester,
        *,
        context: int = CONTEXT,
        memory_weight: float = 1.0,
        memory: Memory | None = None,
    ) -> None:
        """Begin with nothing learnt but what `memory` holds."""
        self._suggester = suggester
        self._context = context
        self._memory_weight = memory_weight
        self._memory = Memory() if memory is None else memory
        self._open("")

    def _open(self, text: str) -> None:
        self._document = Document("file:///typed.txt", "plaintext", 0, text)

    def begin(self, left: str, right: str) -> None:
        """See :class:`Predictor`."""
        self._open(left + right)
        self._cursor = self._start = len(left)
        # At once: what was learnt for the last word may have this one in its right context.
        self._memory.update(self._document.uri, left + right)

    def complete(self, typed: str, limit: int) -> tuple[list[str], float]:
        """See :class:`Predictor`."""
        self._document.replace(self._start, self._cursor, typed)
        self._cursor = self._start + len(typed)
        cloze = cloze_at(self._document, self._cursor, context=self._context)
        if cloze is None:
            return [], 0.0
        found = self._suggester.suggest(
            cloze,
            memory=self._memory,
            document=self._document.uri,
            limit=limit,
            memory_weight=self._memory_weight,
        )
        return [item.word for item in found], confidence(found)
