"""Documents as blocks of tokens, and blocks as masked rows.

A row is a pure function of the seed, the epoch and its place in the epoch, so a resumed run, or
one on several processes, sees the very rows of an uninterrupted single one.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from midword_training.confidentiality.redaction import HIDDEN
from midword_training.documents.document import TeamDocument
from midword_training.masked import network
from midword_training.masked.masking import IGNORED, Row, TokenKinds, cursor_row, plain_row
from midword_training.settings import Settings

Ids = NDArray[np.int64]

_VALIDATION = 1_000_003  # the "epoch" whose masks the validation rows keep
_SHORTEST = 8  # tokens: a shorter block is mostly padding
_CHUNK_TOKENS = (2, 3, 5, 8)  # mean distances between the questions of a cursor row


class BlockedText:
    """The blocks of some documents.

    `across_documents`: everything end to end, each text in its special tokens, cut every
    `block_tokens`, the rest dropped. Otherwise each document apart, cut anew in every epoch. What
    is confidential is a mask that no row asks for.
    """

    def __init__(
        self, documents: Sequence[TeamDocument], tokenizer: Any, settings: Settings
    ) -> None:
        self.across = settings.across_documents
        self.length = settings.block_tokens if self.across else settings.block_tokens - 2
        self.seed, self.limit = settings.seed, settings.max_blocks
        encodings = _whole(tokenizer).encode_batch_fast(
            [document.text.replace(HIDDEN, tokenizer.mask_token) for document in documents],
            add_special_tokens=self.across,
        )
        self.documents = [np.asarray(encoding.ids, dtype=np.int64) for encoding in encodings]
        self.kinds = TokenKinds.of(tokenizer)
        self._fixed = self._join() if self.across else None

    @property
    def tokens(self) -> int:
        """Tokens of all documents."""
        return sum(map(len, self.documents))

    def _join(self) -> list[Ids]:
        stream = np.concatenate(self.documents) if self.documents else np.empty(0, np.int64)
        count = len(stream) // self.length
        blocks = list(stream[: count * self.length].reshape(count, self.length))
        if self.limit and count > self.limit:
            chosen = np.random.default_rng(self.seed).permutation(count)[: self.limit]
            blocks = [blocks[i] for i in chosen]
        return blocks

    def epoch(self, number: int) -> list[Ids]:
        """The blocks of one pass in the order in which they are trained on."""
        rng = np.random.default_rng((self.seed, number))
        if self._fixed is not None:
            return [self._fixed[i] for i in rng.permutation(len(self._fixed))]
        blocks: list[Ids] = []
        for ids in self.documents:
            first = int(rng.integers(0, self.length)) if len(ids) > self.length else 0
            edges = [0, *range(first or self.length, len(ids), self.length), len(ids)]
            cuts = [self._to_word_start(ids, edge) for edge in edges]
            blocks += [ids[a:b] for a, b in pairwise(cuts) if b - a >= _SHORTEST]
        blocks = [blocks[i] for i in rng.permutation(len(blocks))]
        return blocks[: self.limit] if self.limit else blocks

    def validation(self) -> list[Ids]:
        """The blocks whose loss is measured: always the same."""
        return self.epoch(_VALIDATION)

    def _to_word_start(self, ids: Ids, cut: int) -> int:
        """The last word start at or before `cut`, so that no block begins inside a word."""
        at = cut
        while (
            0 < at < len(ids)
            and not self.kinds.starts_word[ids[at]]
            and cut - at < self.length // 2
        ):
            at -= 1
        return at


def _whole(tokenizer: Any) -> Any:
    """The tokenizer itself without what its file may say of truncation and padding."""
    backend = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    backend.no_truncation()
    backend.no_padding()
    return backend


class Masking:
    """Blocks to rows by the settings' mixture of objectives."""

    def __init__(self, kinds: TokenKinds, model_type: str, settings: Settings) -> None:
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


def standard_row(block: Ids, kinds: TokenKinds, rng: np.random.Generator, wanted: Settings) -> Row:
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


def fingerprint(blocks: Sequence[Ids]) -> int:
    """A checksum that tells whether a resumed run reads what the first one read."""
    value = 0
    for block in blocks:
        value = zlib.crc32(block.tobytes(), value)
    return value
