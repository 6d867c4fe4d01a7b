"""Fit how the sources are put together: ``python -m midword_training.pretraining.fit RECIPE``.

What is fitted on is typing of the recipe's held-out documents.

For each gap of a sample and each number of typed letters, every source gives the probability of
the right word and of all words that begin so. The weights maximise the likelihood of the right
words, a convex problem in each situation (Jelinek and Mercer 1980). Then, with those weights, the
powers of the agreeing sources maximise the likelihood of the right one among a list's candidates
(a conditional logit, convex too).
"""

import argparse
import itertools
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from midword.model.loading import load
from midword.suggest.casing import Casing
from midword.suggest.loading import DATA, load_suggester
from midword.suggest.memory import Memory
from midword.suggest.mixture import (
    AGREEING,
    SOURCES,
    Blend,
    Mixture,
    situation,
)
from midword.suggest.ranking import Candidates, GapWords
from midword.suggest.sources import Source
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze, cloze_at
from midword.text.document import Document
from midword.text.folding import fold
from midword_training.evaluation.typing_simulator import MODES, sample
from midword_training.pretraining.corpora import training_documents
from midword_training.pretraining.recipes import read_recipe

# The right word's probability in each source, and that of all words with its prefix.
Example = tuple[list[float], list[float]]
# A list's candidates and which of them is right.
Choice = tuple[Candidates, int]

_MOST_LETTERS_ASKED = 5
_LIST = 10
_SHORTEST_DOCUMENT = 1200  # characters
_STEPS = 40
# Keeps a source that a sample never needed from vanishing, and powers near 0.
_PRIOR = 1e-3


class Asked(NamedTuple):
    """A gap of a held-out text, what the sources say of it, and the word that stood there."""

    cloze: Cloze
    word: str
    sources: Mapping[str, Source]
    casing: Casing

    def letters(self) -> Iterator[tuple[str, Cloze]]:
        """The gap after 0, 1, 2 ... typed letters, each with its situation."""
        for letters in range(min(len(self.word), _MOST_LETTERS_ASKED)):
            cloze = replace(self.cloze, prefix=self.word[:letters])
            yield situation(letters, bool(cloze.right)), cloze


def ask(
    suggester: Suggester, texts: Iterable[str], *, gaps: int, seed: int = 42
) -> Iterator[Asked]:
    """Gaps of some texts, at the text's end and in its middle.

    Args:
        suggester: whose sources; its mixture plays no part.
        texts: prose that no source was made from.
        gaps: words sampled from each text.
        seed: of the samples.
    """
    for text in texts:
        for mode in MODES:
            memory = Memory()
            for match in sample(text, gaps, seed):
                start, end = match.span()
                blank = text.find("\n\n", end)
                right = text[end : blank if blank >= 0 else len(text)] if mode == "edit" else ""
                document = Document("file:///fit.txt", "plaintext", 0, text[:start] + right)
                memory.update(document.uri, document.text)
                cloze = cloze_at(document, start)
                if cloze is not None:
                    sources = suggester.sources(cloze, memory=memory, document=document.uri)
                    yield Asked(cloze, match[0], sources, Casing(suggester.lexicon, memory))


def examples(gaps: Iterable[Asked]) -> dict[str, list[Example]]:
    """What the sources say of the right words, by situation."""
    found: dict[str, list[Example]] = defaultdict(list)
    for gap in gaps:
        key, sources = fold(gap.word), gap.sources
        for row, cloze in gap.letters():
            prefix = key[: len(cloze.prefix)]
            found[row].append(
                (
                    [sources[n].probabilities([key])[0] if n in sources else 0.0 for n in SOURCES],
                    [sources[n].share(prefix) if n in sources else 0.0 for n in SOURCES],
                )
            )
    return found


def choices(gaps: Iterable[Asked], blends: Mapping[str, Blend]) -> dict[str, list[Choice]]:
    """What lists are chosen from, where the right word is among it, by situation."""
    found: dict[str, list[Choice]] = defaultdict(list)
    for gap in gaps:
        for row, cloze in gap.letters():
            listed = GapWords(gap.sources, blends[row], gap.casing).candidates(cloze, (), _LIST)
            chances = dict(zip(listed.keys, listed.scores.tolist(), strict=True))
            if "model" in gap.sources and chances.get(fold(gap.word), 0.0) > 0:
                found[row].append((listed, listed.keys.index(fold(gap.word))))
    return found


