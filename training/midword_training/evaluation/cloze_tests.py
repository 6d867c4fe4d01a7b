"""Zero-shot cloze tests: a passage with blanks, options of any number of pieces, one is right.

The option with the highest masked likelihood is picked (PLL-word-l2r, Kauf and Ivanova 2023). A
test is a JSON line: `{"passage": "... [MASK] ...", "options": [["a", "b"], ...], "answers": ["b",
...]}` with one list of options and one answer per blank; CLOTH's own form (Xie et al. 2018,
https://arxiv.org/abs/1711.03225: `article` with `_`, answers as letters, a file for each passage)
is read too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from midword.errors import UserError
from midword.model.masked_lm import Gap, MaskedLM

BLANK = "[MASK]"


@dataclass(frozen=True, slots=True)
class ClozeTest:
    """Text pieces around the blanks (one more than blanks), and per blank options and answer."""

    pieces: tuple[str, ...]
    options: tuple[tuple[str, ...], ...]
    answers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Blanks answered rightly, of how many."""

    right: int
    blanks: int

    @property
    def accuracy(self) -> float:
        """Share of blanks, 0 to 1."""
        return self.right / max(1, self.blanks)


def read(path: Path) -> Iterator[ClozeTest]:
    """Read a file of JSON lines, or all `*.json` in a folder and below, a test each.

    Raises:
        UserError: something is not a cloze test, or there is none; the message says which and why.
    """
    for place, text in _texts(path):
        try:
            yield parse(json.loads(text))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise UserError(f"{place} is no cloze test: {error}") from error


def _texts(path: Path) -> Iterator[tuple[str, bytes]]:
    """The text of each test, and where it stands."""
    try:
        if path.is_dir():
            files = sorted(path.rglob("*.json"))
            if not files:
                raise UserError(f"{path} holds no *.json")
            for file in files:
                yield str(file), file.read_bytes()
        else:
            with path.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    if line.strip():
                        yield f"{path}, line {number},", line
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}") from error


def parse(record: dict[str, Any]) -> ClozeTest:
    """A test from its JSON form."""
    text = record["passage"] if "passage" in record else record["article"].replace("_", BLANK)
    options = record["options"]
    answers = record["answers"] if "answers" in record else record["answer"]
    if options and isinstance(options[0], str):  # one blank
        options, answers = [options], [answers]
    pieces = tuple(text.split(BLANK))
    if not len(pieces) - 1 == len(options) == len(answers):
        raise ValueError("as many lists of options and answers as blanks are needed")
    places = [_place(a, o) for a, o in zip(answers, options, strict=True)]
    return ClozeTest(pieces, tuple(map(tuple, options)), tuple(places))


def _place(answer: str | int, options: Sequence[str]) -> int:
    if isinstance(answer, int):
        return range(len(options))[answer]
    if answer in options:
        return options.index(answer)
    return range(len(options))[ord(answer) - ord("A")]


def answer(model: MaskedLM, test: ClozeTest) -> list[int]:
    """Pick an option for each blank, left to right; blanks to the right are left out."""
    left, chosen = "", list[int]()
    for i, options in enumerate(test.options):
        left += test.pieces[i]
        scores = model.score_words(Gap(left, "".join(test.pieces[i + 1 :])), options)
        chosen.append(int(scores.argmax()))
        left += options[chosen[-1]]
    return chosen


def score(model: MaskedLM, tests: Iterable[ClozeTest]) -> Score:
    """Count right answers."""
    right = blanks = 0
    for test in tests:
        found = answer(model, test)
        right += sum(a == b for a, b in zip(found, test.answers, strict=True))
        blanks += len(test.answers)
    return Score(right, blanks)
