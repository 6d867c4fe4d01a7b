"""How far a pre-training run is, and the learning rate there."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(slots=True)
class Course:
    """Where a run stands; all of it goes into the checkpoint."""

    step: int = 0
    tokens: int = 0
    epoch: int = 0
    block: int = 0
    cooldown_from: int = 0
    cooldown_tokens: int = 0

    def cool(self, tokens: int) -> None:
        """Let a cooldown of so many tokens begin here."""
        self.cooldown_from, self.cooldown_tokens = self.tokens, tokens

    def cooled(self) -> bool:
        """Whether a cooldown was begun and is over."""
        gone = self.tokens - self.cooldown_from
        return bool(self.cooldown_tokens) and gone >= self.cooldown_tokens


def learning_rate(progress: Course, warmup_steps: int) -> float:
    """The share of the peak rate: a linear warm-up, constant, and the cooldown once it is set.

    The cooldown falls as 1 - sqrt, the best of the shapes in Hägele et al. (2024),
    https://arxiv.org/abs/2405.18392.
    """
    scale = min(1.0, (progress.step + 1) / warmup_steps)
    if progress.cooldown_tokens:
        gone = (progress.tokens - progress.cooldown_from) / progress.cooldown_tokens
        scale *= max(0.0, 1.0 - math.sqrt(gone))
    return scale