def fit(data: Sequence[Example]) -> tuple[dict[str, float], float]:
    """The likeliest weights of one situation, summing to 1, and the loss in nats a word."""
    rows = [example for example in data if any(example[0])]
    right = torch.tensor([row[0] for row in rows], dtype=torch.float64)
    share = torch.tensor([row[1] for row in rows], dtype=torch.float64)
    logits = torch.zeros(len(SOURCES), dtype=torch.float64, requires_grad=True)

    def loss() -> torch.Tensor:
        weights = logits.softmax(0)
        value = -((right @ weights).log() - (share @ weights).log()).mean()
        return value - _PRIOR * logits.log_softmax(0).mean()

    nats = _minimise(loss, [logits])
    return dict(zip(SOURCES, logits.detach().softmax(0).tolist(), strict=True)), nats


def fit_powers(data: Sequence[Choice]) -> tuple[float, dict[str, float], float, float]:
    """The mixture's power and the sources' in one situation; nats a choice before and after."""
    longest = max(len(listed.keys) for listed, _ in data)
    shape = (len(data), longest)
    mixed = torch.zeros(shape, dtype=torch.float64)
    possible = torch.zeros(shape, dtype=torch.bool)
    agreement = torch.zeros((*shape, len(AGREEING)), dtype=torch.float64)
    for place, (listed, _) in enumerate(data):
        count = len(listed.keys)
        scores = torch.from_numpy(listed.scores)
        possible[place, :count] = scores > 0
        mixed[place, :count] = torch.where(scores > 0, scores, 1.0).log()
        agreement[place, :count] = torch.from_numpy(listed.agreement)
    right = torch.tensor([place for _, place in data])
    power = torch.ones(1, dtype=torch.float64, requires_grad=True)
    powers = torch.zeros(len(AGREEING), dtype=torch.float64, requires_grad=True)

    def nats() -> torch.Tensor:
        scores = power * mixed + agreement @ powers
        return torch.nn.functional.cross_entropy(scores.masked_fill(~possible, -torch.inf), right)

    before = nats().item()
    _minimise(lambda: nats() + _PRIOR * powers.square().sum(), [power, powers])
    found = dict(zip(AGREEING, powers.tolist(), strict=True))
    return power.item(), found, before, nats().item()


def _minimise(loss: Callable[[], torch.Tensor], parameters: list[torch.Tensor]) -> float:
    """Move parameters to where a convex loss is least; returns it."""
    optimizer = torch.optim.LBFGS(parameters, max_iter=_STEPS, line_search_fn="strong_wolfe")

    def step() -> torch.Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    for _ in range(4):
        optimizer.step(step)
    return loss().item()


def held_out_texts(recipe: Mapping[str, Any], documents: int, seed: int) -> list[str]:
    """Longer held-out documents, each genre in turn, so that the largest doesn't rule."""
    genres: dict[str, list[str]] = defaultdict(list)
    for document, _ in training_documents(recipe, held_out_side=True):
        if len(document.text) > _SHORTEST_DOCUMENT:
            genres[document.genre].append(document.text)
    for texts in genres.values():
        random.Random(seed).shuffle(texts)
    in_turn = itertools.chain.from_iterable(itertools.zip_longest(*genres.values()))
    return [text for text in in_turn if text is not None][:documents]


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", help="a model's name or path (default: the package's)")
    parser.add_argument("recipe", type=Path, help="whose held-out documents are typed")
    parser.add_argument("--documents", type=int, default=120)
    parser.add_argument("--gaps", type=int, default=12, help="words of each document")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("-o", "--output", type=Path, default=DATA / "mixture.json")
    options = parser.parse_args(argv)
    texts = held_out_texts(read_recipe(options.recipe), options.documents, options.seed)
    suggester = load_suggester(load(options.model))

    def gaps() -> Iterator[Asked]:
        return ask(suggester, texts, gaps=options.gaps, seed=options.seed)

    blends: dict[str, Blend] = {}
    for row, said in sorted(examples(gaps()).items()):
        weights, nats = fit(said)
        blends[row] = Blend(weights)
        print(f"{row}  {nats:.3f} nats a word of {len(said)}  {_table(weights)}", flush=True)
    for row, lists in sorted(choices(gaps(), blends).items()):
        mixed, powers, before, after = fit_powers(lists)
        blends[row] = replace(blends[row], mixed=mixed, powers=powers)
        gain = f"{before:.3f} -> {after:.3f} nats a choice of {len(lists)}"
        print(f"{row}  {gain}  mixture {mixed:.3f} {_table(powers)}", flush=True)
    Mixture(blends).save(options.output)
    return 0


def _table(numbers: Mapping[str, float]) -> str:
    return " ".join(f"{name} {number:.3f}" for name, number in numbers.items())


if __name__ == "__main__":
    sys.exit(main())
