"""The training loop, on accelerate: one process or many, resumable at any step.

Each process takes every n-th row of a batch, and losses are weighed by the questions of the whole
batch, so n processes compute what one computes, to rounding. Each has the whole model, or a part of
it (FSDP2): then all of them must call the network, and ask for its weights, equally often.
"""

from __future__ import annotations

import copy
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import Tensor
from tqdm.auto import tqdm

from midword import files
from midword.heap import trim_heap
from midword_training.finetuning.optimiser import build_optimiser
from midword_training.finetuning.progress import Epoch, Progress
from midword_training.folders import recover_folder, replace_folder
from midword_training.masked.ahead import ahead
from midword_training.masked.blocks import BlockedText, EpochRows, Masking
from midword_training.masked.cross_entropy import DenseGuide
from midword_training.masked.masking import IGNORED, Batch, Row, collate
from midword_training.masked.network import MaskedRows
from midword_training.masked.precision import set_dropout, wants_bf16
from midword_training.masked.sharding import is_sharded, like, whole
from midword_training.settings import TrainingSettings, identity

_UPDATES_A_TRIM = 8
_KEPT_LOSSES = 20  # updates whose mean loss the progress bar shows


class Loop:
    """Trains `model` on `train`, measuring `validation` after each epoch.

    Checkpoints lie in `folder/checkpoint`, the best epoch's weights in `folder/best.pt`; both are
    written aside and renamed, so what is there is whole.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        model: Any,
        train: BlockedText,
        validation: BlockedText | None,
        settings: TrainingSettings,
        folder: Path,
    ) -> None:
        self.accelerator, self.settings, self.folder = accelerator, settings, folder
        self.train_text, self.pad = train, train.kinds.pad
        self.masking = Masking(train.kinds, model.config.model_type, settings)
        if settings.dropout >= 0:
            set_dropout(model, settings.dropout)
        beginning = copy.deepcopy(model).eval()
        self.start: dict[str, Tensor] = beginning.state_dict() if settings.blend < 1 else {}
        self.pure_bf16 = accelerator.mixed_precision == "no" and wants_bf16(settings)
        network = MaskedRows(model)
        optimiser = build_optimiser(
            network,
            learning_rate=settings.learning_rate,
            weight_decay=settings.weight_decay,
            betas=(0.9, settings.beta2),
            epsilon=1e-8,
            masters=self.pure_bf16,
        )
        if self.pure_bf16:
            model.to(torch.bfloat16)
        self.teacher = MaskedRows(beginning.to(model.dtype)) if settings.pull else None
        self.network, self.optimiser = accelerator.prepare(network, optimiser)
        if self.teacher is not None:
            self.teacher.to(accelerator.device)
        self.updates = -(-len(train.epoch(0)) // settings.batch)
        self.total = self.updates * settings.epochs
        if settings.max_steps:
            self.total = min(self.total, settings.max_steps)
        self.rate = torch.optim.lr_scheduler.LambdaLR(optimiser, self._rate)
        accelerator.register_for_checkpointing(self.rate)
        self.progress = Progress(
            data=train.fingerprint(),
            settings=identity(settings),
            epochs=settings.epochs,
            processes=accelerator.num_processes,
            threads=torch.get_num_threads(),
            sharded=is_sharded(self.network),
        )
        self.validation_rows: list[Row] = []
        if validation is not None:
            blocks = validation.validation()
            places = range(len(blocks))
            mine = [
                self.masking.validation_row(blocks[place], place) for place in self._mine(places)
            ]
            silent = [
                _silent(self.masking.validation_row(blocks[0], 0))
                for _ in range(self._lacking(places))
            ]
            self.validation_rows = mine + silent
        self.stopping = self.resumed = False
        self.changes = ""  # what is otherwise than in the run whose checkpoint was taken up

    def _rate(self, step: int) -> float:
        """Share of the peak learning rate: up, then linearly down to nothing."""
        warmup = int(self.total * self.settings.warmup_share)
        if step < warmup:
            return (step + 1) / (warmup + 1)
        return max(0.0, (self.total - step) / max(1, self.total - warmup))

    # -- running

    def run(self, on_epoch: Callable[[Epoch], None] = lambda _: None) -> Progress:
        """Train to the end, to the patience's end, or until Ctrl-C or SIGTERM asks to stop."""
        progress, settings = self.progress, self.settings
        if not self.resumed:  # else the states of all generators came with the checkpoint
            set_seed(settings.seed)
        self.network.train()  # a loaded model has no dropout
        saved, stopped = time.monotonic(), False
        with self._bar() as bar, self._signals():
            while progress.step < self.total and not stopped:
                begun = time.monotonic()
                first = progress.step - progress.epoch * self.updates
                for update, rows in enumerate(self.batches(progress.epoch, first), first):
                    loss, tokens = self.update(rows)
                    self._count(loss, tokens, time.monotonic() - begun, bar)
                    if progress.step % _UPDATES_A_TRIM == 0:
                        trim_heap()
                    begun = time.monotonic()
                    if update + 1 == self.updates or progress.step == self.total:
                        on_epoch(self._close_epoch())
                        self.save()
                        stopped = self._any(self.stopping) or self._out_of_patience()
                        break
                    due = begun - saved >= 60 * settings.checkpoint_minutes
                    if settings.checkpoint_steps:
                        due = progress.step % settings.checkpoint_steps == 0
                    stopped = self._any(self.stopping)
                    if self._any(due) or stopped:
                        self.save()
                        saved = begun = time.monotonic()
                    if stopped:
                        break
        self.stopping = stopped and progress.step < self.total and not self._out_of_patience()
        return progress

    def seconds_an_update(self) -> float:
        """How long an update takes: as in the run so far, or tried on the first rows.

        To be asked before `run`, which seeds the generators.
        """
        if self.progress.step:
            return self.progress.seconds / self.progress.step
        self.network.train()
        rows = next(iter(self.batches(0)))
        seconds = []
        for _ in range(2):  # the first one makes what all of them use
            begun = time.monotonic()
            self._gradients(rows)
            self.optimiser.zero_grad()
            seconds.append(time.monotonic() - begun)
        return min(seconds)

    def batches(self, epoch: int, first: int = 0) -> Iterator[list[Row]]:
        """This process's rows of each update of an epoch, masked beside the update before.

        Processes take equally many, for they compute their parts together: where one has a row
        less than the others, it gets one that asks nothing.
        """
        blocks = self.train_text.epoch(epoch)
        all_places = [self._places(update, len(blocks)) for update in range(first, self.updates)]
        mine = [self._mine(places) for places in all_places]
        # A row of its own, or one of the first process's.
        wanted = [some or places[:1] for some, places in zip(mine, all_places, strict=True)]
        rows = ahead(EpochRows(blocks, self.masking, epoch), wanted, self.settings.workers)
        for places, some, found in zip(all_places, mine, rows, strict=True):
            yield found[: len(some)] + [_silent(found[0])] * self._lacking(places)

    def _places(self, update: int, blocks: int) -> range:
        """Which of an epoch's rows an update reads.

        Cut anew, an epoch may have fewer blocks than the first one, by which updates are counted.
        """
        begin = update * self.settings.batch
        first = begin if begin < blocks else 0
        return range(first, min(first + self.settings.batch, blocks))

    def update(self, rows: list[Row]) -> tuple[float, int]:
        """One optimiser step; returns the mean loss over the batch's questions, and its tokens."""
        loss, tokens = self._gradients(rows)
        if self.settings.clip:
            self.accelerator.clip_grad_norm_(self.network.parameters(), self.settings.clip)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.rate.step()
        return loss, tokens

    def _gradients(self, mine: list[Row]) -> tuple[float, int]:
        """Leave a batch's gradients in the weights; returns its mean loss, and its tokens."""
        asked = sum(len(row.labels) - row.labels.count(IGNORED) for row in mine)
        read = sum(len(row.ids) for row in mine if not _is_silent(row))
        sizes = torch.tensor([asked, read], device=self.accelerator.device)
        questions, tokens = self.accelerator.reduce(sizes, "sum").tolist()
        questions = max(1, questions)
        size = -(-len(mine) // self.settings.accumulation)
        if self.settings.device_batch:
            size = min(size, self.settings.device_batch)
        total = torch.zeros((), device=self.accelerator.device)
        for begin in range(0, len(mine), size):
            last = begin + size >= len(mine)
            with nullcontext() if last else self.accelerator.no_sync(self.network):
                batch = self._batch(mine[begin : begin + size])
                guide = self._guide(batch)
                with self.accelerator.autocast():  # of a sharded network accelerate forgets it
                    loss: Tensor = self.network(batch, guide)
                total += loss.detach()
                # DDP averages over processes what is to be summed.
                self.accelerator.backward(loss * (self.accelerator.num_processes / questions))
        return float(self.accelerator.reduce(total, "sum")) / questions, tokens

    def _guide(self, batch: Batch) -> DenseGuide | None:
        """What the model said of the batch's questions before it was trained."""
        if self.teacher is None:
            return None
        with self.accelerator.autocast():
            return self.teacher.guide(batch, self.settings.pull)

    def _mine(self, places: range) -> range:
        """This process's share of some rows."""
        return places[self.accelerator.process_index :: self.accelerator.num_processes]

    def _lacking(self, places: range) -> int:
        """How many rows fewer this process's share has than the largest one."""
        return -(-len(places) // self.accelerator.num_processes) - len(self._mine(places))

    def _batch(self, rows: Sequence[Row]) -> Batch:
        return collate(rows, max(len(row.ids) for row in rows), self.pad)

    def _count(self, loss: float, tokens: int, seconds: float, bar: Any) -> None:
        progress = self.progress
        progress.step += 1
        progress.loss_sum += loss
        progress.tokens += tokens
        progress.seconds += seconds
        progress.curve.append((progress.step, loss))
        bar.update()
        recent = [value for _, value in progress.curve[-_KEPT_LOSSES:]]
        speed = progress.tokens / progress.seconds
        bar.set_postfix_str(f"loss {sum(recent) / len(recent):.3f}, {speed:,.0f} tokens/s")
        self.accelerator.log({"loss": loss, "tokens_per_second": speed}, step=progress.step)

    def _close_epoch(self) -> Epoch:
        progress = self.progress
        progress.epoch += 1
        mean = progress.loss_sum / max(1, progress.step - progress.closed)
        progress.closed = progress.step
        line = Epoch(progress.epoch, progress.step, mean, self.measure())
        progress.loss_sum = 0.0
        progress.table.append(line)
        best = progress.table[progress.best] if progress.best >= 0 else None
        loss = line.validation_loss
        if loss is None or best is None or loss < (best.validation_loss or float("inf")):
            progress.best = len(progress.table) - 1
            self._save_best()
        if loss is not None:
            self.accelerator.log({"validation_loss": loss}, step=progress.step)
        return line

    def _out_of_patience(self) -> bool:
        waited = len(self.progress.table) - 1 - self.progress.best
        return 0 < self.settings.patience <= waited

    @torch.no_grad()
    def measure(self) -> float | None:
        """The mean loss over the validation rows' questions; None where there are no rows."""
        if not self.validation_rows:
            return None
        self.network.eval()
        mine = self.validation_rows
        sums = torch.zeros(2, dtype=torch.float64, device=self.accelerator.device)
        for begin in range(0, len(mine), self.settings.eval_batch):
            batch = self._batch(mine[begin : begin + self.settings.eval_batch])
            with self.accelerator.autocast():
                sums[0] += self.accelerator.unwrap_model(self.network)(batch)
            sums[1] += len(batch.questions[0])
            trim_heap()
        self.network.train()
        loss, questions = self.accelerator.reduce(sums, "sum").tolist()
        return float(loss / max(1, questions))

    # -- interruption

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Ctrl-C and SIGTERM finish the update under way; a second Ctrl-C stops at once."""

        def ask(number: int, _frame: Any) -> None:
            if self.stopping:
                raise KeyboardInterrupt
            self.stopping = True
            print("stopping after this update (again to stop at once)", file=sys.stderr)

        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _any(self, flag: bool) -> bool:
        """Whether the flag is up in any process: all must save, or stop, together."""
        if self.accelerator.num_processes == 1:
            return flag
        value = torch.tensor(float(flag), device=self.accelerator.device)
        return bool(self.accelerator.reduce(value, "sum") > 0)

    @contextmanager
    def _bar(self) -> Iterator[Any]:
        bar = tqdm(
            total=self.total,
            initial=self.progress.step,
            desc="training",
            unit="update",
            disable=not self.accelerator.is_main_process or not sys.stderr.isatty(),
        )
        with bar:
            yield bar

    # -- checkpoints

    def save(self) -> None:
        """Write a checkpoint over the last one."""
        aside, place = self.folder / "checkpoint.partial", self.folder / "checkpoint"
        if self.accelerator.is_main_process:
            shutil.rmtree(aside, ignore_errors=True)
        self.accelerator.wait_for_everyone()
        self.accelerator.save_state(str(aside), safe_serialization=False)
        self.accelerator.wait_for_everyone()  # each one writes into it
        if self.accelerator.is_main_process:
            self.progress.save(aside / "progress.json")
            replace_folder(aside, place)
        self.accelerator.wait_for_everyone()

    def resume(self) -> bool:
        """Take up the last checkpoint; False where there is none.

        Another number of epochs extends the run, or ends it earlier; another number of processes
        goes on too, but draws other dropout.

        Raises:
            ValueError: it was made from other documents or settings; says which.
        """
        place = self.folder / "checkpoint"
        if self.accelerator.is_main_process:
            recover_folder(place)
        self.accelerator.wait_for_everyone()
        if not (place / "progress.json").exists():
            return False
        progress, fresh = Progress.load(place / "progress.json"), self.progress
        if other := fresh.differs(progress):
            raise ValueError(f"holds a checkpoint of a run with {other}")
        self.accelerator.load_state(str(place))
        if progress.processes != fresh.processes:
            set_seed(self.settings.seed + progress.step, device_specific=True)
            self.changes += f", of {progress.processes} processes: not bit for bit with dropout"
        if progress.epochs != fresh.epochs:
            self.changes += f", {fresh.epochs} epochs instead of {progress.epochs}"
            for group, peak in zip(
                self.rate.optimizer.param_groups, self.rate.base_lrs, strict=True
            ):
                group["lr"] = peak * self._rate(progress.step)
        self.resumed = True
        self.progress = replace(progress, epochs=fresh.epochs, processes=fresh.processes)
        if not self.settings.threads and progress.threads:  # sums are rounded by threads
            torch.set_num_threads(progress.threads)
        return True

    def _save_best(self) -> None:
        weights = self._weights()
        if self.accelerator.is_main_process:
            with files.writing(self.folder / "best.pt") as file:
                torch.save(weights, file)
        self.accelerator.wait_for_everyone()

    def _weights(self) -> dict[str, Tensor]:
        """All of the present weights; all processes must ask together."""
        model = self.accelerator.unwrap_model(self.network).model
        weights = {name: whole(value) for name, value in model.state_dict().items()}
        if self.pure_bf16:  # keep the masters' precision
            masters = self.optimiser.optimizer.masters.by_name(model)
            weights |= {name: whole(master) for name, master in masters.items()}
        return weights

    def load_best(self) -> Any:
        """The plain model in float32 with the best epoch's weights, or the present ones.

        With `blend` below 1 they are drawn towards the weights that the run started from, which
        keeps what the model knew (WiSE-FT, Wortsman et al. 2022, https://arxiv.org/abs/2109.01903).
        `measure` afterwards measures these weights; training is over, and its memory is freed.
        """
        best = self.folder / "best.pt"
        if best.exists() and self.progress.best >= 0:
            weights = torch.load(best, map_location="cpu", weights_only=True)
        else:
            weights = self._weights()
        for name, value in self.start.items():
            if value.is_floating_point():
                weights[name] = torch.lerp(value, weights[name].float(), self.settings.blend)
        network = self.accelerator.unwrap_model(self.network)
        if is_sharded(network):
            network = self.network = MaskedRows(like(network.model)).to(self.accelerator.device)
        self.accelerator.free_memory()
        self.start, self.teacher = {}, None
        del self.optimiser, self.rate
        network.model.float().load_state_dict(weights, strict=False)
        network.model.tie_weights()
        self.pure_bf16 = False
        return network.model


def _silent(row: Row) -> Row:
    """A row that asks nothing."""
    return replace(row, labels=[IGNORED] * len(row.ids))


def _is_silent(row: Row) -> bool:
    return row.labels.count(IGNORED) == len(row.labels)
