"""Every choice of a fine-tuning run: one table; the command line and the docs follow it."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from midword.errors import UserError

Pace = Literal["gpu", "amx", "cpu"]
"""How quickly a machine trains."""

_TOKENS_READ: Mapping[Pace, int] = {"gpu": 30_000_000, "amx": 600_000, "cpu": 350_000}  # minutes
_LEAST_EPOCHS: Mapping[Pace, int] = {"gpu": 5, "amx": 5, "cpu": 3}
_MOST_EPOCHS = 10

Precision = Literal["auto", "fp32", "bf16", "fp16"]
SaveDtype = Literal["auto", "fp16", "fp32"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How a model is fine-tuned. Defaults are the `writer` recipe."""

    recipe: Annotated[str, "writer (cursor masking, new words) or reference (plain MLM)"] = "writer"
    seed: Annotated[int, "seed of the split, the order of blocks, the masks and dropout"] = 42

    # data
    text_field: Annotated[str, "the column of a table that holds the text"] = ""
    language: Annotated[str, "BCP 47 tag of the documents' language; told by their words"] = ""
    validation_share: Annotated[
        float, "share of the text, documents or parts of long ones, held out"
    ] = 0.1
    max_repeats: Annotated[int, "how often one paragraph may stand in different documents"] = 3
    block_tokens: Annotated[int, "tokens of a training row"] = 64
    max_blocks: Annotated[int, "train on at most so many blocks, drawn at random; 0: all"] = 0
    across_documents: Annotated[bool, "blocks run on over the ends of documents"] = False

    # vocabulary
    new_words: Annotated[int, "most words to add to the vocabulary; 0: none"] = 2000
    word_count: Annotated[int, "a word is added if it is found at least so often ..."] = 4
    word_documents: Annotated[int, "... in at least so many documents"] = 3
    passage_count: Annotated[int, "a passage is known if so many documents have it; 0: none"] = 3
    redact: Annotated[
        bool, "secrets and rare names are hidden from training, not only from lists"
    ] = True

    # objective
    cursor_share: Annotated[float, "share of rows masked as at the cursor; the rest plainly"] = 0.5
    mask_rate: Annotated[float, "share of tokens (or words) masked in a plain row"] = 0.25
    whole_words: Annotated[bool, "plain rows mask whole words"] = True
    swapped: Annotated[float, "share of masked words shown as random ones"] = 0.0
    kept: Annotated[float, "share of masked words shown as they are"] = 0.0

    # optimisation
    epochs: Annotated[int, "passes over the documents; 0: 3 to 10, as many as are quick"] = 0
    max_steps: Annotated[int, "end after so many updates; 0: after the epochs"] = 0
    batch: Annotated[int, "rows of an update, over all processes"] = 32
    device_batch: Annotated[int, "rows that a device computes at a time; 0: all of its share"] = 0
    eval_batch: Annotated[int, "rows of a validation batch"] = 64
    accumulation: Annotated[int, "parts in which a batch is computed, to save memory"] = 1
    learning_rate: Annotated[float, "peak learning rate"] = 4e-4
    warmup_share: Annotated[float, "share of the updates in which the rate rises"] = 0.05
    weight_decay: Annotated[float, "of matrices; biases and normalisation have none"] = 0.01
    beta2: Annotated[float, "Adam's second moment decay"] = 0.98
    clip: Annotated[float, "largest norm of the gradient; 0: unclipped"] = 1.0
    dropout: Annotated[float, "dropout while training; -1: the model's own"] = -1.0
    freeze_layers: Annotated[int, "encoder layers, from the bottom, that stay as they are"] = 0
    blend: Annotated[float, "how far the result goes from the start to the trained weights"] = 0.75
    pull: Annotated[float, "weight of staying close to the starting model's own answers"] = 1.0
    patience: Annotated[int, "stop after so many epochs without a better one; 0: never"] = 0
    precision: Annotated[Precision, "auto: bf16 where it is quick, else fp16 AMP on GPUs"] = "auto"

    # running
    checkpoint_minutes: Annotated[float, "minutes between checkpoints"] = 5.0
    checkpoint_steps: Annotated[int, "updates between checkpoints, instead of minutes"] = 0
    log_with: Annotated[str, "a tracker of accelerate: tensorboard, wandb, trackio ..."] = ""
    workers: Annotated[int, "processes beside each one that mask rows; 0: a thread"] = 0
    threads: Annotated[int, "CPU threads; 0: as many as cores are free"] = 0
    save_dtype: Annotated[SaveDtype, "auto: fp16, and fp32 for the reference recipe"] = "auto"
    int8: Annotated[bool, "an int8 runtime file too, if typing shows that its quality holds"] = True

    def check(self) -> None:
        """Raise UserError for a value that cannot work."""
        if self.epochs < 0:
            raise UserError("--epochs must be at least 1, or 0 for a number by the text's size")
        for name in ("batch", "eval_batch", "accumulation"):
            if getattr(self, name) < 1:
                raise UserError(f"--{name.replace('_', '-')} must be at least 1")
        for name in (
            "blend",
            "validation_share",
            "cursor_share",
            "swapped",
            "kept",
            "warmup_share",
        ):
            if not 0 <= getattr(self, name) <= 1:
                raise UserError(f"--{name.replace('_', '-')} must lie between 0 and 1")
        if not 0 < self.mask_rate < 1:
            raise UserError("--mask-rate must lie between 0 and 1")
        if self.block_tokens < 16:
            raise UserError("--block-tokens must be at least 16")
        for name in ("pull", "passage_count", "max_steps", "device_batch", "workers"):
            if getattr(self, name) < 0:
                raise UserError(f"--{name.replace('_', '-')} must be 0 or more")
        if self.learning_rate <= 0:
            raise UserError("--learning-rate must be above 0")

    def epochs_for(self, tokens: int, pace: Pace) -> int:
        """Passes over so many training tokens: what is read quickly is read more often."""
        usual = round(_TOKENS_READ[pace] / max(1, tokens))
        return self.epochs or min(_MOST_EPOCHS, max(_LEAST_EPOCHS[pace], usual))

    @property
    def saves_float32(self) -> bool:
        """Whether `model.safetensors` holds float32, as the reference experiment's does."""
        return self.save_dtype == "fp32" or (self.save_dtype, self.recipe) == ("auto", "reference")

    @property
    def native_amp(self) -> bool:
        """Whether `auto` precision means fp16 on CUDA and fp32 on CPU, as the reference does."""
        return self.recipe == "reference"


