"""The words that teacher and student both have as one token, and where a text asks for them.

The teacher is a causal language model with a byte-level BPE vocabulary, in which a word that stands
behind a blank is a token that begins with "Ġ". Its tokens may be cased; the student's words are as
its own normaliser leaves them, so "Ġpolish" and "ĠPolish" are one word for it.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midword_training.masked.masking import TokenKinds

_BLANK = "Ġ"
_SURE = 2  # occurrences that the mean of all tokens counts for where one has been seen little


@dataclass(frozen=True, slots=True)
class Asked:
    """A passage in both vocabularies, and where the student's words can be asked of the teacher.

    Shapes: `student` [tokens], `teacher` [tokens]; `places` [questions] of words in `student`, and
    `before` [questions], the last tokens of `teacher` that stand left of them. `begun` [words] are
    the teacher's ids that words of any length begin with, and whether the word ends with it.
    """

    student: list[int]
    teacher: list[int]
    places: list[int]
    before: list[int]
    begun: list[tuple[int, bool]]


class SharedWords:
    """Both vocabularies, word by word.

    Shapes: `words` [shared] are the student's ids; `tokens` [variants] the teacher's ids that may
    stand for them, and `word_of` [variants] says which of `words` each stands for.

    Raises ValueError if the two have no word in common.
    """

    def __init__(self, student: Any, teacher: Any) -> None:
        self.student, self.teacher = _unbounded(student), _unbounded(teacher)
        self.kinds = TokenKinds.of(student)
        normalise = self.student.normalizer.normalize_str if self.student.normalizer else str
        own: dict[str, int] = student.get_vocab()
        meant = {}
        for token, number in teacher.get_vocab().items():
            word = own.get(normalise(token[1:])) if token.startswith(_BLANK) else None
            if word is not None and self.kinds.letters[word]:
                meant[number] = word
        if not meant:
            raise ValueError("teacher and student have no word in common as one token")
        self.tokens = np.asarray(sorted(meant), dtype=np.int64)
        said = np.asarray([meant[number] for number in self.tokens.tolist()], dtype=np.int64)
        self.words, self.word_of = np.unique(said, return_inverse=True)
        self._begins_word = np.zeros(self.teacher.get_vocab_size(), dtype=np.bool_)
        for token, number in teacher.get_vocab().items():
            self._begins_word[number] = token.startswith(_BLANK)

    def ask(self, texts: Sequence[str]) -> list[Asked]:
        """Passages in both vocabularies, with every word of one token that the student may guess.

        Only words behind a blank are asked for, for such are the teacher's tokens.
        """
        encoded = (
            tokenizer.encode_batch(list(texts), add_special_tokens=False)
            for tokenizer in (self.student, self.teacher)
        )
        return [self._match(*each) for each in zip(texts, *encoded, strict=True)]

    def _match(self, text: str, own: Any, its: Any) -> Asked:
        ids = np.asarray(own.ids, dtype=np.int64)
        begins = {
            begin + (text[begin] == " "): (token, end)  # some tokenizers' offsets lack the blank
            for token, (number, (begin, end)) in enumerate(zip(its.ids, its.offsets, strict=True))
            if self._begins_word[number]
        }
        asked = Asked(own.ids, its.ids, [], [], [])
        for first, last in zip(*self.kinds.words(ids), strict=True):
            token, its_end = begins.get(own.offsets[first][0], (0, 0))
            if not token or not self.kinds.letters[ids[first]]:
                continue
            asked.begun.append((its.ids[token], its_end == own.offsets[last - 1][1]))
            if last == first + 1:
                asked.places.append(first)
                asked.before.append(token - 1)
        return asked

    def endings(self, passages: Iterable[Asked]) -> NDArray[np.float32]:
        """How often a word ends with the token that begins it, by counting: [variants] shares.

        Of "Ġun" the teacher thinks much, for many words begin so; what it thinks of the word "un"
        is that times this share. Without counts a token has the mean of all.
        """
        seen, whole = Counter[int](), Counter[int]()
        for asked in passages:
            for token, ends in asked.begun:
                seen[token] += 1
                whole[token] += ends
        mean = (whole.total() + 1) / (seen.total() + 1)
        counts = np.asarray([(whole[t], seen[t]) for t in self.tokens.tolist()], dtype=np.float32)
        shares: NDArray[np.float32] = (counts[:, 0] + _SURE * mean) / (counts[:, 1] + _SURE)
        return shares


def _unbounded(tokenizer: Any) -> Any:
    """The tokenizer beneath one of `transformers`, which cuts and pads no text."""
    inner = copy.deepcopy(tokenizer.backend_tokenizer)
    inner.no_padding()
    inner.no_truncation()
    return inner
