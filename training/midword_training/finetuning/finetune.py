"""A fine-tuning run from its sources to the finished folder.

The folder is written aside and renamed when it is whole. A run that was killed goes on from its
last checkpoint when the same command is given again.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midword.errors import UserError
from midword.model import store
from midword_training.finetuning.cores import threads_to_use
from midword_training.finetuning.destination import Destination
from midword_training.finetuning.metrics import Learnt, Metrics, Sides
from midword_training.settings import TrainingSettings, as_dict

if TYPE_CHECKING:
    from midword_training.finetuning.prepared import Prepared

_SPACE_FACTOR = 16  # bytes of disk per parameter: checkpoint, best weights, result


def finetune(
    sources: Sequence[str],
    output: Path,
    *,
    model: str | Path | None = None,
    validation: Sequence[str] = (),
    settings: TrainingSettings | None = None,
    overwrite: bool = False,
    restart: bool = False,
    simulate_words: int = 400,
) -> Metrics:
    """Fine-tune `model` (default: the bundled one) on `sources`; returns the metrics.

    Raises:
        UserError: with what to do about it.
    """
    from midword_training.finetuning.result import Result
    from midword_training.folders import replace_folder
    from midword_training.group import check_nodes, join_group
    from midword_training.masked import network, precision

    settings = settings or TrainingSettings()
    start = store.resolve(model or store.BUNDLED_NAME)
    base, tokenizer = network.load_pretrained(start)
    parameters = sum(p.numel() for p in base.parameters())
    place = Destination.claim(output, overwrite, parameters * _SPACE_FACTOR)
    accelerator = join_group(
        cpu=not precision.has_cuda(),
        mixed_precision=precision.mixed_precision(settings),
        may_shard=True,
        log_with=settings.log_with,
        log_folder=Path(f"{place.output}.log"),
    )
    threads = threads_to_use(settings.threads, accelerator.num_processes)
    torch_threads(threads)
    say = accelerator.print
    say(f"starting from {name_of(start)}")
    if restart and accelerator.is_main_process:
        shutil.rmtree(place.work, ignore_errors=True)
    accelerator.wait_for_everyone()
    check_nodes(accelerator, place.work, start)
    prepared = _prepared(accelerator, place, sources, validation, settings, start, threads)
    say(prepared.report)
    if prepared.added:
        say(f"new words: {len(prepared.added)}, such as {', '.join(prepared.added[:8])}")
        base, tokenizer = network.load_pretrained(prepared.start(start))
    freeze(base, settings.freeze_layers)
    if settings.log_with:
        accelerator.init_trackers("midword", as_dict(settings))
    trained, learnt = _train(accelerator, base, tokenizer, prepared, settings, place, start)
    metrics = Metrics(
        settings=settings,
        start=name_of(start),
        language=prepared.language,
        parameters=parameters,
        documents=prepared.documents,
        skipped=prepared.skipped,
        new_words=len(prepared.added),
        learnt=learnt,
    )
    if accelerator.is_main_process:
        result = Result(trained, tokenizer, metrics, prepared, start)
        metrics = result.write(place.work / "result", simulate_words)
        replace_folder(place.work / "result", place.output)
        shutil.rmtree(place.work, ignore_errors=True)
        say(f"{place.output} is ready: midword models use {place.output}")
    return metrics


def _prepared(
    accelerator: Any,
    place: Destination,
    sources: Sequence[str],
    validation: Sequence[str],
    settings: TrainingSettings,
    start: Path,
    processes: int,
) -> Prepared:
    """What the first process makes of the documents, or made of them for the run that is resumed.

    Raises:
        UserError: in all processes.
    """
    from accelerate.utils import broadcast_object_list

    from midword_training.finetuning.prepared import Prepared, key_of, prepare

    folder, failed = place.work / "prepared", [""]
    if accelerator.is_main_process:
        try:
            key = key_of(sources, validation, settings, start)
            if Prepared.load(folder, key) is None:
                prepare(folder, key, sources, validation, settings, start, processes)
        except UserError as error:
            failed = [str(error)]
        except OSError as error:
            failed = [f"{error.filename or folder}: {error.strerror}"]
    broadcast_object_list(failed)
    if failed[0]:
        raise UserError(failed[0])
    prepared = Prepared.load(folder)
    if prepared is None:
        raise UserError(
            f"{folder} is not there on all nodes: -o must name a folder that they share"
        )
    return prepared


def _train(
    accelerator: Any,
    base: Any,
    tokenizer: Any,
    prepared: Prepared,
    settings: TrainingSettings,
    place: Destination,
    start: Path,
) -> tuple[Any, Learnt]:
    """Run the loop; returns the model with the best epoch's weights, and what it learnt."""
    from midword_training.finetuning.loop import Loop
    from midword_training.masked.precision import pace

    say = accelerator.print
    train, held_out = prepared.texts(tokenizer, settings)
    epochs = settings.epochs_for(train.tokens, pace())
    settings = replace(settings, epochs=epochs)
    if not len(train.epoch(0)):
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
    left = loop.total - loop.progress.step
    if left > 0:
        say(_estimate(left, loop.seconds_an_update(), settings.epochs))
    say("training loss | epoch | step | validation loss")
    try:
        progress = loop.run(lambda line: _write(accelerator, _table_line(line)))
    except OSError as error:
        raise UserError(f"{place.work}: {error.strerror}; the last checkpoint is whole") from None
    trained = loop.load_best()
    learnt = Learnt(
        processes=accelerator.num_processes,
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
    accelerator.end_training()  # the group too: nobody waits while the result is written
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


def torch_threads(threads: int) -> None:
    """Give torch's CPU kernels so many threads."""
    import torch

    torch.set_num_threads(threads)


def freeze(model: Any, layers: int) -> None:
    """Keep the lowest `layers` encoder layers as they are.

    Raises:
        UserError: the model has fewer.
    """
    from midword_training.masked.network import layers_of

    if not layers:
        return
    stack = layers_of(model)
    if len(stack) < layers:
        raise UserError(f"--freeze-layers {layers}: the model has {len(stack)} layers to freeze")
    for layer in stack[:layers]:
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
