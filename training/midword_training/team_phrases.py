"""The phrases of a team's documents, counted.

A few hundred documents teach a model of 20 million weights slowly; which words follow "feature
gate" in them can simply be counted. The tables are those of `midword.suggest.phrases`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from midword.suggest.phrases import PASSAGES
from midword.text.folding import fold
from midword.text.words import words
from midword_training.documents import TeamDocument
from midword_training.phrases import Pruning, write_phrases
from midword_training.team_words import TeamWords

PHRASES_FILE = "phrases.npz"

_PASSAGE_SHARE = 0.2  # the least share of what follows a passage
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


def write(
    path: Path, documents: Sequence[TeamDocument], team: TeamWords, *, passage_count: int = 2
) -> None:
    """Count the n-grams of words that stand in several documents.

    Passages of five to seven words are kept where they are found `passage_count` times (0: none).
    At 1 most of what any document says can be read out of the file.
    """
    known = [key for key, _ in team.counts.most_common() if team.spread[key] > 1][:_MOST_WORDS]
    numbers = {key: number for number, key in enumerate(known, 1)}
    stream: list[int] = []
    for document in documents:
        for paragraph in document.paragraphs:
            stream += (numbers.get(fold(match.group()), 0) for match in words(paragraph))
            stream += _PARAGRAPH_END
    passages = Pruning(passage_count, _PASSAGE_SHARE, 0.0)
    keep = {**_KEEP, **{each.name: passages for each in PASSAGES if passage_count}}
    write_phrases(path, ["", *known], np.asarray(stream, dtype=np.uint64), keep)
