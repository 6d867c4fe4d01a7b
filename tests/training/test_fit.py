"""The fits find what made the data."""

import numpy as np
import pytest

from midword.suggest.mixture import AGREEING, SOURCES
from midword.suggest.ranking import Candidates
from midword_training.fit import Example, fit, fit_powers


def test_a_source_is_trusted_as_often_as_it_is_right() -> None:
    random = np.random.default_rng(0)
    data: list[Example] = []
    for _ in range(2000):
        drawn_from = int(random.random() < 0.25)  # else from the model
        right = [0.0] * len(SOURCES)
        # Each word belongs to one source alone: the shares are the frequencies.
        right[SOURCES.index(("model", "phrases")[drawn_from])] = 0.1
        data.append((right, [1.0] * len(SOURCES)))
    weights, _ = fit(data)
    assert weights["model"] == pytest.approx(0.75, abs=0.04)
    assert weights["phrases"] == pytest.approx(0.25, abs=0.04)


def test_the_powers_are_those_that_the_choices_were_made_by() -> None:
    random = np.random.default_rng(1)
    wanted = np.array([0.6, -0.4, 0.2, 0.0, 0.0])
    data = []
    for _ in range(4000):
        scores = random.dirichlet(np.full(12, 0.5)) + 1e-6
        agreement = random.normal(scale=2, size=(12, len(AGREEING)))
        logits = 0.7 * np.log(scores) + agreement @ wanted
        right = int((logits + random.gumbel(size=12)).argmax())
        keys = [str(n) for n in range(12)]
        listed = Candidates(keys, scores, agreement, ["model"] * 12, {}, 0.0)
        data.append((listed, right))
    mixed, powers, before, after = fit_powers(data)
    assert mixed == pytest.approx(0.7, abs=0.08)
    assert list(powers.values()) == pytest.approx(list(wanted), abs=0.06)
    assert after < before
