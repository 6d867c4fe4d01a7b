"""A model of which each process has a part (FSDP2), on two CPUs over gloo."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForMaskedLM

from midword.errors import UserError
from midword_training.finetuning import loop as loops
from midword_training.finetuning.finetune import finetune
from midword_training.settings import make

SETTINGS = {
    "epochs": 2,
    "batch": 8,
    "device_batch": 3,
    "eval_batch": 1,  # one process has a validation row, and so a batch, more than the other
    "block_tokens": 32,
    "dropout": 0.0,
    "precision": "fp32",
    "learning_rate": 1e-3,
    "threads": 1,
    "blend": 0.5,
    "checkpoint_steps": 4,
}


class Killed(BaseException):
    """Ends a run."""


def sharded(docs: Path, model: Path, out: Path, dies_at: str = "") -> str:
    """Run two processes of which each has a part; returns what they say."""
    options = ["--model", str(model), "--simulate-words", "0"]
    for name, value in SETTINGS.items():
        options += [f"--{name.replace('_', '-')}", str(value)]
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]
    launch += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"]
    asked = {
        "ACCELERATE_USE_CPU": "true",
        "ACCELERATE_USE_FSDP": "true",
        "FSDP_VERSION": "2",
        "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP",
        "OMP_NUM_THREADS": "1",
    }
    script = Path(__file__).with_name("sharded_run.py")
    done = subprocess.run(
        [*launch, script, dies_at, docs, "-o", out, *options],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert (done.returncode != 0) == bool(dies_at), done.stderr[:6000]
    return done.stdout


def alone(docs: Path, model: Path, out: Path) -> None:
    finetune([str(docs)], out, model=model, settings=make(SETTINGS), simulate_words=0)


def best(out: Path) -> dict[str, torch.Tensor]:
    """The weights that a run which died has kept."""
    kept: dict[str, torch.Tensor] = torch.load(
        out.with_name(f"{out.name}.run") / "best.pt", weights_only=True
    )
    return kept


def are_close(some: dict[str, Any], others: dict[str, Any], within: float) -> bool:
    """Whether weights are the same to rounding.

    No loss depends on keys' biases: Adam makes steps of what rounding leaves of their gradients.
    """
    assert some.keys() == others.keys()
    return all(
        torch.allclose(some[name], others[name], atol=1e-2 if "key.bias" in name else within)
        for name in some
    )


@pytest.mark.timeout(600)
def test_a_model_in_parts_learns_what_a_whole_one_does(
    docs: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, whole = tmp_path / "parts", tmp_path / "whole"
    sharded(docs, tiny_model, parts, dies_at="18")
    with pytest.raises(UserError, match="a run with FSDP; say the same again, or --restart"):
        alone(docs, tiny_model, parts)

    update = loops.Loop.update

    def dies(self: loops.Loop, *arguments: Any) -> tuple[float, int]:
        if self.progress.step == 18:
            raise Killed
        return update(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(loops.Loop, "update", dies)
        with pytest.raises(Killed):
            alone(docs, tiny_model, whole)
    assert are_close(best(parts), best(whole), 1e-5)  # of the first epoch, all of them

    said = sharded(docs, tiny_model, parts)
    assert "going on from update 16" in said
    alone(docs, tiny_model, whole)
    one, two = (json.loads((out / "metrics.json").read_text()) for out in (whole, parts))
    assert two["processes"] == 2
    assert [step for step, _ in two["curve"]] == [step for step, _ in one["curve"]]
    for name in ("training_loss", "validation_loss"):
        lines = ([line[name] for line in metrics["table"]] for metrics in (one, two))
        assert next(lines) == pytest.approx(next(lines), abs=1e-4)
    assert two["validation_loss"] == pytest.approx(one["validation_loss"], abs=1e-4)
    models = (
        AutoModelForMaskedLM.from_pretrained(out, dtype=torch.float32) for out in (whole, parts)
    )
    assert are_close(next(models).state_dict(), next(models).state_dict(), 1e-3)  # saved as fp16
