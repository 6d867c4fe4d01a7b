"""`midword finetune DOCS... -o DIR`: a model that knows a team's words.

    midword finetune docs/ handbook.docx -o team-model
    midword finetune reviews.jsonl --model distilbert -o out --recipe reference
    accelerate launch -m midword_training.finetune docs/ -o team-model

The folder is written aside and renamed when it is whole. A run that was killed goes on from its
last checkpoint when the same command is given again.
"""

from __future__ import annotations

import argparse
import math
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from midword.errors import UserError
from midword.foreign import shown
from midword.heap import keep_heap
from midword.model import store
from midword.own_folders import expanded
from midword_training.confidential import HIDDEN, redact
from midword_training.cores import threads_to_use
from midword_training.documents import Reading, TeamDocument, read_sources
from midword_training.languages import language_of
from midword_training.settings import Settings, add_options, as_dict, differences, from_options
from midword_training.splitting import split

if TYPE_CHECKING:
    from midword_training.team_words import TeamWords
    from midword_training.vocabulary import WordCount

LEAST_WORDS = 300
"""Words of training text, a page: less teaches nothing."""

_SPACE_FACTOR = 16  # bytes of disk per parameter: checkpoint, best weights, result


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a run learns from and is measured on."""

    train: list[TeamDocument]
    validation: list[TeamDocument]
    reading: Reading

    def report(self) -> str:
        """What was read, and what is trained and measured on."""
        split = (
            f"training on {len(self.train)} documents, validating on {len(self.validation)}"
            if self.validation
            else "no documents to validate on: the last epoch is kept (more text would help)"
        )
        hidden = sum(document.text.count(HIDDEN) for document in self.train)
        taken = f"hid {hidden} places that may be confidential (secrets, addresses, rare names)\n"
        return f"{self.reading.report()}\n{taken if hidden else ''}{split}"


def read_corpus(sources: Sequence[str], validation: Sequence[str], settings: Settings) -> Corpus:
    """Read and split the documents; `validation` sources replace the split.

    Raises:
        UserError: there is too little to learn from.
    """
    field = settings.text_field or None
    reading = read_sources(sources, text_field=field, max_repeats=settings.max_repeats)
    held_out: list[TeamDocument] = []
    if validation:
        held = read_sources(validation, text_field=field, max_repeats=settings.max_repeats)
        held_out = held.documents
    train = reading.documents
    if settings.redact:  # whole documents: three of them make a term
        safe = redact([*train, *held_out])
        train, held_out = safe[: len(train)], safe[len(train) :]
    if not validation:
        train, held_out = split(train, settings.validation_share, settings.seed)
    count = sum(len(document.text.split()) for document in train)
    if count < LEAST_WORDS:
        raise UserError(
            f"only {count} words to learn from; fine-tuning needs at least {LEAST_WORDS}\n"
            + reading.report()
        )
    return Corpus(train, held_out, reading)


@dataclass(slots=True)
class Places:
    """Where a run writes: `output` at the end, `work` meanwhile."""

    output: Path
    work: Path

    @classmethod
    def claim(cls, output: Path, overwrite: bool, needed: int) -> Places:
        """Check, before any work is done, that the result can be written.

        Raises:
            UserError: it exists already, cannot be written, or would not fit.
        """
        output = expanded(output).absolute()
        work = output.with_name(output.name + ".run")
        if output.exists() and any(output.iterdir() if output.is_dir() else [1]) and not overwrite:
            raise UserError(f"{output} exists already; name another folder or say --overwrite")
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=output.parent, prefix=f".{output.name}"):
                pass
        except OSError as error:
            raise UserError(f"cannot write beside {output}: {error.strerror}") from None
        free = shutil.disk_usage(output.parent).free
        if free < needed:
            raise UserError(
                f"{output}: {free / 1e9:.1f} GB free, about {needed / 1e9:.1f} GB are needed"
            )
        return cls(output, work)


def finetune(
    sources: Sequence[str],
    output: Path,
    *,
    model: str | Path | None = None,
    validation: Sequence[str] = (),
    settings: Settings | None = None,
    overwrite: bool = False,
    restart: bool = False,
    simulate_words: int = 400,
) -> dict[str, Any]:
    """Fine-tune `model` (default: the bundled one) on `sources`; returns the metrics.

    Raises:
        UserError: with what to do about it.
    """
    from accelerate import Accelerator

    from midword_training import network, precision
    from midword_training.aside import replace_folder
    from midword_training.result import Result
    from midword_training.team_words import TeamWords

    settings = settings or Settings()
    start = store.resolve(model or store.BUNDLED_NAME)
    base, tokenizer = network.load_pretrained(start)
    parameters = sum(p.numel() for p in base.parameters())
    places = Places.claim(output, overwrite, parameters * _SPACE_FACTOR)
    accelerator = Accelerator(
        mixed_precision=precision.mixed_precision(settings),
        log_with=tracker(settings.log_with),
        project_dir=f"{places.output}.log" if settings.log_with else None,
        cpu=not precision.has_cuda(),
    )
    threads = threads_to_use(settings.threads, accelerator.num_processes)
    torch_threads(threads)
    say = accelerator.print
    say(f"starting from {name_of(start)}")
    if restart and accelerator.is_main_process:
        shutil.rmtree(places.work, ignore_errors=True)
    accelerator.wait_for_everyone()
    corpus = read_corpus(sources, validation, settings)
    say(corpus.report())
    safe = redact(corpus.train)
    team = TeamWords.count(safe)
    base, tokenizer, added = add_words(base, tokenizer, team, settings)
    if added:
        say(f"new words: {len(added)}, such as {', '.join(word.word for word in added[:8])}")
    freeze(base, settings.freeze_layers)
    if settings.log_with:
        accelerator.init_trackers("midword", as_dict(settings))
    trained, learnt = _train(accelerator, base, tokenizer, corpus, settings, places, start)
    metrics: dict[str, Any] = {
        "recipe": settings.recipe,
        "settings": as_dict(settings),
        "differences": differences(settings),
        "start": name_of(start),
        "language": settings.language or language_of(d.text for d in corpus.train),
        "parameters": parameters,
        "documents": {
            "train": _sizes(corpus.train, corpus.train),
            "validation": _sizes(corpus.validation, corpus.train),
        },
        "skipped": len(corpus.reading.skipped),
        "new_words": len(added),
        **learnt,
    }
    if accelerator.is_main_process:
        result = Result(trained, tokenizer, metrics, corpus, safe, added, team, start, settings)
        result.write(places.work / "result", simulate_words)
        replace_folder(places.work / "result", places.output)
        shutil.rmtree(places.work, ignore_errors=True)
        say(f"{places.output} is ready: midword models use {places.output}")
    accelerator.wait_for_everyone()
    return metrics


def add_words(
    base: Any, tokenizer: Any, team: TeamWords, settings: Settings
) -> tuple[Any, Any, list[WordCount]]:
    """The model and tokenizer with the team's frequent words, and which these are."""
    from midword_training import team_words
    from midword_training.vocabulary import enlarge

    added = team_words.words_to_add(
        team,
        tokenizer,
        limit=settings.new_words,
        min_count=settings.word_count,
        min_documents=settings.word_documents,
    )
    if not added:
        return base, tokenizer, []
    total = sum(team.counts.values()) * math.exp(-team_words.level(team, base, tokenizer))
    return *enlarge(base, tokenizer, added, total), added


