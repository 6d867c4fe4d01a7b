"""A fine-tuning run from its sources to the finished folder.

The folder is written aside and renamed when it is whole. A run that was killed goes on from its
last checkpoint when the same command is given again.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midword.errors import UserError
from midword.model import store
from midword_training.confidentiality.redaction import redact
from midword_training.documents.languages import language_of
from midword_training.finetuning.cores import threads_to_use
from midword_training.finetuning.corpus import Corpus, read_corpus
from midword_training.finetuning.destination import Destination
from midword_training.finetuning.metrics import Learnt, Metrics, Sides, Sizes
from midword_training.settings import Settings, as_dict

if TYPE_CHECKING:
    from midword_training.words.team_words import TeamWords
    from midword_training.words.vocabulary import WordCount


_SPACE_FACTOR = 16  # bytes of disk per parameter: checkpoint, best weights, result


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
) -> Metrics:
    """Fine-tune `model` (default: the bundled one) on `sources`; returns the metrics.

    Raises:
        UserError: with what to do about it.
    """
    from accelerate import Accelerator

    from midword_training.finetuning.result import Result
    from midword_training.folders import replace_folder
    from midword_training.masked import network, precision
    from midword_training.words.team_words import TeamWords

    settings = settings or Settings()
    start = store.resolve(model or store.BUNDLED_NAME)
    base, tokenizer = network.load_pretrained(start)
    parameters = sum(p.numel() for p in base.parameters())
    place = Destination.claim(output, overwrite, parameters * _SPACE_FACTOR)
    accelerator = Accelerator(
        mixed_precision=precision.mixed_precision(settings),
        log_with=tracker(settings.log_with),
        project_dir=f"{place.output}.log" if settings.log_with else None,
        cpu=not precision.has_cuda(),
    )
    threads = threads_to_use(settings.threads, accelerator.num_processes)
    torch_threads(threads)
    say = accelerator.print
    say(f"starting from {name_of(start)}")
    if restart and accelerator.is_main_process:
        shutil.rmtree(place.work, ignore_errors=True)
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
    trained, learnt = _train(accelerator, base, tokenizer, corpus, settings, place, start)
    metrics = Metrics(
        settings=settings,
        start=name_of(start),
        language=settings.language or language_of(d.text for d in corpus.train),
        parameters=parameters,
        documents=Sides(
            Sizes.of(corpus.train, corpus.train), Sizes.of(corpus.validation, corpus.train)
        ),
        skipped=len(corpus.reading.skipped),
        new_words=len(added),
        learnt=learnt,
    )
    if accelerator.is_main_process:
        result = Result(trained, tokenizer, metrics, corpus, safe, added, team, start)
        metrics = result.write(place.work / "result", simulate_words)
        replace_folder(place.work / "result", place.output)
        shutil.rmtree(place.work, ignore_errors=True)
        say(f"{place.output} is ready: midword models use {place.output}")
    accelerator.wait_for_everyone()
    return metrics


def add_words(
    base: Any, tokenizer: Any, team: TeamWords, settings: Settings
) -> tuple[Any, Any, list[WordCount]]:
    """The model and tokenizer with the team's frequent words, and which these are."""
    from midword_training.words import team_words
    from midword_training.words.vocabulary import enlarge

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
    place: Destination,
    start: Path,
) -> tuple[Any, Learnt]:
    """Run the loop; returns the model with the best epoch's weights, and what it learnt."""
    from midword_training.finetuning.loop import Loop
    from midword_training.masked.blocks import BlockedText
    from midword_training.masked.precision import pace

    say = accelerator.print
    train = BlockedText(corpus.train, tokenizer, settings)
    held_out = BlockedText(corpus.validation, tokenizer, settings) if corpus.validation else None
    epochs = settings.epochs_for(train.tokens, pace())
    settings = replace(settings, epochs=epochs)
    if not train.epoch(0):
        raise UserError("the documents are too short for a single training row")
    place.work.mkdir(exist_ok=True)
    loop = Loop(accelerator, base, train, held_out, settings, place.work)
    loop.progress.settings["model"] = str(start)
    try:
        if loop.resume():
            say(f"going on from update {loop.progress.step} of an earlier run{loop.changes}")
    except ValueError as error:
        raise UserError(
            f"{place.work} {error}; say the same again, or --restart to throw it away"
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
        raise UserError(f"{place.work}: {error.strerror}; the last checkpoint is whole") from None
    trained = loop.load_best()
    learnt = Learnt(
        tokens=Sides(train.tokens, held_out.tokens if held_out else 0),
        blocks=len(train.epoch(0)),
        validation_loss_before=before,
        table=progress.table,
        best_epoch=progress.table[progress.best].epoch if progress.table else None,
        validation_loss=loop.measure(),
        epochs=settings.epochs,
        stopped_early=loop.stopping,
        updates=progress.step,
        seconds=round(progress.seconds, 1),
        tokens_per_second=round(progress.tokens / max(progress.seconds, 1e-9)),
        curve=progress.curve,
    )
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


def _table_line(line: Any) -> str:
    loss = "-" if line.validation_loss is None else f"{line.validation_loss:.4f}"
    return f"{line.training_loss:.4f} | {line.epoch} | {line.step} | {loss}"
