"""What the model is asked: rows of tokens with words hidden, and who may see whom.

Two kinds of rows. In a *plain* row whole words are masked and every token sees both sides: a gap in
the middle of a paragraph. In a *cursor* row every question is asked as a writer at the end of a
document asks it: a [MASK] that sees only what stands left of it. The masks are extra tokens beside
the text, at the positions of the words they stand for, and the text never sees them; so a row of 64
asks some fifteen such questions, each with the left context intact, for the price of one.

Left of the cursor the server's model reads in both directions. Therefore the text of a cursor row
is cut into chunks of a few words, and a token sees its own chunk and those before it. A mask sees
the chunks before its word, [CLS] and the closing [SEP]; [SEP] sees only itself, for it stands at
the row's end and would otherwise tell what comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

IGNORED = -100
"""The label of a position that asks nothing."""

_NEVER = 1 << 14
_MOST_PIECES = 4
_STARTS = ("Ġ", "▁")


@dataclass(frozen=True, slots=True)
class TokenKinds:
    """What masking needs to know about a vocabulary.

    Shapes: `starts_word` and `letters` [vocabulary] bool. `letters` marks tokens that may begin a
    word to be guessed: those that start a word and begin with a letter.
    """

    starts_word: NDArray[np.bool_]
    letters: NDArray[np.bool_]
    pad: int
    cls: int
    sep: int
    mask: int

    @classmethod
    def of(cls, tokenizer: Any) -> TokenKinds:
        """The kinds of a `transformers` tokenizer's tokens.

        WordPiece marks what goes on (`##ing`), byte-level BPE and Unigram what begins (`Ġthe`,
        `▁the`). Signs stand alone.
        """
        vocab: dict[str, int] = tokenizer.get_vocab()
        added = set(tokenizer.get_added_vocab())
        marks_starts = any(token.startswith(_STARTS) for token in vocab)
        size = max(vocab.values()) + 1
        starts, letters = np.ones(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
        special = set(tokenizer.all_special_ids)
        for token, i in vocab.items():
            if marks_starts and token not in added:
                marked = token.startswith(_STARTS)  # a mark alone begins a rare word
                starts[i] = marked or not token[:1].isalpha()
                letters[i] = marked and i not in special and (token[1:2] or "a").isalpha()
            else:
                starts[i] = not token.startswith("##")
                letters[i] = starts[i] and token[:1].isalpha() and i not in special
        return cls(
            starts,
            letters,
            tokenizer.pad_token_id,
            tokenizer.cls_token_id,
            tokenizer.sep_token_id,
            tokenizer.mask_token_id,
        )

    def words(self, ids: NDArray[np.int64]) -> tuple[list[int], list[int]]:
        """First and last + 1 token of each word of `ids`."""
        if not len(ids):
            return [], []
        first = np.flatnonzero(self.starts_word[ids]).tolist()
        if first[:1] != [0]:  # a text's first word may lack the mark of a start
            first.insert(0, 0)
        return first, [*first[1:], len(ids)]


@dataclass(slots=True)
class Row:
    """One row being built: parallel lists, one entry per token.

    A token q sees a token k when `seen[k] <= reach[q]`, or when both are masks of the same word
    (`group` equal and not 0).
    """

    ids: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    reach: list[int] = field(default_factory=list)
    group: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)

    def add(
        self, token: int, position: int, seen: int, reach: int, group: int = 0, label: int = IGNORED
    ) -> None:
        """Append a token."""
        self.ids.append(token)
        self.positions.append(position)
        self.seen.append(seen)
        self.reach.append(reach)
        self.group.append(group)
        self.labels.append(label)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as tensors [rows, length]; see `Row` for `seen`, `reach` and `group`, 16-bit here."""

    ids: torch.Tensor
    positions: torch.Tensor
    labels: torch.Tensor
    seen: torch.Tensor
    reach: torch.Tensor
    group: torch.Tensor

    @property
    def visible(self) -> torch.Tensor:
        """Who sees whom: [rows, 1, query, key] bool."""
        group = self.group
        together = (group[:, None, :] == group[:, :, None]) & (group > 0)[:, None, :]
        return (together | (self.seen[:, None, :] <= self.reach[:, :, None]))[:, None]

    @property
    def plain(self) -> bool:
        """Whether all tokens of a row see the same ones."""
        return not self.group.any() and bool((self.reach == self.reach[:, :1]).all())

    @property
    def questions(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Where the rows, end to end, ask, and the ids that are wanted there: both [questions]."""
        labels = self.labels.flatten()
        asked = (labels != IGNORED).nonzero().squeeze(1)
        return asked, labels[asked]

    def attention(self, dtype: torch.dtype) -> torch.Tensor:
        """`visible` as Hugging Face's attention adds it to its scores, eager or sdpa."""
        visible = self.visible
        hidden = torch.zeros(visible.shape, dtype=dtype, device=visible.device)
        return hidden.masked_fill_(~visible, torch.finfo(dtype).min)

    def split(self, count: int) -> list[Self]:
        """At most `count` batches of nearly equal size, views of this one."""
        parts = (value.tensor_split(min(count, len(self.ids))) for value in self.values())
        return [type(self)(*part) for part in zip(*parts, strict=True)]

    def only(self, rows: torch.Tensor) -> Self:
        """A batch of these rows."""
        return type(self)(*(value[rows] for value in self.values()))

    def to(self, device: torch.device) -> Self:
        """The batch there."""
        return type(self)(*(there(value, device) for value in self.values()))

    def pin_memory(self) -> Self:
        """The batch in memory that a GPU can read by itself."""
        return type(self)(*(value.pin_memory() for value in self.values()))

    def values(self) -> list[torch.Tensor]:
        """The tensors, in order."""
        return [getattr(self, each.name) for each in fields(self)]


def there(value: torch.Tensor, device: torch.device) -> torch.Tensor:
    """A tensor on a device; from pinned memory a copy runs beside other work."""
    if device.type == "cuda" and value.device.type == "cpu":
        value = value.pin_memory()
    return value.to(device, non_blocking=True)


def collate(rows: Sequence[Row], length: int, pad: int) -> Batch:
    """Pad rows to `length`."""
    shape = (len(rows), length)
    ids = np.full(shape, pad, dtype=np.int64)
    positions = np.zeros(shape, dtype=np.int64)
    labels = np.full(shape, IGNORED, dtype=np.int64)
    seen = np.full(shape, _NEVER, dtype=np.int16)
    reach, group = (np.zeros(shape, dtype=np.int16) for _ in range(2))
    for i, row in enumerate(rows):
        n = len(row.ids)
        ids[i, :n], positions[i, :n], labels[i, :n] = row.ids, row.positions, row.labels
        seen[i, :n], reach[i, :n], group[i, :n] = row.seen, row.reach, row.group
    return Batch(*map(torch.from_numpy, (ids, positions, labels, seen, reach, group)))


def plain_row(
    ids: NDArray[np.int64],
    kinds: TokenKinds,
    rate: float,
    rng: np.random.Generator,
    *,
    kept: float = 0.0,
    swapped: float = 0.0,
) -> Row:
    """[CLS] text [SEP] with about `rate` of the whole words hidden, at least one.

    A hidden word becomes [MASK]s, but stays as it is with probability `kept` and becomes random
    tokens with probability `swapped` (BERT's recipe is 0.1 of each; the server only asks masks).
    """
    first, last = kinds.words(ids)
    candidates = [w for w, start in enumerate(first) if kinds.letters[ids[start]]]
    draws = rng.random(len(candidates))
    chosen = {w for w, draw in zip(candidates, draws, strict=True) if draw < rate}
    if candidates and not chosen:
        chosen = {candidates[int(draws.argmin())]}
    row = Row()
    row.add(kinds.cls, 0, 0, 0)
    for w, (start, end) in enumerate(zip(first, last, strict=True)):
        way = rng.random() if w in chosen and (kept or swapped) else 1.0
        for i in range(start, end):
            token = int(ids[i])
            label = token if w in chosen else IGNORED
            if w in chosen and way >= kept:
                random_token = way < kept + swapped
                token = int(rng.integers(len(kinds.letters))) if random_token else kinds.mask
            row.add(token, i + 1, 0, 0, label=label)
    row.add(kinds.sep, len(ids) + 1, 0, 0)
    return row


def cursor_row(
    ids: NDArray[np.int64],
    kinds: TokenKinds,
    length: int,
    chunk_tokens: Sequence[int],
    rng: np.random.Generator,
) -> Row:
    """As much of the text as fits `length` together with the masks that ask for its words.

    The row's mean chunk is drawn from `chunk_tokens`, and each chunk's from that mean.
    """
    mean = float(rng.choice(np.asarray(chunk_tokens)))
    draw = rng.exponential(mean - 1, size=length).astype(np.int64) + 1 if mean > 1 else [1] * length
    row = Row()
    row.add(kinds.cls, 0, 0, 0)
    chunk, left, used, budget = 0, int(draw[0]), 0, length - 2
    for start, end in zip(*kinds.words(ids), strict=True):
        size = end - start
        asked = left <= 0 and size <= _MOST_PIECES and bool(kinds.letters[ids[start]])
        if asked:
            if used + size > budget:
                break
            for i in range(start, end):
                row.add(kinds.mask, i + 1, _NEVER, chunk, chunk + 1, int(ids[i]))
            used += size
            chunk += 1
            left = int(draw[chunk])
        if used + size > budget:
            break
        for i in range(start, end):
            row.add(int(ids[i]), i + 1, chunk, chunk)
        used += size
        left -= size
    row.add(kinds.sep, max(row.positions) + 1, -1, -1)
    return row


def gap_row(
    left: Sequence[int], word: Sequence[int], right: Sequence[int], kinds: TokenKinds
) -> Row:
    """One gap exactly as the server asks it: [CLS] left [MASK]... right [SEP]."""
    row = Row()
    row.add(kinds.cls, 0, 0, 0)
    for token in left:
        row.add(token, len(row.ids), 0, 0)
    for token in word:
        row.add(kinds.mask, len(row.ids), 0, 0, label=token)
    for token in right:
        row.add(token, len(row.ids), 0, 0)
    row.add(kinds.sep, len(row.ids), 0, 0)
    return row
