"""A masked language model that is asked about gaps: which word stands at the mask?"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import tokenizers

from midword import files
from midword.model import devices
from midword.model.errors import ModelError, native_errors
from midword.model.json_file import MOST_OF_TOKENIZER
from midword.model.manifest import Manifest
from midword.model.runtime import Floats, Ids, Rows, Runtime
from midword.model.vocabulary import Vocabulary

Number = TypeVar("Number", np.float32, np.float64)

# A right context longer than this share of a row tells little more and pushes the left one out.
_RIGHT_SHARE = 0.375
# Tokens of prose with their blank are shorter on average: what can't fit a row isn't tokenized.
_CHARACTERS_PER_TOKEN = 6


class Gap(NamedTuple):
    """The text left and right of a missing word."""

    left: str
    right: str


def softmax(logits: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Probabilities of logits along the last axis, in their own precision."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


class MaskedLM:
    """A tokenizer and a runtime, asked about gaps.

    Args:
        folder: the model folder with ``tokenizer.json``.
        manifest: its special tokens and row length.
        runtime: what runs it.

    Raises:
        ModelError: the tokenizer can't be read.
        DeviceError: the device's memory is too small.
    """

    def __init__(self, folder: Path, manifest: Manifest, runtime: Runtime) -> None:
        self.name = manifest.name
        self.folder = folder
        self.language = manifest.language
        self.vocabulary = Vocabulary.from_file(folder / "tokenizer.json")
        path = folder / "tokenizer.json"
        if not len(self.vocabulary):
            raise ModelError(f"{path} has no whole words: use another model")
        with native_errors(f"{path} can't be read"):
            data = files.read_bytes(path, MOST_OF_TOKENIZER)
            self._tokenizer = tokenizers.Tokenizer.from_buffer(data)
            self._tokenizer.no_truncation()
            self._tokenizer.no_padding()
        specials = (manifest.mask_id, manifest.begin_id, manifest.end_id, manifest.pad_id)
        if max(int(self.vocabulary.ids.max()), *specials) >= runtime.tokens:
            raise ModelError(
                f"{folder} has tokens beyond its {runtime.tokens} embeddings; get the model again"
            )
        self._manifest = manifest
        self._runtime = runtime
        with native_errors(f"{folder} can't be read"), devices.failures(runtime.device):
            self._words = runtime.probabilities_of(self.vocabulary.ids)

    @property
    def runtime(self) -> str:
        """What runs it: see :class:`midword.model.runtime.Runtime`, as for `device`."""
        return self._runtime.name

    @property
    def device(self) -> str:
        """Where it runs."""
        return self._runtime.device

    @property
    def trouble(self) -> str:
        """Why it doesn't run where it should, for the writer; "" if it does."""
        return self._runtime.trouble

    @property
    def batch(self) -> int:
        """The most gaps that gain from being asked together."""
        return self._runtime.batch

    def word_probabilities(self, gaps: Sequence[Gap]) -> list[Floats]:
        """How likely the vocabulary's words are at each gap: a pass for each batch of gaps.

        Returns:
            For each gap an array of its own, float32 [len(self.vocabulary)], which sums to 1.

        Raises:
            ModelError: the pass fails, or what comes out are no probabilities.
            DeviceError: so it is on a card, where the processor may do better.
        """
        with self._passing():
            encoded = [self._row(*self._encode(gap), masks=1) for gap in gaps]
            # Copies, for a row that is kept must not keep its batch.
            return [row.copy() for rows in self._batches(encoded) for row in self._read(rows)]

    def pieces(self, word: str) -> list[int]:
        """A word's token ids as they stand after a blank.

        Raises:
            ModelError: the tokenizer fails.
        """
        with self._passing():
            ids: list[int] = self._tokenizer.encode("a " + word, add_special_tokens=False).ids
            return ids[len(self._tokenizer.encode("a", add_special_tokens=False).ids) :]

    def score_words(self, gap: Gap, words: Sequence[str]) -> Floats:
        """Log-probability at the gap of words of any number of pieces.

        Each piece is given those before it, later ones are masked: PLL-word-l2r of Kauf and
        Ivanova (2023), https://arxiv.org/abs/2305.10588. Single-piece words share one pass.

        Returns:
            float32 [len(words)], natural logarithms.

        Raises:
            ModelError: as for :meth:`word_probabilities`.
        """
        with self._passing():
            return self._scores(gap, words)

    def _read(self, rows: Rows) -> Floats:
        found = self._words(rows)
        if found.shape != (len(rows.ids), len(self.vocabulary)):
            raise ValueError("what comes out are too few probabilities")
        _check(found[:, 0])  # a logit that is no number makes its whole row so
        return found

    def _scores(self, gap: Gap, words: Sequence[str]) -> Floats:
        left, right = self._encode(gap)
        encoded: list[tuple[list[int], int]] = []
        asked: dict[tuple[int, ...], int] = {}  # masks and pieces before -> row
        steps: list[tuple[int, int, int]] = []  # word, row, piece
        for number, word in enumerate(words):
            pieces = self.pieces(word)
            for place, piece in enumerate(pieces):
                key = (len(pieces), *pieces[:place])
                if key not in asked:
                    asked[key] = len(encoded)
                    masks = len(pieces) - place
                    encoded.append(self._row(left + pieces[:place], right, masks=masks))
                steps.append((number, asked[key], piece))
        scores = np.full(len(words), -np.inf, dtype=np.float32)
        if not steps:
            return scores
        of_word, at, tokens = np.array(steps, dtype=np.int64).T
        scores[of_word] = 0.0
        begin = 0
        for rows in self._batches(encoded):
            here = (begin <= at) & (at < begin + len(rows.ids))
            found = self._runtime.log_probabilities(rows, at[here] - begin, tokens[here])
            _check(found)
            np.add.at(scores, of_word[here], found)
            begin += len(rows.ids)
        return scores

    @contextmanager
    def _passing(self) -> Iterator[None]:
        what = f"the model in {self.folder} fails while it reads"
        with native_errors(what), devices.failures(self.device):
            yield

    def _encode(self, gap: Gap) -> tuple[list[int], list[int]]:
        """Token ids of the two contexts, before they are cut to a row."""
        room = self._manifest.length - 3

        def tokens(text: str) -> list[int]:
            ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
            return ids

        def right_of_gap(most: int) -> list[int]:
            text = gap.right[: most * _CHARACTERS_PER_TOKEN].rstrip()
            return tokens(text) if text else []

        right = right_of_gap(int(room * _RIGHT_SHARE))
        left = tokens(gap.left[-(room - len(right)) * _CHARACTERS_PER_TOKEN :].rstrip())
        if room - len(left) > len(right):  # few words stand before the gap: more after it
            right = right_of_gap(room - len(left))
        return left, right

    def _row(self, left: list[int], right: list[int], *, masks: int) -> tuple[list[int], int]:
        """One row of token ids, the nearest context kept, and the first mask's place in it."""
        room = self._manifest.length - 2 - masks
        right = right[: max(int(room * _RIGHT_SHARE), room - len(left))]
        left = left[max(0, len(left) - (room - len(right))) :]
        mask = [self._manifest.mask_id] * masks
        row = [self._manifest.begin_id, *left, *mask, *right, self._manifest.end_id]
        return row, 1 + len(left)

    def _batches(self, encoded: Sequence[tuple[list[int], int]]) -> Iterator[Rows]:
        """Rows and their masks' places, as many together as the runtime takes."""
        for begin in range(0, len(encoded), self.batch):
            part = encoded[begin : begin + self.batch]
            longest = max(len(row) for row, _ in part)
            ids: Ids = np.full((len(part), longest), self._manifest.pad_id, dtype=np.int64)
            attention: Ids = np.zeros((len(part), longest), dtype=np.int64)
            for index, (row, _) in enumerate(part):
                ids[index, : len(row)] = row
                attention[index, : len(row)] = 1
            if int(ids.max()) >= self._runtime.tokens:
                raise ValueError("its tokenizer has tokens that it has no embeddings of")
            yield Rows(ids, attention, np.array([place for _, place in part], dtype=np.int64))


def _check(values: Floats) -> None:
    """Raises ValueError where values are no numbers."""
    if not np.isfinite(values).all():
        raise ValueError("what comes out are no numbers")
