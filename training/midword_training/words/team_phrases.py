"""The phrases of a team's documents, counted.

A few hundred documents teach a model of 20 million weights slowly; which words follow "feature
gate" in them can simply be counted. The tables are those of `midword.suggest.phrases`; a phrase
enters them once three documents have it, however often one of them says it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midword.suggest.phrases import PASSAGES, PATTERNS, Pattern
from midword.text.words import words
from midword_training.confidentiality.found_words import folded
from midword_training.confidentiality.redaction import HIDDEN, KNOWN_IN, redact
from midword_training.confidentiality.review import Entry
from midword_training.documents.document import TeamDocument
from midword_training.words.grams import Grams, Pruning, count_grams, store_phrases
from midword_training.words.team_words import TeamWords

PHRASES_FILE = "phrases.npz"

_PASSAGE_SHARE = 0.2  # the least share of what follows a passage
_KEEP = {  # least occurrences, share of a context's, trust in the context
    "l2r1": (2, 0.05, 0.4),
    "l1r2": (2, 0.05, 0.4),
    "l1r1": (2, 0.03, 0.3),
    "l3r0": (2, 0.05, 0.4),
    "l2r0": (2, 0.02, 0.3),
    "l0r2": (2, 0.05, 0.4),
    "l1r0": (2, 0.005, 0.0),
    "l0r1": (2, 0.005, 0.0),
}
_MOST_WORDS = 65_000  # ids are 16 bits
_END = [0, 0, 0]  # so that no context reaches over


class TeamPhrases:
    """Counted n-grams of the words that `KNOWN_IN` documents have.

    Passages of five to seven words are kept where `passage_count` documents have them (0: none).
    At 1 most of what any document says of known words can be read out of them.

    Args:
        documents: are read once.
        team: their words.
        passage_count: see above.
        folder: what memory has no room for lies there meanwhile; None: where the system has such.

    Attributes:
        words: folded words by id; id 0 is "", no word.
        stream: uint16, the words' ids in the documents' order, 0 for other words and between
            paragraphs.
        grams: what is kept of each pattern.
    """

    def __init__(
        self,
        documents: Sequence[TeamDocument],
        team: TeamWords,
        *,
        passage_count: int = KNOWN_IN,
        folder: Path | None = None,
    ) -> None:
        frequent = (key for key, _ in team.counts.most_common())
        known = [key for key in frequent if team.spread[key] >= KNOWN_IN][:_MOST_WORDS]
        self.words = ["", *known]
        self.stream, ends = _numbered(redact(documents), known)
        prunings = {
            pattern: Pruning(*_KEEP[pattern.name], documents=KNOWN_IN) for pattern in PATTERNS
        }
        if passage_count:
            passages = Pruning(passage_count, _PASSAGE_SHARE, 0.0, documents=passage_count)
            prunings |= dict.fromkeys(PASSAGES, passages)
        self.grams: Mapping[Pattern, Grams] = {
            pattern: count_grams(self.stream, pattern, pruning, ends, folder)
            for pattern, pruning in prunings.items()
        }

    def save(self, path: Path) -> None:
        """Write what `midword.suggest.phrases.Phrases` reads; nothing where no word is known."""
        if len(self.words) > 1:
            store_phrases(path, self.words, self.grams)

    def entries(self) -> Iterator[Entry]:
        """Each phrase once, for people to look over."""
        found: dict[tuple[str, ...], Entry] = {}
        for pattern, grams in self.grams.items():
            width = pattern.left + 1 + pattern.right
            for place, occurrences, documents in zip(
                grams.places.tolist(),
                grams.occurrences.tolist(),
                grams.documents.tolist(),
                strict=True,
            ):
                keys = tuple(self.words[i] for i in self.stream[place : place + width].tolist())
                found.setdefault(keys, Entry("phrase", keys, occurrences, documents))
        yield from found.values()


def _numbered(
    documents: Sequence[TeamDocument], known: Sequence[str]
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """The words' numbers, and where each document ends in them."""
    numbers = {key: number for number, key in enumerate(known, 1)}
    stream, ends = array("H"), array("q")
    for document in documents:
        for paragraph in document.paragraphs:
            for part in paragraph.split(HIDDEN):
                stream.extend(numbers.get(folded(match[0]), 0) for match in words(part))
                stream.extend(_END)
        ends.append(len(stream))
    return np.array(stream, dtype=np.uint16, copy=False), np.array(ends, dtype=np.int64)
