"""Fit the mixture's weights on held-out typing: ``python -m midword_training.fit``.

For each gap of a sample and each number of typed letters, every source gives the probability of
the right word and of all words that begin so. The weights maximise the likelihood of the right
words, a convex problem in each situation (Jelinek and Mercer 1980).
"""

import argparse
import itertools
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from midword.model.loading import load
from midword.suggest.loading import DATA, load_suggester
from midword.suggest.memory import Memory
from midword.suggest.mixture import MOST_LETTERS, SOURCES, Mixture, situation
from midword.suggest.suggester import Suggester
from midword.text.cloze import cloze_at
from midword.text.document import Document
from midword.text.folding import fold
from midword_training.corpus import held_out, read_documents
from midword_training.typing_simulator import MODES, sample

# The right word's probability in each source, and that of all words with its prefix.
Example = tuple[list[float], list[float]]

_MOST_LETTERS_ASKED = 5
_SHORTEST_DOCUMENT = 1200  # characters
_STEPS = 40
# Keeps a source that a sample never needed from vanishing.
_PRIOR = 1e-3


def examples(
    suggester: Suggester, texts: Iterable[str], *, gaps: int, seed: int = 42
) -> dict[str, list[Example]]:
    """What the sources say of the words of some texts, by situation.

    Args:
        suggester: whose sources; its mixture plays no part.
        texts: prose that no source was made from.
        gaps: words sampled from each text.
        seed: of the samples.
    """
    found: dict[str, list[Example]] = defaultdict(list)
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
                if cloze is None:
                    continue
                sources = suggester.sources(cloze, memory=memory, document=document.uri)
                key = fold(match[0])
                for letters in range(min(len(key), _MOST_LETTERS_ASKED)):
                    found[situation(letters, bool(cloze.right))].append(
                        (
                            [sources[n].probability(key) if n in sources else 0.0 for n in SOURCES],
                            [
                                sources[n].share(key[:letters]) if n in sources else 0.0
                                for n in SOURCES
                            ],
                        )
                    )
    return found


def fit(data: Sequence[Example]) -> tuple[dict[str, float], float]:
    """The likeliest weights of one situation, summing to 1, and the loss in nats a word."""
    rows = [example for example in data if any(example[0])]
    right = torch.tensor([row[0] for row in rows], dtype=torch.float64)
    share = torch.tensor([row[1] for row in rows], dtype=torch.float64)
    logits = torch.zeros(len(SOURCES), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([logits], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        weights = logits.softmax(0)
        value = -((right @ weights).log() - (share @ weights).log()).mean()
        value = value - _PRIOR * logits.log_softmax(0).mean()
        value.backward()
        return value

    for _ in range(4):
        optimizer.step(loss)
    return dict(zip(SOURCES, logits.detach().softmax(0).tolist(), strict=True)), loss().item()


def held_out_texts(corpus: Path, share: float, documents: int, seed: int) -> list[str]:
    """Longer held-out documents, each genre in turn, so that the largest doesn't rule."""
    genres: dict[str, list[str]] = defaultdict(list)
    for document in read_documents(corpus):
        if held_out(document, share) and len(document.text) > _SHORTEST_DOCUMENT:
            genres[document.genre].append(document.text)
    for texts in genres.values():
        random.Random(seed).shuffle(texts)
    in_turn = itertools.chain.from_iterable(itertools.zip_longest(*genres.values()))
    return [text for text in in_turn if text is not None][:documents]


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", help="a model's name or path (default: the package's)")
    parser.add_argument("--corpus", type=Path, required=True, help="folder of *.jsonl.xz")
    parser.add_argument("--held-out", type=float, default=0.005, help="as in the recipe")
    parser.add_argument("--documents", type=int, default=120)
    parser.add_argument("--gaps", type=int, default=12, help="words of each document")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("-o", "--output", type=Path, default=DATA / "mixture.json")
    options = parser.parse_args(argv)
    texts = held_out_texts(options.corpus, options.held_out, options.documents, options.seed)
    suggester = load_suggester(load(options.model))
    found = examples(suggester, texts, gaps=options.gaps, seed=options.seed)
    weights = {}
    for letters in range(MOST_LETTERS + 1):
        for row in (situation(letters, False), situation(letters, True)):
            weights[row], nats = fit(found[row])
            table = " ".join(f"{name} {weight:.3f}" for name, weight in weights[row].items())
            print(f"{row}  {nats:.3f} nats a word of {len(found[row])}  {table}")
    Mixture(weights).save(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
