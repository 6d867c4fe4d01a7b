"""How much each source of words is trusted: a small table, fitted on held-out typing.

Linear interpolation (Jelinek and Mercer 1980): what the writer types next is drawn from one of
the sources. ``python -m midword_training.fit`` makes the table.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
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
# Typed letters beyond this many make no difference to the weights.
MOST_LETTERS = 3
# Between 0.1 and 0.25, which were equal and better than 0.4 on one team's unseen documents (law);
# weights fitted on a few documents of the team's own did no better.
_TEAM_SHARE = 0.15


def situation(letters: int, has_right: bool) -> str:
    """The row of the table: how much is typed, and whether text stands right of the gap."""
    return f"{min(letters, MOST_LETTERS)}{'+' if has_right else '-'}"


@dataclass(frozen=True, slots=True)
class Mixture:
    """Weights of the sources: situation -> source -> weight; rows need not sum to 1."""

    weights: Mapping[str, Mapping[str, float]]

    @classmethod
    def load(cls, path: Path) -> "Mixture":
        """Read a table; a source that it doesn't name has no weight.

        Raises:
            OSError, ValueError: it is missing, damaged or lacks a situation.
        """
        weights = json.loads(path.read_text("utf-8"))
        wanted = [
            situation(letters, right)
            for letters in range(MOST_LETTERS + 1)
            for right in (False, True)
        ]
        if missing := [row for row in wanted if row not in weights]:
            raise ValueError(f"{path} lacks weights for {', '.join(missing)}")
        return cls({row: {name: weights[row].get(name, 0.0) for name in SOURCES} for row in wanted})

    def save(self, path: Path) -> None:
        """Write the table."""
        rows = {
            row: {source: round(weight, 4) for source, weight in sources.items()}
            for row, sources in self.weights.items()
        }
        path.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")

    def with_team(self) -> "Mixture":
        """The same table with a share of each row for the team's phrases."""
        rows = {}
        for row, sources in self.weights.items():
            others = {name: w * (1 - _TEAM_SHARE) for name, w in sources.items() if name != "team"}
            rows[row] = {**others, "team": sum(others.values()) / (1 - _TEAM_SHARE) * _TEAM_SHARE}
        return Mixture(rows)

    def of(self, letters: int, has_right: bool) -> Mapping[str, float]:
        """The weights in a situation."""
        return self.weights[situation(letters, has_right)]
