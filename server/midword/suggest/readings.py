"""What the model said of gaps: read once, kept for the letters to come."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from midword.model.masked_lm import Gap, MaskedLM

Distribution = npt.NDArray[np.float32]
"""Probabilities of the vocabulary's words at a gap, [words]."""

# Words of several pieces whose score is kept: those that somebody looked at lately.
_SCORES = 256


class Reading(NamedTuple):
    """Something to ask the model.

    Attributes:
        gap: where.
        word: None to ask for the distribution there; a word to ask how likely it is.
    """

    gap: Gap
    word: str | None = None


class UnreadError(LookupError):
    """The model was not asked this yet; whoever has its thread reads it and begins again."""

    def __init__(self, reading: Reading) -> None:
        super().__init__("a gap is not read yet")
        self.reading = reading


class Readings:
    """A model's answers, the latest ones kept.

    Safe to use from several threads; only `read` runs the model.

    Args:
        model: the resident model.
        size: distributions that are kept (0.1 MB each for 30,000 words).
        on_demand: whether what was not read is read at once, by whoever asks; else it is an
            :class:`UnreadError`.
    """

    def __init__(self, model: MaskedLM, *, size: int, on_demand: bool) -> None:
        self.model = model
        self.size = size
        self.passes = 0  # forward passes so far, a batch of gaps counting as its gaps
        self._on_demand = on_demand
        self._lock = threading.Lock()
        self._distributions: OrderedDict[Gap, Distribution] = OrderedDict()
        self._scores: OrderedDict[Reading, float] = OrderedDict()

    def knows(self, reading: Reading) -> bool:
        """Whether the model was asked this, and its answer is kept."""
        if reading.word is None:
            return reading.gap in self._distributions
        return reading in self._scores

    def distribution(self, gap: Gap) -> Distribution:
        """The distribution at a gap.

        Raises:
            UnreadError: it is not read, and not to be read here.
        """
        reading = Reading(gap)
        while True:
            with self._lock:
                if (known := self._distributions.get(gap)) is not None:
                    self._distributions.move_to_end(gap)
                    return known
            self._read_or_raise(reading)

    def score(self, gap: Gap, word: str) -> float:
        """The log-probability of a word of any number of pieces at a gap.

        Raises:
            UnreadError: as for :meth:`distribution`.
        """
        reading = Reading(gap, word)
        while True:
            with self._lock:
                if (known := self._scores.get(reading)) is not None:
                    self._scores.move_to_end(reading)
                    return known
            self._read_or_raise(reading)

    def read(self, wanted: Sequence[Reading]) -> None:
        """Ask the model: gaps together in as few passes as its runtime allows.

        Raises:
            ModelError: it failed.
        """
        gaps = list(dict.fromkeys(reading.gap for reading in wanted if reading.word is None))
        if gaps:
            found = self.model.word_probabilities(gaps)
            with self._lock:
                self.passes += len(gaps)
                for gap, probabilities in zip(gaps, found, strict=True):
                    self._distributions[gap] = probabilities
                    self._distributions.move_to_end(gap)
                while len(self._distributions) > max(self.size, len(gaps)):
                    self._distributions.popitem(last=False)
        for reading in wanted:
            if reading.word is not None:
                (score,) = self.model.score_words(reading.gap, [reading.word])
                with self._lock:
                    self._scores[reading] = float(score)
                    while len(self._scores) > _SCORES:
                        self._scores.popitem(last=False)

    def forget(self) -> None:
        """Ask the model anew from now on."""
        with self._lock:
            self._distributions.clear()
            self._scores.clear()

    def _read_or_raise(self, reading: Reading) -> None:
        if not self._on_demand:
            raise UnreadError(reading)
        self.read([reading])
