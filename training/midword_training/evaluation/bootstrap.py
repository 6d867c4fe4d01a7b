"""Bootstrap intervals of keystroke savings, alone and of differences between paired runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from midword_training.evaluation.typing_simulator import TypedWord

Keys = Callable[[TypedWord], int]

SAMPLES = 2000


def resampled(
    words: Sequence[TypedWord], keys: Keys, samples: int = SAMPLES, seed: int = 42
) -> NDArray[np.float64]:
    """Keystroke savings [samples] over words drawn with replacement.

    Equal lengths and seeds draw equal places, so runs over the same words pair.
    """
    rng = np.random.default_rng(seed)
    used = np.asarray([keys(word) for word in words], dtype=np.float64)
    by_hand = np.asarray([word.by_hand for word in words], dtype=np.float64)
    found = np.empty(samples)
    for i in range(samples):
        drawn = rng.integers(len(words), size=len(words))
        found[i] = 1 - used[drawn].sum() / max(1.0, by_hand[drawn].sum())
    return found


def difference(
    before: Sequence[TypedWord], after: Sequence[TypedWord], keys: Keys
) -> tuple[float, float]:
    """The 95% interval of how much more `after` saves than `before` on the same words."""
    if [w.word for w in before] != [w.word for w in after]:
        raise ValueError("the two runs typed different words: their difference does not pair")
    low, high = np.quantile(resampled(after, keys) - resampled(before, keys), [0.025, 0.975])
    return float(low), float(high)
