"""How the sources of words are put together: a small table, fitted on held-out typing.

First each source is trusted to a degree: what the writer types next is drawn from one of them
(linear interpolation, Jelinek and Mercer 1980). That knows no agreement: a word that the model, the
phrases and the writer's own text each find likely is likelier than their average says, and one that
is merely frequent everywhere less. So powers of some sources' own probabilities multiply the
mixture's (log-linear interpolation, Klakow 1998). ``python -m midword_training.pretraining.fit``
makes the table.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

SOURCES = (
    "model",
    "lexicon",
    "phrases",
    "team",
    "recent",
    "adapted",
    "document",
    "workspace",
    "neighbours",
)
AGREEING = ("model", "lexicon", "phrases", "document", "neighbours")
"""The sources that have a power; of those tried, others added nothing to these."""
# Typed letters beyond this many make no difference.
MOST_LETTERS = 3
# Between 0.1 and 0.25, which were equal and better than 0.4 on one team's unseen documents (law);
# weights fitted on a few documents of the team's own did no better.
_TEAM_SHARE = 0.15
# Of a passage that is surely recognised, beside all else together; from 0.3 to 10 all were equal.
_PASSAGES_WEIGHT = 1.0
# Of what a writer is remembered for, beside all else together: words that the language lacks, what
# follows a word (from 0.05 to 0.5 and from 0.01 to 0.05 all were equal on six writers), and where
# nobody reads the language all words, about as much as an open text's.
_REMEMBERED = {"lacking": 0.05, "following": 0.02, "remembered": 0.01}


def situation(letters: int, has_right: bool) -> str:
    """The row of the table: how much is typed, and whether text stands right of the gap."""
    return f"{min(letters, MOST_LETTERS)}{'+' if has_right else '-'}"


@dataclass(frozen=True, slots=True)
class Blend:
    """How the sources are put together in one situation.

    Attributes:
        weights: source -> share of the mixture; they need not sum to 1.
        mixed: the power of the mixture's probability.
        powers: source -> power of its own probability; one that is missing has none.
    """

    weights: Mapping[str, float]
    mixed: float = 1.0
    powers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mixture:
    """The table: situation -> blend."""

    blends: Mapping[str, Blend]

    @classmethod
    def load(cls, path: Path) -> "Mixture":
        """Read a table; a source that it doesn't name has no weight.

        Raises:
            OSError, ValueError: it is missing, damaged or lacks a situation.
        """
        rows = json.loads(path.read_text("utf-8"))
        wanted = [
            situation(letters, right)
            for letters in range(MOST_LETTERS + 1)
            for right in (False, True)
        ]
        if missing := [row for row in wanted if row not in rows]:
            raise ValueError(f"{path} lacks a blend for {', '.join(missing)}")
        try:
            return cls({row: Blend(**rows[row]) for row in wanted})
        except TypeError as error:
            raise ValueError(f"{path} is damaged ({error})") from error

    def save(self, path: Path) -> None:
        """Write the table."""
        rows = {row: asdict(blend) for row, blend in self.blends.items()}
        rounded = json.loads(json.dumps(rows), parse_float=lambda text: round(float(text), 4))
        path.write_text(json.dumps(rounded, indent=2) + "\n", "utf-8")

    def with_team(self) -> "Mixture":
        """The same table with a share of each row for the team's phrases, and its passages."""
        rows = {}
        for row, blend in self.blends.items():
            others = {n: w * (1 - _TEAM_SHARE) for n, w in blend.weights.items() if n != "team"}
            team = sum(others.values()) / (1 - _TEAM_SHARE) * _TEAM_SHARE
            weights = {**others, "team": team, "passages": _PASSAGES_WEIGHT}
            rows[row] = replace(blend, weights=weights)
        return Mixture(rows)

    def of(self, letters: int, has_right: bool) -> Blend:
        """The blend in a situation."""
        blend = self.blends[situation(letters, has_right)]
        return replace(blend, weights={**blend.weights, **_REMEMBERED})
