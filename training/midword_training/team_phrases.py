"""The phrases of a team's documents, and how much they are to be trusted beside the model.

A few hundred documents teach a model of 20 million weights slowly; which words follow "feature
gate" in them can simply be counted. The tables are those of `midword.suggest.phrases`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from midword.suggest.mixture import MOST_LETTERS, Mixture, situation
from midword.suggest.suggester import Suggester
from midword.text.folding import fold
from midword.text.words import words
from midword_training import fit
from midword_training.documents import TeamDocument
from midword_training.phrases import Pruning, write_phrases
from midword_training.team_words import TeamWords

PHRASES_FILE = "phrases.npz"
MIXTURE_FILE = "mixture.json"

_KEEP = {
    "l2r1": Pruning(2, 0.05, 0.4),
    "l1r2": Pruning(2, 0.05, 0.4),
    "l1r1": Pruning(2, 0.03, 0.3),
    "l3r0": Pruning(2, 0.05, 0.4),
    "l2r0": Pruning(2, 0.02, 0.3),
    "l0r2": Pruning(2, 0.05, 0.4),
    "l1r0": Pruning(2, 0.005, 0.0),
    "l0r1": Pruning(2, 0.005, 0.0),
}
_MOST_WORDS = 65_000  # ids are 16 bits
_PARAGRAPH_END = [0, 0, 0]  # so that no context reaches over
_GAPS = 600  # words that the weights are fitted on
_LEAST_GAPS = 200
_UNFITTED = 0.2  # the phrases' weight where there is too little text to fit it


def write(path: Path, documents: Sequence[TeamDocument], team: TeamWords) -> None:
    """Count the n-grams of words that stand in several documents."""
    known = [key for key, _ in team.counts.most_common() if team.spread[key] > 1][:_MOST_WORDS]
    numbers = {key: number for number, key in enumerate(known, 1)}
    stream: list[int] = []
    for document in documents:
        for paragraph in document.paragraphs:
            stream += (numbers.get(fold(match.group()), 0) for match in words(paragraph))
            stream += _PARAGRAPH_END
    write_phrases(path, ["", *known], np.asarray(stream, dtype=np.uint64), _KEEP)


def weights(suggester: Suggester, base: Mixture, texts: Sequence[str], seed: int) -> Mixture:
    """The mixture's weights that make these texts likeliest; a guess if they are too short."""
    total = sum(len(text) for text in texts) or 1
    found: dict[str, list[fit.Example]] = {}
    for text in texts:
        gaps = max(1, round(_GAPS * len(text) / total))
        for row, examples in fit.examples(suggester, [text], gaps=gaps, seed=seed).items():
            found.setdefault(row, []).extend(examples)
    result: dict[str, dict[str, float]] = {}
    for letters in range(MOST_LETTERS + 1):
        for has_right in (False, True):
            row = situation(letters, has_right)
            if len(found.get(row, [])) >= _LEAST_GAPS:
                result[row], _ = fit.fit(found[row])
            else:
                usual = base.of(letters, has_right)
                result[row] = {name: weight * (1 - _UNFITTED) for name, weight in usual.items()}
                result[row]["team"] = _UNFITTED * sum(usual.values())
    return Mixture(result)
