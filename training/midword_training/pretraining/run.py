"""Pre-train the default model on the corpus, in slices that resume.

    python -m midword_training.pretraining training/recipes/default.toml --start DIR --out DIR
    torchrun --nproc_per_node 8 -m -- midword_training.pretraining ...

The first start counts words, enlarges the vocabulary and tokenises the corpus under `--out`; later
starts go on from the newest checkpoint there, bit for bit in data order. `--cooldown-tokens N`
lets the learning rate fall to nothing over the next N tokens and then writes `--out/final`. While
`--out/PAUSE` exists the loop sleeps; SIGTERM and Ctrl-C save and leave.

Several processes share each batch, one GPU or CPU each; the first one prepares, decides what is due
by its clock, and writes.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoTokenizer

from midword.errors import UserError
from midword.heap import keep_heap
from midword_training.folders import replace_folder
from midword_training.group import check_nodes, join_group
from midword_training.masked.masking import Batch, Row, TokenKinds
from midword_training.masked.precision import set_dropout
from midword_training.pretraining import networks
from midword_training.pretraining.alone import alone_in
from midword_training.pretraining.corpora import (
    TokenFile,
    share_of,
    training_documents,
    write_tokens,
)
from midword_training.pretraining.corpus_words import count_words, domain_words
from midword_training.pretraining.recipes import read_recipe
from midword_training.pretraining.replicas import Replicas
from midword_training.pretraining.schedule import Course, learning_rate
from midword_training.pretraining.stream import Batches, held_out_rows
from midword_training.pretraining.teaching.beside import Beside
from midword_training.pretraining.teaching.lessons import Lessons
from midword_training.words.vocabulary import enlarge

SERVED_TOKENS = 64
"""The row that the server asks with, and that a run is measured by."""

_LOG_SECONDS = 15
_STEPS_A_QUESTION = 8  # between two questions of processes what is due
_GAPS = 1024
"""Held-out gaps that a measurement asks: one standard error is about 0.1 in loss."""

_GENRE_GAPS = 256
"""Gaps of each genre: one standard error is about 0.2, and the same ones are asked again."""


def prepare(recipe: dict[str, Any], start: Path, out: Path, device: str) -> tuple[Any, Any]:
    """The model and tokenizer to train: made once under `out`, then read from there."""
    folder = out / "start"
    if not folder.exists():
        model, tokenizer = _with_corpus_words(recipe, start)
        partial = folder.with_name("start.partial")
        model.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        replace_folder(partial, folder)
    attention = "eager" if device == "cpu" else "sdpa"  # eager is the faster one at 64 tokens
    model = networks.read(folder, attention)
    set_dropout(model, 0.0)  # hardly a text is seen twice: nothing to overfit
    return model, AutoTokenizer.from_pretrained(folder)


def _with_corpus_words(recipe: dict[str, Any], start: Path) -> tuple[Any, Any]:
    wanted = recipe["vocabulary"]
    tokenizer = AutoTokenizer.from_pretrained(start)
    model = networks.read(start)
    if not wanted["words"]:
        return model, tokenizer
    counts = count_words(
        (document for document, _ in training_documents(recipe)),
        lambda document: share_of(document, recipe["weights"]),
    )
    words = domain_words(
        counts,
        tokenizer,
        min_count=wanted["min_count"],
        min_documents=wanted["min_documents"],
        min_sources=wanted["min_sources"],
        limit=wanted["words"],
        compound_limit=wanted["compounds"],
    )
    return enlarge(model, tokenizer, words, sum(count.count for count in counts))


def tokens_of(
    recipe: dict[str, Any], tokenizer: Any, out: Path, held_out_side: bool = False
) -> TokenFile:
    """The training tokens, or the held-out ones, made on first use."""
    folder = out / "tokens" / ("heldout" if held_out_side else "train")
    if not (folder / "documents.npz").exists():
        documents = training_documents(recipe, held_out_side)
        write_tokens(folder, documents, tokenizer.backend_tokenizer)
    return TokenFile.load(folder)


def measured_rows(heldout: TokenFile, kinds: TokenKinds) -> dict[str, list[Row]]:
    """The held-out gaps by what a measurement calls them: `append`, `edit`, `append chat` ..."""
    rows = held_out_rows(heldout, kinds, _GAPS, SERVED_TOKENS)
    for genre in sorted(set(heldout.genres.tolist())):
        of_genre = held_out_rows(heldout, kinds, _GENRE_GAPS, SERVED_TOKENS, genre)
        rows |= {f"{mode} {genre}": asked for mode, asked in of_genre.items() if asked}
    return rows


class Timer:
    """Says when something is due again."""

    def __init__(self, minutes: float) -> None:
        self._seconds, self._last = 60 * minutes, time.monotonic()

    def due(self) -> bool:
        """Whether the interval has passed; if so it begins anew."""
        now = time.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True


class Run:
    """A pre-training run in one folder: what it trains, what it has seen, what it writes."""

    def __init__(
        self,
        recipe: dict[str, Any],
        start: Path,
        out: Path,
        device: str,
        threads: int = 1,
        workers: int = 0,
    ) -> None:
        self.recipe, self.out, self.progress = recipe, out, Course()
        self.workers = workers
        self.group = join_group(cpu=device == "cpu")
        with self.group.main_process_first():
            model, self.tokenizer = prepare(recipe, start, out, device)
        lessons = Lessons(recipe["teacher"], self.tokenizer) if "teacher" in recipe else None
        inside = recipe.get("inside")
        beside = Beside(inside, self.tokenizer, self.group.device) if inside else None
        guides = [teacher.guide for teacher in (lessons, beside) if teacher]
        self.replicas = Replicas(
            model, recipe, self.group.device, threads, group=self.group, guides=guides
        )
        self.curve = self.replicas.load(out / "ckpt", self.progress)
        if recipe["optimiser"]["rows"] < self.group.num_processes:
            raise UserError(
                f"a batch has {recipe['optimiser']['rows']} rows: start no more processes"
            )
        if not self.curve:
            self.export("snapshot")  # others need the tokenizer's final shape early
        kinds = TokenKinds.of(self.tokenizer)
        with self.group.main_process_first():
            heldout = tokens_of(recipe, self.tokenizer, out, held_out_side=True)
            if lessons:
                self.batches: Batches = lessons.batches(recipe)
                self.cooling: Batches = lessons.batches(recipe, cooling=True)
            else:
                tokens = tokens_of(recipe, self.tokenizer, out)
                self.batches = Batches(tokens, kinds, recipe)
                self.cooling = Batches(tokens, kinds, recipe, cooling=True)
        self.gaps = measured_rows(heldout, kinds)
        self.stopping = False
        self.late = 0  # tokens of the cooldown that is to begin, so as to end in time

    def train(self, cooldown_tokens: int = 0, minutes: float = 0) -> None:
        """Step until the cooldown's end, or until `stopping` is set.

        Args:
            cooldown_tokens: let a cooldown of this many begin now, unless one has.
            minutes: let the cooldown begin so that it ends after these, at the speed seen so far.
        """
        progress, schedule = self.progress, self.recipe["schedule"]
        if cooldown_tokens and not progress.cooldown_tokens:
            progress.cool(cooldown_tokens)
        measuring, saving, exporting = (
            Timer(schedule[f"{name}_minutes"]) for name in ("measure", "checkpoint", "snapshot")
        )
        logging, losses = Timer(_LOG_SECONDS / 60), list[Tensor]()
        began = time.monotonic()
        since, read, seconds = (began, progress.tokens), 0, 0.0
        if not self.curve:
            self.measure()
        batches = self.stream()
        while not progress.cooled():
            due = self._agreed(
                stop=lambda: self.stopping,
                pause=lambda: (self.out / "PAUSE").exists(),
                cool=lambda: self.late,
                measure=measuring.due,
                save=saving.due,
                export=exporting.due,
            )
            if due["cool"] and not progress.cooldown_tokens:
                progress.cool(due["cool"])
                batches = self.stream()
            if due["measure"]:
                self.measure()
            if due["save"]:
                self.replicas.save(self.out / "ckpt", progress, self.curve)
            if due["export"]:
                self.export("snapshot")
            if due["stop"]:
                break
            if due["pause"]:
                time.sleep(1)
                since = (time.monotonic(), progress.tokens)
                continue
            losses.append(self.step(batches))
            if logging.due():
                loss = float(torch.stack(losses).mean())
                now = time.monotonic()
                speed = (progress.tokens - since[1]) / (now - since[0])
                # Others' work slows the last quarter of a minute down to a fifth, and not the rest.
                read, seconds = read + progress.tokens - since[1], seconds + now - since[0]
                since = (now, progress.tokens)
                self.log(loss=round(loss, 4), scale=round(self.rate(), 4), speed=round(speed))
                losses.clear()
                left = began + 60 * minutes - now
                late = left < 60 * minutes * schedule.get("cooldown_share", 0.5)
                if minutes and late and not progress.cooldown_tokens:
                    self.late = max(1, int(left * read / seconds))
        self.replicas.save(self.out / "ckpt", progress, self.curve)
        if progress.cooled():
            self.measure()
            self.export("final")
        self.group.wait_for_everyone()  # until all is written

    def _agreed(self, stop: Callable[[], int], **of_the_first: Callable[[], int]) -> dict[str, int]:
        """What is due now in all processes: to stop if any wants to, the rest by the first one.

        Several processes ask each other now and then only: a GPU would be waited for.
        """
        if self.group.num_processes == 1:
            return {name: int(ask()) for name, ask in {"stop": stop, **of_the_first}.items()}
        said = dict.fromkeys(("stop", *of_the_first), 0)
        if self.progress.step % _STEPS_A_QUESTION:
            return said
        said["stop"] = int(stop())
        if self.group.is_main_process:
            said |= {name: int(ask()) for name, ask in of_the_first.items()}
        sums = torch.tensor(list(said.values()), device=self.group.device)
        return dict(zip(said, self.group.reduce(sums, "sum").tolist(), strict=True))

    def stream(self) -> Iterator[Batch]:
        """The batches from here on."""
        return self._source().stream((self.progress.epoch, self.progress.block), self.workers)

    def step(self, batches: Iterator[Batch]) -> Tensor:
        """Learn from the next batch; returns the loss."""
        progress, source = self.progress, self._source()
        loss = self.replicas.step(next(batches), self.rate())
        progress.step += 1
        progress.tokens += source.rows * source.length
        progress.epoch, progress.block = source.after((progress.epoch, progress.block))
        return loss

    def _source(self) -> Batches:
        return self.cooling if self.progress.cooldown_tokens else self.batches

    def rate(self) -> float:
        """The learning rate, as a share of its peak."""
        return learning_rate(self.progress, self.recipe["optimiser"]["warmup_steps"])

    def measure(self) -> None:
        """Ask the held-out gaps and add a point to the learning curve, unless told to stop.

        Several processes measure together, to the end: one that left would be waited for.
        """
        found = {}
        for name, rows in self.gaps.items():
            if self.stopping and self.group.num_processes == 1:
                return
            found[name] = self.replicas.measure(rows, SERVED_TOKENS, self.batches.kinds.pad)
        point = {"step": self.progress.step, "tokens": self.progress.tokens, **found}
        self.curve.append(point)
        self.log(**found)

    def export(self, name: str) -> None:
        """Write the model as it stands, with the curve that led to it."""
        metrics = {"tokens": self.progress.tokens, "steps": self.progress.step, "curve": self.curve}
        self.replicas.export(self.out / name, self.tokenizer, metrics)

    def log(self, **record: Any) -> None:
        """Append a JSON line to `log.jsonl`; the first process does."""
        if not self.group.is_main_process:
            return
        progress = self.progress
        record = {
            "time": time.strftime("%H:%M:%S"),
            "step": progress.step,
            "tokens": progress.tokens,
            "epoch": progress.epoch,
            **record,
        }
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--start", type=Path, required=True, help="the model to start from")
    parser.add_argument("--out", type=Path, required=True, help="a folder outside the checkout")
    parser.add_argument("--cooldown-tokens", type=int, default=0)
    parser.add_argument(
        "--threads", type=int, default=1, help="CPU threads, each with its share of a batch"
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--workers", type=int, default=0, help="processes that mask ahead of a GPU")
    parser.add_argument("--minutes", type=float, default=0, help="cool down to end after these")
    arguments = parser.parse_args()
    keep_heap()
    torch.set_num_threads(1)
    recipe = read_recipe(arguments.recipe)
    arguments.out.mkdir(parents=True, exist_ok=True)
    group = join_group(cpu=arguments.device == "cpu")
    with alone_in(arguments.out) if group.is_main_process else nullcontext():
        check_nodes(group, arguments.out, arguments.start)
        run = Run(
            recipe,
            arguments.start,
            arguments.out,
            arguments.device,
            arguments.threads,
            arguments.workers,
        )

        def stop(*_: object) -> None:
            run.stopping = True

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        run.train(arguments.cooldown_tokens, arguments.minutes)
        group.end_training()
