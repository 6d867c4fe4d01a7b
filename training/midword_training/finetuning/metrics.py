"""What is told of a finished run: `metrics.json`, and what the card and the charts are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from midword_training.documents.document import TeamDocument
from midword_training.evaluation.comparison import Comparison
from midword_training.finetuning.progress import Epoch
from midword_training.settings import TrainingSettings, as_dict, differences

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sides(Generic[T]):
    """Something of the training documents and of the validation ones."""

    train: T
    validation: T


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much text that is; `whole` are the documents of which training has no part."""

    documents: int
    pieces: int
    whole: int
    characters: int
    words: int

    @classmethod
    def of(cls, documents: Sequence[TeamDocument], train: Iterable[TeamDocument] = ()) -> Sizes:
        """The sizes of some documents beside those trained on."""
        names, characters, words = set[str](), 0, 0
        for document in documents:
            names.add(document.name)
            characters += document.size
            words += len(document.text.split())
        others = set(names)
        for document in train if names else ():
            others.discard(document.name)
        return cls(len(names), len(documents), len(others), characters, words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What the loop did and measured; losses in nats, None where nothing was held out."""

    processes: int
    tokens: Sides[int]
    blocks: int
    validation_loss_before: float | None
    table: list[Epoch]
    best_epoch: int | None
    validation_loss: float | None
    epochs: int
    stopped_early: bool
    updates: int
    seconds: float
    tokens_per_second: int
    curve: list[tuple[int, float]]

    def validation_curve(self) -> list[tuple[int, float]]:
        """Updates and the validation loss after them."""
        first = [Epoch(0, 0, 0.0, self.validation_loss_before)]
        return [
            (line.step, line.validation_loss)
            for line in (*first, *self.table)
            if line.validation_loss is not None
        ]


@dataclass(frozen=True, slots=True)
class Int8:
    """What the int8 runtime file costs, in points of keystroke savings, and whether it is kept."""

    kept: bool
    points_lost: float
    words: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """A run in numbers; `int8` and `typing` are there once the result was typed with."""

    settings: TrainingSettings
    start: str
    language: str
    parameters: int
    documents: Sides[Sizes]
    skipped: int
    new_words: int
    learnt: Learnt
    int8: Int8 | None = None
    typing: Comparison | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON: what was learnt stands beside the rest."""
        numbers = asdict(self)
        learnt, measured = numbers.pop("learnt"), {}
        for name in ("int8", "typing"):
            if (found := numbers.pop(name)) is not None:
                measured[name] = found
        said = {
            "recipe": self.settings.recipe,
            "settings": as_dict(self.settings),
            "differences": differences(self.settings),
        }
        return {**said, **{n: v for n, v in numbers.items() if n not in said}, **learnt, **measured}