def _train(
    accelerator: Any,
    base: Any,
    tokenizer: Any,
    corpus: Corpus,
    settings: Settings,
    places: Places,
    start: Path,
) -> tuple[Any, dict[str, Any]]:
    """Run the loop; returns the model with the best epoch's weights, and what it learnt."""
    from midword_training.blocks import BlockedText
    from midword_training.loop import Loop
    from midword_training.precision import pace

    say = accelerator.print
    train = BlockedText(corpus.train, tokenizer, settings)
    held_out = BlockedText(corpus.validation, tokenizer, settings) if corpus.validation else None
    epochs = settings.epochs_for(train.tokens, pace())
    settings = replace(settings, epochs=epochs)
    if not train.epoch(0):
        raise UserError("the documents are too short for a single training row")
    places.work.mkdir(exist_ok=True)
    loop = Loop(accelerator, base, train, held_out, settings, places.work)
    loop.progress.settings["model"] = str(start)
    try:
        if loop.resume():
            say(f"going on from update {loop.progress.step} of an earlier run{loop.changes}")
    except ValueError as error:
        raise UserError(
            f"{places.work} {error}; say the same again, or --restart to throw it away"
        ) from None
    if loop.progress.before is None:
        loop.progress.before = loop.measure()
    before = loop.progress.before
    if before is not None:
        say(f"validation loss before: {before:.4f}")
    left = settings.epochs * loop.updates - loop.progress.step
    if left > 0:
        say(_estimate(left, loop.seconds_an_update(), settings.epochs))
    say("training loss | epoch | step | validation loss")
    try:
        progress = loop.run(lambda line: _write(accelerator, _table_line(line)))
    except OSError as error:
        raise UserError(f"{places.work}: {error.strerror}; the last checkpoint is whole") from None
    trained = loop.load_best()
    learnt = {
        "tokens": {"train": train.tokens, "validation": held_out.tokens if held_out else 0},
        "blocks": len(train.epoch(0)),
        "validation_loss_before": before,
        "table": [asdict(line) for line in progress.table],
        "best_epoch": progress.table[progress.best].epoch if progress.table else None,
        "validation_loss": loop.measure(),
        "epochs": settings.epochs,
        "stopped_early": loop.stopping,
        "updates": progress.step,
        "seconds": round(progress.seconds, 1),
        "tokens_per_second": round(progress.tokens / max(progress.seconds, 1e-9)),
        "curve": progress.curve,
    }
    accelerator.end_training()
    return trained, learnt


