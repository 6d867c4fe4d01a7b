"""Typing simulated with the model that training started from and with the one that it made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from midword.suggest.suggester import Suggester
from midword_training.evaluation.measures import typing_of
from midword_training.evaluation.typing_simulator import MODES


@dataclass(frozen=True, slots=True)
class Line:
    """Keystrokes saved in one mode, in per cent with 95% intervals; `low` to `high`: the gain's."""

    name: str
    before: float
    after: float
    difference: float
    low: float
    high: float
    before_interval: tuple[float, float]
    after_interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Before and after, on as many words in each mode."""

    words: int
    lines: tuple[Line, ...]


def compare(
    before: Suggester,
    after: Suggester,
    texts: Sequence[str],
    *,
    words: int,
    seed: int,
    on_words: Callable[[int], object] = lambda _: None,
) -> Comparison:
    """Type the same words of the texts with both; `on_words` hears how many more were typed."""
    new, old = (
        typing_of(each, texts, MODES, words=words, seed=seed, on_words=on_words)[0]
        for each in (after, before)
    )
    lines = []
    for mode in MODES:
        low, high = new[mode].gain_over(old[mode])
        saved, saves = old[mode].savings(), new[mode].savings()
        lines.append(
            Line(
                f"keystrokes saved, {mode.upper()}",
                100 * saved,
                100 * saves,
                100 * (saves - saved),
                100 * low,
                100 * high,
                _percent(old[mode].interval()),
                _percent(new[mode].interval()),
            )
        )
    return Comparison(len(new[MODES[0]].words), tuple(lines))


def _percent(interval: tuple[float, float]) -> tuple[float, float]:
    low, high = interval
    return 100 * low, 100 * high
