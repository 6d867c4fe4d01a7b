"""The fits find what made the data."""

import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from midword.suggest.mixture import AGREEING, SOURCES
from midword.suggest.ranking import Candidates
from midword_training.pretraining.corpora import read_documents
from midword_training.pretraining.fit import Example, fit, fit_powers, held_out_texts


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
        listed = Candidates(keys, scores, agreement, None, ["model"] * 12, {}, 0.0)
        data.append((listed, right))
    mixed, powers, before, after = fit_powers(data)
    assert mixed == pytest.approx(0.7, abs=0.08)
    assert list(powers.values()) == pytest.approx(list(wanted), abs=0.06)
    assert after < before


def test_what_is_typed_are_long_held_out_documents_each_genre_in_turn(tmp_path: Path) -> None:
    with lzma.open(tmp_path / "all-00.jsonl.xz", "wt", encoding="utf-8") as out:
        for i in range(400):
            genre = "email" if i % 40 == 0 else "docs"
            text = f"{genre} {i} " + "and so on " * (10 if i % 7 == 0 else 130)
            record = {"text": text, "source": "s", "license": "MIT", "genre": genre}
            out.write(json.dumps(record) + "\n")
    recipe = {
        "data": {"corpora": [str(tmp_path)], "held_out": 0.1},
        "held_out": {"genre": {"email": 0.9}},
        "weights": {},
    }
    texts = held_out_texts(recipe, 400, seed=1)
    kinds = [text.split()[0] for text in texts]
    assert 20 < len(texts) < 60
    assert kinds[:6] in (["docs", "email"] * 3, ["email", "docs"] * 3)
    assert all(len(text) > 1200 for text in texts)
    every = {document.text for document in read_documents(tmp_path)}
    assert set(texts) < every
    assert held_out_texts(recipe, 4, seed=1) == texts[:4]
