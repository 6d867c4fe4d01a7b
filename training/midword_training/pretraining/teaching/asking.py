"""Ask a teacher what comes next, in slices that resume.

    python -m midword_training.pretraining.teaching RECIPE --teacher DIR --start DIR --out DIR

The first start draws passages of the recipe's training documents into `--out`, of about `--share`
of a pass; each 256 of them become a shard of answers there. SIGTERM and Ctrl-C leave the shards
that are whole; the same command goes on behind them, and a larger `--share` adds to them. A recipe
whose table `teacher` names the folder trains on the passages, and on the answers too.
"""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from transformers import AutoTokenizer

from midword_training.pretraining.alone import alone_in
from midword_training.pretraining.recipes import read_recipe
from midword_training.pretraining.teaching import answers
from midword_training.pretraining.teaching.passages import Passage, kept
from midword_training.pretraining.teaching.shared_words import SharedWords
from midword_training.pretraining.teaching.teacher import Teacher, load

SHARD = 256
"""Passages of a shard."""

_AT_ONCE = 32
"""Passages that are read between two looks at whether to stop."""

_COUNTED = 8_000
"""Passages, the first ones, by which the endings of words are counted."""


def ask(
    passages: Sequence[Passage],
    shared: SharedWords,
    teacher: Teacher,
    vocabulary: answers.Vocabulary,
    out: Path,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Write the shards of some passages that aren't there yet, until `stopping` says so."""
    for number, begin in enumerate(range(0, len(passages) - SHARD + 1, SHARD)):
        path = answers.shard(out, number)
        if path.exists():
            continue
        began, mine, said = time.monotonic(), passages[begin : begin + SHARD], []
        asked = shared.ask([passage.text for passage in mine])
        for first in range(0, SHARD, _AT_ONCE):
            if stopping():
                return
            said += teacher.answer(asked[first : first + _AT_ONCE])
        answers.write(path, mine, asked, said, shared.words, vocabulary)
        tokens = sum(len(each.teacher) for each in asked)
        speed = tokens / (time.monotonic() - began)
        print(f"{path.name}  {tokens:,} tokens, {speed:,.0f} a second", flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument(
        "--teacher", type=Path, required=True, help="a causal language model, or its GGUF file"
    )
    parser.add_argument("--start", type=Path, required=True, help="the student: its vocabulary")
    parser.add_argument("--out", type=Path, required=True, help="a folder outside the checkout")
    parser.add_argument("--share", type=float, default=0.05, help="of a pass over the corpora")
    parser.add_argument("--top", type=int, default=64, help="words that are kept of each place")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    stop = False

    def leave(*_: object) -> None:
        nonlocal stop
        stop = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    with alone_in(arguments.out):
        passages = kept(
            read_recipe(arguments.recipe), arguments.share, arguments.out / "passages.jsonl.xz"
        )
        student = AutoTokenizer.from_pretrained(arguments.start)
        model, tokenizer = load(arguments.teacher, arguments.device)
        shared = SharedWords(student, tokenizer)
        counted = passages[:_COUNTED]
        endings = shared.endings(
            asked
            for begin in range(0, len(counted), SHARD)
            for asked in shared.ask([passage.text for passage in counted[begin : begin + SHARD]])
        )
        teacher = Teacher(model, shared, endings, arguments.top)
        print(f"{len(passages):,} passages, {len(shared.words):,} shared words", flush=True)
        ask(passages, shared, teacher, answers.checksum(student), arguments.out, lambda: stop)
