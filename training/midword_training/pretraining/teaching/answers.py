"""Answers on the disk: passages in the student's tokens, and what the teacher said of their words.

They lie in shards, numbered files that are each whole or not there. A shard is an `.npz` of
`Answers`, some 9 MB for 256 passages with 64 words a place.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from midword import files
from midword_training.masked.cross_entropy import ListedGuide
from midword_training.masked.masking import there
from midword_training.pretraining.corpora import TokenFile
from midword_training.pretraining.teaching.passages import Passage
from midword_training.pretraining.teaching.shared_words import Asked

Vocabulary = NDArray[np.uint32]
"""A checksum [1] that tells two vocabularies from each other."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a teacher said of the words of some passages.

    Shapes: `ids` [tokens] uint16, the passages end to end; `starts` [passages + 1] int64; `genres`
    [passages] str; `places` [answers] int64, the words in `ids` that were asked for; `words`
    [answers, top] uint16 and `shares` [answers, top] float16, what was said; `sayable` [shared]
    uint16, all words that the teacher can say; `vocabulary` is the student's.
    """

    ids: NDArray[np.uint16]
    starts: NDArray[np.int64]
    genres: NDArray[np.str_]
    places: NDArray[np.int64]
    words: NDArray[np.uint16]
    shares: NDArray[np.float16]
    sayable: NDArray[np.uint16]
    vocabulary: Vocabulary

    @property
    def tokens(self) -> TokenFile:
        """The passages as the stream of training batches reads them, each once in a pass."""
        weights = np.ones(len(self.genres), dtype=np.float32)
        return TokenFile(self.ids, self.starts, weights, self.genres)

    def at(self) -> NDArray[np.int32]:
        """The number of the answer to each token of `ids`; -1 where there is none."""
        numbers = np.full(len(self.ids), -1, dtype=np.int32)
        numbers[self.places] = np.arange(len(self.places), dtype=np.int32)
        return numbers

    def guide(
        self, numbers: torch.Tensor, size: int, pull: float, device: torch.device
    ) -> ListedGuide:
        """The guide of some questions: `numbers` [questions] of their answers, -1 for none.

        Args:
            numbers: on the CPU.
            size: of the student's vocabulary.
            pull: how much the divergence from the answers counts beside the cross-entropy.
            device: where the guide is used.
        """
        asked = (numbers >= 0).nonzero().squeeze(1)
        found = numbers[asked].numpy()
        sayable = torch.zeros(size, dtype=torch.bool)
        sayable[torch.from_numpy(self.sayable.astype(np.int64))] = True
        words = torch.from_numpy(self.words[found].astype(np.int64))
        shares = torch.from_numpy(self.shares[found].astype(np.float32))
        return ListedGuide(
            asked,
            there(words, device),
            there(shares, device),
            there(sayable, device),
            pull,
        )


def checksum(tokenizer: Any) -> Vocabulary:
    """The checksum of a tokenizer's entries."""
    entries = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    return np.asarray([zlib.crc32(repr(entries).encode())], dtype=np.uint32)


def shard(folder: Path, number: int) -> Path:
    """The file of a shard."""
    return folder / f"answers-{number:05}.npz"


def write(
    path: Path,
    passages: Sequence[Passage],
    asked: Sequence[Asked],
    said: Sequence[tuple[NDArray[np.uint16], NDArray[np.float16]]],
    sayable: NDArray[np.int64],
    vocabulary: Vocabulary,
) -> None:
    """Write a shard, whole or not at all."""
    starts = np.cumsum([0, *(len(each.student) for each in asked)], dtype=np.int64)
    answers = Answers(
        ids=np.concatenate([np.asarray(each.student, dtype=np.uint16) for each in asked]),
        starts=starts,
        genres=np.asarray([passage.genre for passage in passages], dtype=np.str_),
        places=np.concatenate(
            [
                np.asarray(each.places, dtype=np.int64) + begin
                for each, begin in zip(asked, starts[:-1], strict=True)
            ]
        ),
        words=np.concatenate([words for words, _ in said]),
        shares=np.concatenate([shares for _, shares in said]),
        sayable=sayable.astype(np.uint16),
        vocabulary=vocabulary,
    )
    with files.writing(path) as file:
        np.savez(file, **{each.name: getattr(answers, each.name) for each in fields(answers)})


def load(folder: Path) -> Answers:
    """All shards of a folder, end to end.

    Raises:
        ValueError: there is none, or they are not of the same vocabularies.
    """
    shards = [_read(path) for path in sorted(folder.glob("answers-*.npz"))]
    if not shards:
        raise ValueError(f"{folder} holds no teacher's answers (answers-00000.npz ...)")
    first = shards[0]
    for other in shards:
        if not np.array_equal(other.vocabulary, first.vocabulary) or not np.array_equal(
            other.sayable, first.sayable
        ):
            raise ValueError(f"{folder} holds answers of different vocabularies")
    begins = np.cumsum([0, *(len(each.ids) for each in shards)], dtype=np.int64)
    moved = list(zip(shards, begins[:-1], strict=True))
    return Answers(
        ids=np.concatenate([each.ids for each in shards]),
        starts=np.concatenate([*(each.starts[:-1] + begin for each, begin in moved), begins[-1:]]),
        genres=np.concatenate([each.genres for each in shards]),
        places=np.concatenate([each.places + begin for each, begin in moved]),
        words=np.concatenate([each.words for each in shards]),
        shares=np.concatenate([each.shares for each in shards]),
        sayable=first.sayable,
        vocabulary=first.vocabulary,
    )


def _read(path: Path) -> Answers:
    with np.load(path) as found:
        return Answers(**{each.name: found[each.name] for each in fields(Answers)})