_OF_THE_RUN = {
    "checkpoint_minutes",
    "checkpoint_steps",
    "epochs",
    "eval_batch",
    "int8",
    "language",
    "log_with",
    "passage_count",
    "patience",
    "save_dtype",
    "threads",
    "workers",
}

RECIPES: Mapping[str, Mapping[str, Any]] = {
    "writer": {},
    # The reference experiment: Hugging Face's "Fine-tuning a masked language model", by accelerate.
    "reference": {
        "block_tokens": 128,
        "across_documents": True,
        "max_repeats": 1_000_000,
        "new_words": 0,
        "redact": False,
        "cursor_share": 0.0,
        "mask_rate": 0.15,
        "whole_words": False,
        "swapped": 0.1,
        "kept": 0.1,
        "epochs": 3,
        "batch": 64,
        "eval_batch": 64,
        "learning_rate": 2e-5,
        "warmup_share": 0.0,
        "weight_decay": 0.0,
        "beta2": 0.999,
        "blend": 1.0,
        "pull": 0.0,
        "clip": 0.0,
    },
}
"""What each recipe changes in `TrainingSettings`; what the command line says comes on top."""


def add_options(parser: argparse._ActionsContainer) -> None:
    """One option per setting."""
    hints = get_type_hints(TrainingSettings, include_extras=True)
    for setting in fields(TrainingSettings):
        flag = "--" + setting.name.replace("_", "-")
        kind, text = get_args(hints[setting.name])
        text = f"{text} (default: {setting.default})"
        if setting.name == "recipe":
            parser.add_argument(flag, choices=sorted(RECIPES), help=text)
        elif kind is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, help=text)
        elif get_origin(kind) is Literal:
            parser.add_argument(flag, choices=get_args(kind), help=text)
        else:
            parser.add_argument(flag, type=kind, help=text)


def from_options(options: argparse.Namespace) -> TrainingSettings:
    """The recipe's settings with what was said on the command line laid over them."""
    said = {f.name: getattr(options, f.name) for f in fields(TrainingSettings)}
    return make({name: value for name, value in said.items() if value is not None})


def make(said: Mapping[str, Any]) -> TrainingSettings:
    """TrainingSettings from what differs from the recipe named in `said["recipe"]`.

    Raises:
        UserError: a value that cannot work.
    """
    recipe = said.get("recipe", "writer")
    settings = TrainingSettings(**{**RECIPES[recipe], **said})
    settings.check()
    return settings


def as_dict(settings: TrainingSettings) -> dict[str, Any]:
    """For JSON."""
    return dataclasses.asdict(settings)


def identity(settings: TrainingSettings) -> dict[str, Any]:
    """What must be the same for a checkpoint to be gone on from."""
    return {name: v for name, v in as_dict(settings).items() if name not in _OF_THE_RUN}


def differences(settings: TrainingSettings) -> dict[str, Any]:
    """What differs from the recipe."""
    base = as_dict(make({"recipe": settings.recipe}))
    return {name: value for name, value in as_dict(settings).items() if value != base[name]}
