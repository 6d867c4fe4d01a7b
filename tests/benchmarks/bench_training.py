"""Tokens a second of `midword finetune` and of Hugging Face's Trainer: same model, rows, precision.

    python tests/benchmarks/bench_training.py MODEL [--updates 6] [--rows 32] [--threads 1]

Both train on the same masked rows of 128 tokens (the reference recipe), in float32 on a CPU and in
fp16 AMP where there is a GPU. CPU seconds are printed beside wall time, which other processes
stretch.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from transformers import Trainer, TrainerCallback, TrainingArguments

from midword_training.documents.document import TeamDocument
from midword_training.finetuning.loop import Loop
from midword_training.masked.blocks import BlockedText, Masking
from midword_training.masked.network import load_pretrained
from midword_training.masked.precision import has_cuda, mixed_precision
from midword_training.settings import make

WARM_UP = 2  # updates that are not counted


def main() -> None:
    """Run both, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--text", type=Path, nargs="+", required=True)
    parser.add_argument("--updates", type=int, default=6)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", default="fp32", choices=("fp32", "auto", "fp16"))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    settings = make({"recipe": "reference", "batch": options.rows, "precision": options.precision})
    model, tokenizer = load_pretrained(options.model)
    documents = [TeamDocument(p.name, (p.read_text(encoding="utf-8"),)) for p in options.text]
    text = BlockedText.of(documents, tokenizer, settings)
    blocks = text.epoch(0)[: (options.updates + WARM_UP) * options.rows]
    masking = Masking(text.kinds, model.config.model_type, settings)
    rows = [masking.row(block, 0, i) for i, block in enumerate(blocks)]
    tokens = options.updates * options.rows * settings.block_tokens
    accelerator = Accelerator(cpu=not has_cuda(), mixed_precision=mixed_precision(settings))
    with tempfile.TemporaryDirectory() as folder:
        theirs = _trainer(options, rows, Path(folder))
        loop = Loop(accelerator, model, text, None, settings, Path(folder))
        ours = _ours(loop, options.updates + WARM_UP)
    for name, (wall, cpu) in (("Trainer", theirs), ("midword", ours)):
        print(f"{name:8} {tokens / wall:7.0f} tokens/s, {tokens / cpu:7.0f} per CPU second")
    print(f"ratio    {theirs[0] / ours[0]:7.2f} wall      {theirs[1] / ours[1]:7.2f} CPU")


def _ours(loop: Loop, updates: int) -> tuple[float, float]:
    starts: list[tuple[float, float]] = []
    for update, rows in zip(range(updates), loop.batches(0), strict=False):
        if update == WARM_UP:
            starts.append(_now())
        loop.update(rows)
    wall, cpu = _now()
    return wall - starts[0][0], cpu - starts[0][1]


def _now() -> tuple[float, float]:
    """Wall and CPU seconds once the GPU has done what it was given."""
    if has_cuda():
        torch.cuda.synchronize()
    return time.perf_counter(), time.process_time()


def _trainer(options: Any, rows: list[Any], folder: Path) -> tuple[float, float]:
    marks: list[tuple[float, float]] = []

    class Clock(TrainerCallback):
        def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step == WARM_UP:
                marks.append(_now())

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step == state.max_steps:
                marks.append(_now())

    model, _ = load_pretrained(options.model)
    examples = [
        {"input_ids": row.ids, "labels": row.labels, "attention_mask": [1] * len(row.ids)}
        for row in rows
    ]
    arguments = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=options.rows,
        num_train_epochs=1,
        learning_rate=2e-5,
        use_cpu=not has_cuda(),
        fp16=has_cuda() and options.precision != "fp32",
        report_to=[],
        save_strategy="no",
        disable_tqdm=True,
    )
    Trainer(model=model, args=arguments, train_dataset=examples, callbacks=[Clock()]).train()
    return marks[1][0] - marks[0][0], marks[1][1] - marks[0][1]


if __name__ == "__main__":
    main()
