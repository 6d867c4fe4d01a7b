"""The model card: what such cards leave open, filled in from the run itself."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from midword_training.documents.languages import UNKNOWN
from midword_training.finetuning.metrics import Metrics, Sizes
from midword_training.finetuning.progress import Epoch

_PACKAGES = (
    "midword",
    "torch",
    "transformers",
    "accelerate",
    "tokenizers",
    "datasets",
    "onnxruntime",
)
_NAMED = 20  # documents that the card lists by name


def write(metrics: Metrics, *, name: str, licence: str, named: Sequence[str]) -> str:
    """The card in Markdown, with the metadata block that the hub reads.

    `named` are names of training documents.
    """
    parts = [
        _metadata(metrics, licence),
        f"# {name}\n\nA masked language model for [Midword](https://pypi.org/project/midword/): "
        "it suggests words while people write. "
        f"Fine-tuned from `{metrics.start}` on {_amount(metrics.documents.train)}.",
        _results(metrics),
        _data(metrics, named),
        _procedure(metrics),
        _use(name),
        _limits(metrics),
        _versions(),
    ]
    return "\n\n".join(parts) + "\n"


def _metadata(metrics: Metrics, licence: str) -> str:
    return (
        "---\n"
        f"license: {(licence or 'other').lower()}\n"
        f"base_model: {metrics.start}\n"
        "library_name: transformers\npipeline_tag: fill-mask\n"
        + (f"language: {metrics.language}\n" if metrics.language != UNKNOWN else "")
        + "tags: [midword, fill-mask]\n---"
    )


def _amount(sizes: Sizes) -> str:
    return f"{_counted(sizes.documents, 'document')} ({_counted(sizes.words, 'word')})"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def table(lines: Iterable[Epoch]) -> str:
    """The results table of the reference experiment."""
    rows = ["| Training Loss | Epoch | Step | Validation Loss |", "|---|---|---|---|"]
    for line in lines:
        loss = line.validation_loss
        shown = "-" if loss is None else f"{loss:.4f}"
        rows.append(f"| {line.training_loss:.4f} | {line.epoch}.0 | {line.step} | {shown} |")
    return "\n".join(rows)


def _results(metrics: Metrics) -> str:
    learnt = metrics.learnt
    text = ["## Results", table(learnt.table)]
    before, after = learnt.validation_loss_before, learnt.validation_loss
    if after is not None:
        first = f"{before:.4f}" if before is not None else "not measured"
        text.append(
            f"Validation loss before training {first}; of the weights here, measured apart on the "
            f"same masks: **{after:.4f}** (epoch {learnt.best_epoch} of "
            f"{len(learnt.table)}, the best one). Masks are drawn once, so losses of different "
            "epochs compare." + _blend(metrics.settings.blend)
        )
    else:
        text.append("There were no documents to validate on; these are the last weights.")
    text.append("![Learning curve](learning-curve.svg)")
    typing = metrics.typing
    if typing:
        rows = [
            "| on the validation documents | before | after | difference |",
            "|---|---|---|---|",
        ]
        rows += [
            f"| {line.name} | {line.before:.1f} | {line.after:.1f} | "
            f"{line.difference:+.1f} ({line.low:+.1f} to {line.high:+.1f}) |"
            for line in typing.lines
        ]
        text.append(
            f"Typing simulated on {typing.words:,} words, lists of 5, document memory on; keys "
            "saved in per cent, 95% bootstrap interval of the difference:\n\n"
            + "\n".join(rows)
            + "\n\n![Before and after](before-after.svg)"
        )
    int8 = metrics.int8
    if int8:
        outcome = "is what runs by default" if int8.kept else "was left out"
        lost = round(int8.points_lost, 1)
        saves = f"{abs(lost):.1f} points {'fewer' if lost > 0 else 'more'} keystrokes than"
        text.append(
            f"The int8 runtime file saves {saves if lost else 'as many keystrokes as'} the float32 "
            f"one ({_counted(int8.words, 'word')}, APPEND) and {outcome}."
        )
    return "\n\n".join(text)


def _blend(share: float) -> str:
    if share == 1:
        return ""
    return (
        f" The weights here are {share:.0%} that epoch's and the rest those that training started "
        "from, which keeps what the model knew."
    )


def _data(metrics: Metrics, named: Sequence[str]) -> str:
    sizes = metrics.documents
    names = ", ".join(f"`{Path(name).name}`" for name in named[:_NAMED])
    more = sizes.train.pieces - _NAMED
    return (
        "## Training and evaluation data\n\n"
        f"Training: {_amount(sizes.train)}, {metrics.learnt.tokens.train:,} tokens: {names}"
        + (f" and {more} more" if more > 0 else "")
        + f". Validation: {_held_out(sizes.validation)} "
        f"{_counted(metrics.skipped, 'file')} {'was' if metrics.skipped == 1 else 'were'} "
        "skipped. Copies of documents and paragraphs read "
        f"{_counted(metrics.settings.max_repeats, 'time')} before were left out. "
        "The documents' licences are their owners' to state: Midword does not know them.\n\n"
        f"{metrics.new_words:,} of the documents' words became tokens of their "
        "own; only words of letters that stand in three documents or more, outside of what may be "
        "confidential. `new-words.csv` lists all words and phrases that the folder holds, the "
        "oddest first. " + _phrases(metrics.settings.passage_count)
    )


def _held_out(sizes: Sizes) -> str:
    if not sizes.pieces:
        return "none."
    if sizes.pieces == sizes.documents == sizes.whole:
        return f"{_amount(sizes)} that training never saw."
    return (
        f"{_counted(sizes.words, 'word')} in {_counted(sizes.pieces, 'part')} of "
        f"{_counted(sizes.documents, 'document')}, parts that training never saw."
    )


def _phrases(passage_count: int) -> str:
    counted = "`phrases.npz` counts phrases of up to four such words that three documents have"
    if not passage_count:
        return counted + "."
    return counted + f", and passages of five to seven that {passage_count} have."


def _procedure(metrics: Metrics) -> str:
    s, learnt = metrics.settings, metrics.learnt
    rows = [
        ("recipe", metrics.settings.recipe),
        ("learning rate", s.learning_rate),
        ("train / eval batch", f"{s.batch} / {s.eval_batch}"),
        ("seed", s.seed),
        ("optimizer", f"Adam, betas (0.9, {s.beta2}), epsilon 1e-8, decay {s.weight_decay}"),
        ("pull towards the starting model's answers", s.pull),
        ("schedule", f"linear, {s.warmup_share:.0%} warm-up"),
        ("epochs", learnt.epochs),
        ("tokens of a row", s.block_tokens),
        ("masked", f"{s.mask_rate:.0%} of {'words' if s.whole_words else 'tokens'}"),
        ("of them random / kept", f"{s.swapped:.0%} / {s.kept:.0%}"),
        ("rows masked at the cursor", f"{s.cursor_share:.0%}"),
        ("precision", s.precision),
        ("updates", learnt.updates),
        (
            "time",
            f"{learnt.seconds / 60:.1f} min, {learnt.tokens_per_second:,} tokens/s",
        ),
    ]
    body = "\n".join(f"| {name} | {value} |" for name, value in rows)
    stopped = "\n\nThe run was stopped before its end." if learnt.stopped_early else ""
    return f"## Procedure\n\n| | |\n|---|---|\n{body}{stopped}"


def _use(name: str) -> str:
    return (
        "## Use\n\n```sh\n"
        f"midword models use {name}   # from the folder that holds it\n"
        'midword suggest "We will | the" --model ' + name + "\n```\n\n"
        "Any program that reads `AutoModelForMaskedLM` folders can load it too."
    )


def _limits(metrics: Metrics) -> str:
    small = metrics.documents.train.words < 50_000
    return (
        "## Limits\n\nIt suggests what was written before, errors and biases of the documents "
        "included, and is no judge of facts. Outside their subject it may do worse than the model "
        "it started from."
        + (
            " The training text is small: expect gains in words more than in phrases."
            if small
            else ""
        )
        + " What a model was trained on can in part be read out of it: share it with those who may "
        "read the documents."
    )


def _versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for package in _PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return "## Versions\n\n" + ", ".join(found) + f", {platform.system()} {platform.machine()}"
