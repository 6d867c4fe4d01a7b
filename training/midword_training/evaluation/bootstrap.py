"""Bootstrap intervals of keystroke savings, alone and of differences between paired runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SAMPLES = 2000


def resampled(
    keys: Sequence[int], by_hand: Sequence[int], samples: int = SAMPLES, seed: int = 42
) -> NDArray[np.float64]:
    """Keystroke savings [samples] over words drawn with replacement.

    Equal lengths and seeds draw equal places, so runs over the same words pair.

    Args:
        keys: keystrokes that each word took, [words].
        by_hand: those that it takes without suggestions, [words].
        samples: how often as many words are drawn as there are.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    used, all_by_hand = np.asarray(keys, np.float64), np.asarray(by_hand, np.float64)
    found = np.empty(samples)
    for i in range(samples):
        drawn = rng.integers(len(used), size=len(used))
        found[i] = 1 - used[drawn].sum() / max(1.0, all_by_hand[drawn].sum())
    return found


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Between which 95% of resampled values lie."""
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