def _estimate(updates: int, seconds: float, epochs: int) -> str:
    """How long training will take, measuring and writing not counted."""
    import torch

    minutes = max(1, round(updates * seconds / 60))
    return (
        f"training takes about {minutes} minute{'' if minutes == 1 else 's'}: {updates} updates of "
        f"{seconds:.2g} s in {epochs} epochs, on {torch.get_num_threads()} threads"
    )


def _write(accelerator: Any, line: str) -> None:
    """A line above the progress bar."""
    from tqdm.auto import tqdm

    if accelerator.is_main_process:
        tqdm.write(line)


def tracker(name: str) -> str | None:
    """A tracker that accelerate finds; None where none is wanted.

    Raises:
        UserError: it is unknown or not installed, which accelerate passes over in silence.
    """
    from accelerate.tracking import get_available_trackers

    there = [str(each) for each in get_available_trackers()]
    if name and name not in there:
        found = f"there is {', '.join(there)}" if there else "there is none"
        raise UserError(f"--log-with {name}: {found}; install the tracker's package first")
    return name or None


def torch_threads(threads: int) -> None:
    """Give torch's CPU kernels so many threads."""
    import torch

    torch.set_num_threads(threads)


def freeze(model: Any, layers: int) -> None:
    """Keep the lowest `layers` encoder layers as they are.

    Raises:
        UserError: the model has fewer.
    """
    if not layers:
        return
    stack = next(
        (
            module
            for name, module in model.base_model.named_modules()
            if name.rpartition(".")[2] in ("layer", "layers") and hasattr(module, "__len__")
        ),
        (),
    )
    if len(stack) < layers:
        raise UserError(f"--freeze-layers {layers}: the model has {len(stack)} layers to freeze")
    for layer in list(stack)[:layers]:
        layer.requires_grad_(False)


def name_of(start: Path) -> str:
    """What a model to start from is called: by its hub, by its maker, or by its folder."""
    if start.is_relative_to(store.models_dir()):
        return start.relative_to(store.models_dir()).as_posix()
    described = store.manifest_of(start)
    return described.name if described else start.name


def _sizes(documents: Sequence[TeamDocument], train: Sequence[TeamDocument]) -> dict[str, int]:
    """How much text that is; `whole` are the documents of which training has no part."""
    names = {document.name for document in documents}
    return {
        "documents": len(names),
        "pieces": len(documents),
        "whole": len(names.difference(document.name for document in train)),
        "characters": sum(document.size for document in documents),
        "words": sum(len(document.text.split()) for document in documents),
    }


def _table_line(line: Any) -> str:
    loss = "-" if line.validation_loss is None else f"{line.validation_loss:.4f}"
    return f"{line.training_loss:.4f} | {line.epoch} | {line.step} | {loss}"


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="midword finetune",
        description="Teach a model the words of your documents.",
        epilog="The same command given again goes on from a killed run's last checkpoint.",
    )
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="DOCS",
        help="folders, files, globs, git repositories, JSONL/CSV/Parquet/Arrow, hub:OWNER/NAME",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the new model")
    parser.add_argument(
        "--model", help="folder or name of the model to start from (default: bundled)"
    )
    parser.add_argument(
        "--validation", action="append", default=[], metavar="DOCS", help="documents to measure on"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing folder")
    parser.add_argument(
        "--restart", action="store_true", help="throw an unfinished run's checkpoint away"
    )
    parser.add_argument(
        "--simulate-words",
        type=int,
        default=400,
        metavar="N",
        help="words typed by the simulator before and after, for the card (default: 400; 0: none)",
    )
    add_options(parser.add_argument_group("choices, each with its effect in docs/training.md"))
    return parser


def command(argv: list[str]) -> int:
    """`midword finetune`."""
    options = build_parser().parse_args(argv)
    keep_heap()
    metrics = finetune(
        options.sources,
        options.output,
        model=options.model,
        validation=options.validation,
        settings=from_options(options),
        overwrite=options.overwrite,
        restart=options.restart,
        simulate_words=options.simulate_words,
    )
    return 130 if metrics["stopped_early"] else 0


def main() -> int:
    """For `python -m` and `accelerate launch -m`."""
    try:
        return command(sys.argv[1:])
    except UserError as error:
        print(f"midword: {shown(error)}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
