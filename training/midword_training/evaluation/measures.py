"""What is measured of a model: masked tokens, typing with the very code that serves, and time."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from midword.model.loading import load
from midword.suggest.loading import load_suggester
from midword.suggest.suggester import Suggester
from midword_training.documents.document import TeamDocument
from midword_training.evaluation.typing_simulator import (
    InProcess,
    Mode,
    Predictor,
    TypedWord,
    Typing,
    simulate,
    typed_words,
)
from midword_training.settings import make

LIST_LENGTHS = (1, 3, 5, 10)
LETTERS = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Masked:
    """Standard 15% masking (80/10/10), drawn once: loss in nats, accuracies as shares.

    `vocabulary`: a checksum; numbers of different ones are of different questions.
    """

    loss: float
    perplexity: float
    accuracy_1: float
    accuracy_5: float
    questions: int
    vocabulary: str = ""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of a list in this process, wall time: the first of a word, and later ones."""

    first_p50: float
    first_p95: float
    later_p50: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One predictor on some texts."""

    name: str
    masked: Masked | None
    typing: dict[Mode, Typing] = field(default_factory=dict)
    latency: Latency | None = None


class Timed:
    """A predictor whose answers are timed."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self.first: list[float] = []
        self.later: list[float] = []

    def begin(self, left: str, right: str) -> None:
        """See `Predictor`."""
        self._predictor.begin(left, right)

    def complete(self, typed: str, limit: int) -> tuple[list[str], float]:
        """See `Predictor`."""
        started = time.perf_counter()
        answer = self._predictor.complete(typed, limit)
        (self.later if typed else self.first).append(1000 * (time.perf_counter() - started))
        return answer

    def latency(self) -> Latency | None:
        """The percentiles; None before the first answer."""
        if not self.first:
            return None
        p50, p95 = np.percentile(self.first, [50, 95])
        later = float(np.percentile(self.later, 50)) if self.later else 0.0
        return Latency(float(p50), float(p95), later)


def suggester_of(folder: Path | str | None, runtime: str = "auto") -> Suggester:
    """The suggester that the server would run with this model.

    Raises:
        UserError: the model cannot be loaded.
    """
    return load_suggester(load(folder, runtime=runtime))


def type_texts(
    predictor: Predictor,
    texts: Sequence[str],
    mode: Mode,
    *,
    words: int,
    seed: int,
    on_words: Callable[[int], object] = lambda _: None,
) -> Typing:
    """Type about `words` words, spread over the texts by their lengths.

    `on_words` hears how many more were typed.
    """
    counts = [len(typed_words(text)) for text in texts]
    total = sum(counts)
    typed: list[TypedWord] = []
    for text, count in zip(texts, counts, strict=True):
        share = min(count, math.ceil(words * count / max(1, total)))
        here = simulate(predictor, text, mode, words=share, seed=seed).words
        on_words(len(here))
        typed += here
    return Typing(mode, typed[:words])


def typing_of(
    suggester: Suggester,
    texts: Sequence[str],
    modes: Sequence[Mode],
    *,
    words: int,
    seed: int,
    memory_weight: float = 1.0,
    on_words: Callable[[int], object] = lambda _: None,
) -> tuple[dict[Mode, Typing], Latency | None]:
    """Simulate a typist with this suggester; each mode begins with an empty memory."""
    found: dict[Mode, Typing] = {}
    latency = None
    for mode in modes:
        timed = Timed(InProcess(suggester, memory_weight=memory_weight))
        found[mode] = type_texts(timed, texts, mode, words=words, seed=seed, on_words=on_words)
        latency = latency or timed.latency()
    return found, latency


def masked_of(
    folder: Path, texts: Sequence[str], *, blocks: int = 400, seed: int = 42
) -> Masked | None:
    """Loss and accuracy at 15% masked tokens, the same masks in every call.

    Blocks of 128 tokens, the reference experiment's masking; None where the texts are too short.
    """
    import torch

    from midword_training.masked.blocks import BlockedText, Masking
    from midword_training.masked.masking import collate
    from midword_training.masked.network import MaskedRows, load_pretrained

    settings = make({"recipe": "reference", "seed": seed, "max_blocks": blocks})
    model, tokenizer = load_pretrained(folder)
    network = MaskedRows(model.eval())
    documents = [TeamDocument(str(i), (text,)) for i, text in enumerate(texts)]
    text = BlockedText.of(documents, tokenizer, settings)
    masking = Masking(text.kinds, model.config.model_type, settings)
    validation = text.validation()
    rows = [masking.validation_row(validation[i], i) for i in range(len(validation))]
    if not rows:
        return None
    loss, hits_1, hits_5, questions = 0.0, 0, 0, 0
    with torch.no_grad():
        for begin in range(0, len(rows), 16):
            batch = collate(rows[begin : begin + 16], settings.block_tokens, text.kinds.pad)
            vectors, wanted = network.hidden(batch)
            logits = network.logits(vectors).float()
            loss += float(torch.nn.functional.cross_entropy(logits, wanted, reduction="sum"))
            best = logits.topk(5).indices == wanted[:, None]
            hits_1 += int(best[:, 0].sum())
            hits_5 += int(best.any(1).sum())
            questions += len(wanted)
    mean = loss / questions
    vocabulary = hashlib.sha256(json.dumps(sorted(tokenizer.get_vocab().items())).encode())
    return Masked(
        mean,
        math.exp(mean),
        hits_1 / questions,
        hits_5 / questions,
        questions,
        vocabulary.hexdigest(),
    )
