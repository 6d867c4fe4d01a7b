"""A finished run's folder: weights, tokenizer, words, runtime file, metrics, charts and card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copyfile, rmtree
from typing import TYPE_CHECKING, Any

from midword.model.manifest import FILE_NAME, Manifest, checksum
from midword.suggest.lexicon import Lexicon
from midword_training import card, charts, team_words
from midword_training.export import export
from midword_training.settings import Settings
from midword_training.vocabulary import WordCount

if TYPE_CHECKING:
    from midword_training.finetune import Corpus

_WEIGHTS = "model.safetensors"


def write_result(
    folder: Path,
    model: Any,
    tokenizer: Any,
    metrics: dict[str, Any],
    corpus: Corpus,
    added: Sequence[WordCount],
    lexicon: Lexicon,
    start: Path,
    settings: Settings,
    simulate_words: int,
) -> None:
    """Write everything into `folder`, which is renamed by the caller once it is whole."""
    import torch

    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model.eval().to(torch.float16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    lexicon.save(folder / team_words.LEXICON_FILE)
    team_words.write_review(folder / team_words.REVIEW_FILE, added)
    # Output folders are named by the team; the run's folder is called "result".
    name = folder.parent.name.removesuffix(".run")
    inherited = licence_of(start)
    export(folder, int8=settings.int8, fp32=True, name=name, licence=inherited)
    for notice in ("LICENSE", "LICENCE", "NOTICE"):
        if (start / notice).is_file():
            copyfile(start / notice, folder / notice)
    _seal(folder)
    charts.learning_curve(
        folder, metrics["curve"], metrics["table"], metrics["validation_loss_before"]
    )
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    text = card.write(metrics, name=name, licence=inherited, start=start, corpus=corpus)
    (folder / "README.md").write_text(text, encoding="utf-8")


def licence_of(folder: Path) -> str:
    """The SPDX expression of the weights in a Midword folder, or ""."""
    return Manifest.read(folder).licence if (folder / FILE_NAME).is_file() else ""


def _seal(folder: Path) -> None:
    """Put the lexicon's checksum beside those that `export` took."""
    manifest = Manifest.read(folder)
    sums = {**manifest.sha256, team_words.LEXICON_FILE: checksum(folder / team_words.LEXICON_FILE)}
    replace(manifest, sha256=sums).write(folder)
