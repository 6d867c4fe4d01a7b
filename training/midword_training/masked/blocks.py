"""Documents as blocks of tokens, and blocks as masked rows.

A row is a pure function of the seed, the epoch and its place in the epoch, so a resumed run, or
one on several processes, sees the very rows of an uninterrupted single one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from midword_training.documents.document import TeamDocument
from midword_training.masked import network
from midword_training.masked.masking import IGNORED, Row, TokenKinds, cursor_row, plain_row
from midword_training.masked.tokens import Ids, Tokens
from midword_training.settings import TrainingSettings

_VALIDATION = 1_000_003  # the "epoch" whose masks the validation rows keep
_SHORTEST = 8  # tokens: a shorter block is mostly padding
_CHUNK_TOKENS = (2, 3, 5, 8)  # mean distances between the questions of a cursor row


class Blocks(Sequence[Ids]):
    """Blocks of a token store, read when they are asked for; `bounds` [blocks, 2] in its ids."""

    def __init__(self, tokens: Tokens, bounds: NDArray[np.int64]) -> None:
        self._tokens, self.bounds = tokens, bounds

    def __len__(self) -> int:
        return len(self.bounds)

    @overload
    def __getitem__(self, number: int) -> Ids: ...

    @overload
    def __getitem__(self, number: slice) -> Blocks: ...

    def __getitem__(self, number: int | slice) -> Ids | Blocks:
        if isinstance(number, slice):
            return Blocks(self._tokens, self.bounds[number])
        begin, end = self.bounds[number].tolist()
        return self._tokens.between(begin, end)


class BlockedText:
    """The blocks of some documents' tokens.

    `across_documents`: everything end to end, each text in its special tokens, cut every
    `block_tokens`, the rest dropped. Otherwise each document apart, cut anew in every epoch. What
    is confidential is a mask that no row asks for.
    """

    def __init__(self, tokens: Tokens, kinds: TokenKinds, settings: TrainingSettings) -> None:
        self.across = settings.across_documents
        self.length = settings.block_tokens if self.across else settings.block_tokens - 2
        self.seed, self.limit = settings.seed, settings.max_blocks
        self._tokens, self.kinds = tokens, kinds
        self._last: tuple[int, Blocks] | None = None

    @classmethod
    def of(
        cls, documents: Iterable[TeamDocument], tokenizer: Any, settings: TrainingSettings
    ) -> BlockedText:
        """Tokenise some documents into memory."""
        tokens = Tokens.of(documents, tokenizer, special=settings.across_documents)
        return cls(tokens, TokenKinds.of(tokenizer), settings)

    @property
    def tokens(self) -> int:
        """Tokens of all documents."""
        return len(self._tokens)

    def fingerprint(self) -> int:
        """A checksum that tells whether a resumed run reads what the first one read."""
        return zlib.crc32(self.epoch(0).bounds.tobytes(), self._tokens.checksum)

    def epoch(self, number: int) -> Blocks:
        """The blocks of one pass in the order in which they are trained on."""
        if self._last is not None and self._last[0] == number:
            return self._last[1]
        rng = np.random.default_rng((self.seed, number))
        bounds = self._everything() if self.across else self._each_document(rng)
        bounds = bounds[rng.permutation(len(bounds))]
        if self.limit and not self.across:
            bounds = bounds[: self.limit]
        blocks = Blocks(self._tokens, bounds)
        self._last = number, blocks
        return blocks

    def _everything(self) -> NDArray[np.int64]:
        """The bounds of blocks that run on over the ends of documents."""
        count = len(self._tokens) // self.length
        begin = np.arange(count, dtype=np.int64) * self.length
        if self.limit and count > self.limit:
            begin = begin[np.random.default_rng(self.seed).permutation(count)[: self.limit]]
        return np.stack([begin, begin + self.length], axis=1)

    def _each_document(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """The bounds of blocks that stay within a document, cut from a random place on."""
        starts, length = self._tokens.starts, self.length
        sizes = np.diff(starts)
        first = np.zeros(len(sizes), dtype=np.int64)
        long = sizes > length
        first[long] = rng.integers(0, length, size=int(long.sum()))
        first[first == 0] = length
        inner = np.maximum(0, -(-(sizes - first) // length))
        document = np.repeat(np.arange(len(sizes)), inner + 2)  # each cut, and both ends
        ends = np.cumsum(inner + 2)
        within = np.arange(len(document)) - np.repeat(ends - inner - 2, inner + 2)
        cuts = starts[document] + first[document] + (within - 1) * length
        cuts[within == 0] = starts[:-1]
        cuts[ends - 1] = starts[1:]
        inside = (within > 0) & (within <= inner[document])
        cuts[inside] = self._to_word_starts(cuts[inside], starts[document[inside]])
        bounds = np.stack([cuts[:-1], cuts[1:]], axis=1)
        kept = (document[:-1] == document[1:]) & (bounds[:, 1] - bounds[:, 0] >= _SHORTEST)
        return bounds[kept]

    def _to_word_starts(
        self, cuts: NDArray[np.int64], starts: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The last word start at or before each cut, so that no block begins inside a word."""
        moved = cuts.copy()
        inside = np.arange(len(cuts))
        for _ in range(self.length // 2):
            words = self.kinds.starts_word[self._tokens.at(moved[inside])]
            inside = inside[~words & (moved[inside] > starts[inside])]
            moved[inside] -= 1
        return moved

    def validation(self) -> Blocks:
        """The blocks whose loss is measured: always the same."""
        return self.epoch(_VALIDATION)


class Masking:
    """Blocks to rows by the settings' mixture of objectives."""

    def __init__(self, kinds: TokenKinds, model_type: str, settings: TrainingSettings) -> None:
        self.kinds, self.settings = kinds, settings
        self.many_questions = model_type in network.ROLES_BY_POSITION

    def row(self, block: Ids, epoch: int, place: int) -> Row:
        """The row at `place` of `epoch`; the same whenever it is asked for."""
        wanted, kinds = self.settings, self.kinds
        rng = np.random.default_rng((wanted.seed, epoch, place))
        if wanted.across_documents:
            return standard_row(block, kinds, rng, wanted)
        if rng.random() < wanted.cursor_share:
            if self.many_questions:
                return cursor_row(block, kinds, wanted.block_tokens, _CHUNK_TOKENS, rng)
            return cut_row(block, kinds, wanted.mask_rate, rng)
        if wanted.whole_words:
            rate, ways = wanted.mask_rate, {"kept": wanted.kept, "swapped": wanted.swapped}
            return plain_row(block, kinds, rate, rng, **ways)
        return standard_row(np.asarray([kinds.cls, *block, kinds.sep]), kinds, rng, wanted)

    def validation_row(self, block: Ids, place: int) -> Row:
        """A row of the validation set: its masks are drawn once, for all epochs and for ever."""
        return self.row(block, _VALIDATION, place)


class EpochRows(Dataset[Row]):
    """The rows of one epoch, each masked when it is asked for, whoever asks."""

    def __init__(self, blocks: Blocks, masking: Masking, epoch: int) -> None:
        self._blocks, self._masking, self._epoch = blocks, masking, epoch

    def __len__(self) -> int:
        return len(self._blocks)

    def __getitem__(self, place: int) -> Row:
        """The row at a place of the epoch."""
        return self._masking.row(self._blocks[place], self._epoch, place)


def standard_row(
    block: Ids, kinds: TokenKinds, rng: np.random.Generator, wanted: TrainingSettings
) -> Row:
    """BERT's masking (Devlin et al. 2019), token by token; the block holds its special tokens.

    Of the chosen tokens, `kept` stay, `swapped` become random ones, the rest [MASK].
    """
    special = np.isin(block, (kinds.cls, kinds.sep, kinds.pad, kinds.mask))
    chosen = (rng.random(len(block)) < wanted.mask_rate) & ~special
    way = rng.random(len(block))
    shown = np.where(chosen & (way >= wanted.kept + wanted.swapped), kinds.mask, block)
    random_tokens = rng.integers(0, len(kinds.letters), size=len(block))
    swap = chosen & (way >= wanted.kept) & (way < wanted.kept + wanted.swapped)
    shown = np.where(swap, random_tokens, shown)
    labels = np.where(chosen, block, IGNORED)
    none = [0] * len(block)
    return Row(shown.tolist(), list(range(len(block))), none, none, none, labels.tolist())


def cut_row(block: Ids, kinds: TokenKinds, rate: float, rng: np.random.Generator) -> Row:
    """Cursor masking for any architecture: the row ends with a masked word at a random place.

    Words left of it are masked at `rate`, so that the row asks more than one question.
    """
    first, last = kinds.words(block)
    candidates = [i for i, start in enumerate(first) if start and kinds.letters[block[start]]]
    if not candidates:
        return plain_row(block, kinds, rate, rng)
    word = candidates[int(rng.integers(len(candidates)))]
    row = plain_row(block[: first[word]], kinds, rate, rng)
    end = row.ids.pop()
    for track in (row.positions, row.seen, row.reach, row.group, row.labels):
        track.pop()
    for token in block[first[word] : last[word]]:
        row.add(kinds.mask, len(row.ids), 0, 0, label=int(token))
    row.add(end, len(row.ids), 0, 0)
    return row
