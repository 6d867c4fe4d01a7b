"""A finished run's folder: weights, tokenizer, words, runtime file, metrics, charts and card."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile, rmtree
from typing import Any

from tqdm.auto import tqdm

from midword.heap import trim_heap
from midword.model.manifest import FILE_NAME, Manifest, checksum
from midword_training.evaluation import charts, measures
from midword_training.evaluation.comparison import compare
from midword_training.evaluation.typing_simulator import MODES
from midword_training.exporting.export import export
from midword_training.finetuning import card
from midword_training.finetuning.metrics import Int8, Metrics
from midword_training.finetuning.prepared import Prepared
from midword_training.words import team_phrases, team_words

_INT8_MAY_LOSE = 0.005  # of keystroke savings


@dataclass(frozen=True, slots=True)
class Result:
    """What a run made, and what the card tells of it."""

    model: Any
    tokenizer: Any
    metrics: Metrics
    prepared: Prepared
    start: Path

    def write(self, folder: Path, simulate_words: int) -> Metrics:
        """Write everything into `folder`, which is renamed by the caller once it is whole.

        Returns the metrics with what was measured by typing.
        """
        texts = [each.text for each in self.prepared.validation()] if simulate_words else []
        int8 = self.metrics.settings.int8 and bool(texts)  # without texts its quality is unknown
        typed = simulate_words * len(MODES) * 2 if texts else 0
        with _Bar(typed + (2 * simulate_words if int8 else 0)) as bar:
            bar.says("the weights")
            self._write_model(folder)
            for words in self.prepared.words().iterdir():
                copyfile(words, folder / words.name)
            bar.says("the runtime file")
            # Output folders are named by the team; this one is called "result" in "NAME.run".
            name, licence = folder.parent.name.removesuffix(".run"), licence_of(self.start)
            language = self.metrics.language
            export(folder, int8=int8, fp32=True, name=name, licence=licence, language=language)
            trim_heap()
            metrics = self.metrics
            typing: dict[str, Any] = {"words": simulate_words, "seed": metrics.settings.seed}
            if int8:
                bar.says("typing with both runtime files")
                held = keep_int8_if_it_holds(folder, texts, **typing, on_words=bar.update)
                metrics = replace(metrics, int8=held)
            _seal(folder)
            if texts:
                bar.says("typing before and after")
                before, after = measures.suggester_of(self.start), measures.suggester_of(folder)
                compared = compare(before, after, texts, **typing, on_words=bar.update)
                charts.before_after(folder, compared.lines)
                metrics = replace(metrics, typing=compared)
            bar.says("the card")
            charts.learning_curve(folder, metrics.learnt.curve, metrics.learnt.validation_curve())
            (folder / "metrics.json").write_text(json.dumps(metrics.as_dict(), indent=1) + "\n")
            text = card.write(metrics, name=name, licence=licence, named=self.prepared.names)
            (folder / "README.md").write_text(text, encoding="utf-8")
            _let_others_read(folder)
        return metrics

    def _write_model(self, folder: Path) -> None:
        """The weights, the tokenizer, and the notices of the model that training started from."""
        import torch

        rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        dtype = torch.float32 if self.metrics.settings.saves_float32 else torch.float16
        self.model.eval().to(dtype).save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        for notice in ("LICENSE", "LICENCE", "NOTICE"):
            if (self.start / notice).is_file():
                copyfile(self.start / notice, folder / notice)


class _Bar(tqdm):
    """What the run is doing once it is trained; its length is words typed by the simulator."""

    def __init__(self, words: int) -> None:
        shown = sys.stderr.isatty()
        super().__init__(total=words, desc="result", unit="word", disable=not shown, leave=False)

    def says(self, what: str) -> None:
        """Name what is under way."""
        self.set_description_str(f"result: {what}")


def _let_others_read(folder: Path) -> None:
    """Give the files the mode of any new file: weights come from a temporary one, for one's own."""
    mask = os.umask(0)
    os.umask(mask)
    for path in folder.iterdir():
        path.chmod(0o666 & ~mask)


def licence_of(folder: Path) -> str:
    """The SPDX expression of the weights in a Midword folder, or ""."""
    return Manifest.read(folder).licence if (folder / FILE_NAME).is_file() else ""


def _seal(folder: Path) -> None:
    """Put the word lists' checksums beside those that `export` took."""
    manifest = Manifest.read(folder)
    lists = (team_words.LEXICON_FILE, team_phrases.PHRASES_FILE)
    sums = {name: checksum(folder / name) for name in lists if (folder / name).is_file()}
    replace(manifest, sha256={**manifest.sha256, **sums}).write(folder)


def keep_int8_if_it_holds(
    folder: Path,
    texts: Sequence[str],
    *,
    words: int,
    seed: int,
    on_words: Callable[[int], object] = lambda _: None,
) -> Int8:
    """Type with both runtime files; an int8 one that saves clearly less is taken away again."""
    savings = {
        runtime: measures.typing_of(
            measures.suggester_of(folder, runtime),
            texts,
            ("append",),
            words=words,
            seed=seed,
            on_words=on_words,
        )[0]["append"].savings()
        for runtime in ("onnx-fp32", "onnx-int8")
    }
    lost = savings["onnx-fp32"] - savings["onnx-int8"]
    kept = lost <= _INT8_MAY_LOSE
    if not kept:
        manifest = Manifest.read(folder)
        body = manifest.bodies["onnx-int8"]
        bodies = {name: file for name, file in manifest.bodies.items() if file != body}
        sums = {name: digest for name, digest in manifest.sha256.items() if name != body}
        replace(manifest, bodies=bodies, sha256=sums).write(folder)
        (folder / body).unlink()
    return Int8(kept, round(100 * lost, 2), words)
