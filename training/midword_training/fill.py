"""`midword fill`: the words for a text's masks; and variants of texts, for data augmentation.

    midword fill "The quick brown fox jumps over the lazy [MASK]."
    midword fill --jsonl train.jsonl augmented.jsonl --variants 4

With `--jsonl` each line's text comes back `k` times: its masks filled, or where it has none some of
its words drawn anew by the model, which reads both sides of each.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midword import files
from midword.errors import UserError
from midword.model.loading import load
from midword.model.masked_lm import Gap, MaskedLM
from midword.text.words import words
from midword_training.evaluation.cloze_tests import BLANK

_MASKS = (BLANK, "<mask>")


@dataclass(frozen=True, slots=True)
class Filled:
    """A word for a mask, its probability among whole words, and the text with it."""

    word: str
    probability: float
    text: str


def fill(model: MaskedLM, text: str, *, limit: int = 5) -> list[list[Filled]]:
    """The likeliest words for each mask of `text`, the other masks left open.

    Raises:
        UserError: there is no mask.
    """
    pieces = _split(text)
    if len(pieces) < 2:
        raise UserError(f"write {BLANK} where a word is wanted")
    found: list[list[Filled]] = []
    for i in range(1, len(pieces)):
        left, right = BLANK.join(pieces[:i]), BLANK.join(pieces[i:])
        # Other masks carry no word: the model reads on across them.
        distribution = _distribution(model, left.replace(BLANK, ""), right.replace(BLANK, ""))
        best = np.argsort(-distribution)[:limit]
        found.append(
            [
                Filled(word, float(distribution[j]), left + word + right)
                for j, word in ((j, model.vocabulary.forms[j]) for j in best)
            ]
        )
    return found


def _split(text: str) -> list[str]:
    for mask in _MASKS[1:]:
        text = text.replace(mask, BLANK)
    return text.split(BLANK)


def _distribution(model: MaskedLM, left: str, right: str) -> NDArray[np.float64]:
    (found,) = model.word_probabilities([Gap(left, right)])
    weights = found.astype(np.float64)
    result: NDArray[np.float64] = weights / weights.sum()
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """How variants are drawn: a share of the words, from the likeliest `top` of the mass."""

    rate: float = 0.15
    top: float = 0.9
    seed: int = 42


def variants(
    model: MaskedLM, text: str, count: int, wanted: Resampling, salt: int = 0
) -> Iterator[str]:
    """`count` variants of a text, the same for the same seed and salt."""
    for number in range(count):
        rng = np.random.default_rng((wanted.seed, salt, number))
        if len(_split(text)) > 1:
            yield _fill_masks(model, _split(text), wanted, rng)
        else:
            yield _replace_words(model, text, wanted, rng)


def _fill_masks(
    model: MaskedLM, pieces: Sequence[str], wanted: Resampling, rng: np.random.Generator
) -> str:
    left = pieces[0]
    for i, piece in enumerate(pieces[1:], 1):
        left += _draw(model, left, "".join(pieces[i:]), wanted, rng) + piece
    return left


def _replace_words(model: MaskedLM, text: str, wanted: Resampling, rng: np.random.Generator) -> str:
    found = list(words(text))
    chosen = [match for match in found if rng.random() < wanted.rate]
    if found and not chosen:
        chosen = [found[int(rng.integers(len(found)))]]
    result, end = "", 0
    for match in chosen:
        result += text[end : match.start()]
        word = _draw(model, result, text[match.end() :], wanted, rng)
        result += _in_the_case_of(match.group(), word)
        end = match.end()
    return result + text[end:]


def _draw(
    model: MaskedLM, left: str, right: str, wanted: Resampling, rng: np.random.Generator
) -> str:
    """A word from the smallest set of likeliest words that holds `wanted.top` of the mass."""
    distribution = _distribution(model, left, right)
    order = np.argsort(-distribution)
    mass = np.cumsum(distribution[order])
    kept = order[: int(np.searchsorted(mass, wanted.top)) + 1]
    weights = distribution[kept] / distribution[kept].sum()
    return model.vocabulary.forms[int(rng.choice(kept, p=weights))]


def _in_the_case_of(pattern: str, word: str) -> str:
    if pattern.isupper() and len(pattern) > 1:
        return word.upper()
    return word[0].upper() + word[1:] if pattern[0].isupper() else word


def augment(
    model: MaskedLM,
    source: Path,
    target: Path,
    *,
    count: int,
    wanted: Resampling,
    text_field: str = "text",
) -> int:
    """Write `count` variants of each record of a JSONL file; returns how many were written.

    The file appears only when it is whole.

    Raises:
        UserError: a line is not a record with the text, or a file cannot be read or written.
    """
    written = 0
    try:
        with source.open(encoding="utf-8") as lines, files.writing(target) as out:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                record = _record(line, text_field, f"{source}, line {number}")
                for text in variants(model, record[text_field], count, wanted, number):
                    changed = {**record, text_field: text}
                    out.write(json.dumps(changed, ensure_ascii=False).encode() + b"\n")
                    written += 1
    except OSError as error:
        raise UserError(f"{error.filename or target}: {error.strerror}") from error
    return written


def _record(line: str, text_field: str, place: str) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(line)
        if isinstance(record[text_field], str):
            return record
    except (ValueError, KeyError, TypeError):
        pass
    raise UserError(f'{place} is not a JSON object with a text under "{text_field}"')


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="midword fill", description="Fill the masks of a text, or make variants of texts."
    )
    parser.add_argument("text", nargs="?", help=f"a text with {BLANK}")
    parser.add_argument("--model", help="a folder or name (default: the installed model)")
    parser.add_argument("--limit", type=int, default=5, help="words for each mask (5)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--jsonl", nargs=2, type=Path, metavar=("IN", "OUT"))
    parser.add_argument("--variants", type=int, default=1, metavar="K", help="of each record (1)")
    parser.add_argument("--rate", type=float, default=0.15, help="share of words redrawn (0.15)")
    parser.add_argument("--top", type=float, default=0.9, help="mass words are drawn from (0.9)")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--text-field", default="text", help='where a record\'s text is ("text")')
    return parser


def command(argv: list[str]) -> int:
    """`midword fill`."""
    parser = build_parser()
    options = parser.parse_args(argv)
    if (options.text is None) == (options.jsonl is None):
        parser.error("give a text, or --jsonl IN OUT")
    model = load(options.model)
    if options.jsonl:
        source, target = options.jsonl
        wanted = Resampling(rate=options.rate, top=options.top, seed=options.seed)
        written = augment(
            model,
            source,
            target,
            count=options.variants,
            wanted=wanted,
            text_field=options.text_field,
        )
        print(f"{written} records in {target}")
        return 0
    found = fill(model, options.text, limit=options.limit)
    if options.json:
        print(json.dumps([[_as_dict(one) for one in mask] for mask in found], ensure_ascii=False))
        return 0
    for number, mask in enumerate(found):
        print(f"mask {number + 1}" if len(found) > 1 else "", end="\n" if len(found) > 1 else "")
        for one in mask:
            print(f"{one.probability:7.1%}  {one.word:<15} {one.text}")
    return 0


def _as_dict(one: Filled) -> dict[str, Any]:
    return {"word": one.word, "probability": round(one.probability, 6), "text": one.text}
