"""One training step in mixed precision, and the checkpoints that let it resume.

The weights that compute are bf16; fp32 masters take the updates: on CPUs with AMX this is nearly
twice as fast as autocast. Muon moves the encoder's matrices, AdamW the rest.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import BertForMaskedLM

from midword_training.cross_entropy import ChunkedCrossEntropy
from midword_training.masking import IGNORED, Batch, Row, collate


@dataclass(slots=True)
class Progress:
    """Where a run stands; all of it goes into the checkpoint."""

    step: int = 0
    tokens: int = 0
    epoch: int = 0
    block: int = 0
    cooldown_from: int = 0
    cooldown_tokens: int = 0

    def cooled(self) -> bool:
        """Whether a cooldown was begun and is over."""
        gone = self.tokens - self.cooldown_from
        return bool(self.cooldown_tokens) and gone >= self.cooldown_tokens


def learning_rate(progress: Progress, warmup_steps: int) -> float:
    """The share of the peak rate: a linear warm-up, constant, and the cooldown once it is set."""
    scale = min(1.0, (progress.step + 1) / warmup_steps)
    if progress.cooldown_tokens:
        gone = (progress.tokens - progress.cooldown_from) / progress.cooldown_tokens
        scale *= max(0.0, 1.0 - gone)
    return scale


class Trainer:
    """A model, its fp32 masters and their two optimisers."""

    def __init__(self, model: Any, recipe: dict[str, Any], device: torch.device) -> None:
        self.recipe, self.device = recipe["optimiser"], device
        parameters = dict(model.named_parameters())
        self.masters = {
            name: value.detach().to(device, torch.float32, copy=True)
            for name, value in parameters.items()
        }
        self.model = model.to(device, torch.bfloat16).train()
        self.live = dict(self.model.named_parameters())
        decay, lr = self.recipe["weight_decay"], self.recipe["learning_rate"]
        matrices, others, plain = list[Tensor](), list[Tensor](), list[Tensor]()
        for name, value in self.masters.items():
            if value.ndim < 2:
                plain.append(value)
            else:
                (matrices if ".encoder." in name else others).append(value)
        self.optimisers: list[Any] = [
            torch.optim.Muon(
                matrices,
                lr=lr,
                weight_decay=decay,
                ns_steps=self.recipe["newton_schulz_steps"],
                adjust_lr_fn="match_rms_adamw",
            ),
            torch.optim.AdamW(
                [
                    {"params": others, "weight_decay": decay},
                    {"params": plain, "weight_decay": 0.0},
                ],
                lr=lr,
                betas=(0.9, 0.98),
                fused=True,
            ),
        ]

    def hidden(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Head-transformed hidden states [questions, width] and the wanted ids [questions]."""
        states = self.model.bert(
            batch.ids.to(self.device),
            attention_mask=batch.attention(torch.bfloat16).to(self.device),
            position_ids=batch.positions.to(self.device),
        ).last_hidden_state
        labels = batch.labels.to(self.device)
        asked = labels != IGNORED
        return self.model.cls.predictions.transform(states[asked]), labels[asked]

    def step(self, batch: Batch, scale: float) -> Tensor:
        """One update at `scale` times the peak learning rate; returns the loss."""
        hidden, wanted = self.hidden(batch)
        head = self.model.cls.predictions.decoder
        loss: Tensor = ChunkedCrossEntropy.apply(hidden, head.weight, head.bias, wanted)
        loss.backward()
        for name, master in self.masters.items():
            live = self.live[name]
            if master.grad is None:
                master.grad = torch.zeros_like(master)
            if live.grad is not None:  # into the same buffer each time: fresh pages are slow
                master.grad.copy_(live.grad)
                live.grad = None
        grads = [master.grad for master in self.masters.values() if master.grad is not None]
        norm = float(torch.nn.utils.get_total_norm(grads))
        if norm > self.recipe["clip"]:
            torch._foreach_mul_(grads, self.recipe["clip"] / norm)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = scale * self.recipe["learning_rate"]
            optimiser.step()
        with torch.no_grad():
            torch._foreach_copy_(list(self.live.values()), list(self.masters.values()))
        return loss.detach()

    @torch.no_grad()
    def measure(self, rows: list[Row], length: int, pad: int) -> dict[str, float]:
        """Mean loss and top-1 per masked token over `rows`."""
        loss = right = count = 0.0
        self.model.eval()
        for begin in range(0, len(rows), 64):
            hidden, wanted = self.hidden(collate(rows[begin : begin + 64], length, pad))
            logits = self.model.cls.predictions.decoder(hidden).float()
            loss += float(torch.nn.functional.cross_entropy(logits, wanted, reduction="sum"))
            right += float((logits.argmax(1) == wanted).sum())
            count += len(wanted)
        self.model.train()
        return {"loss": round(loss / count, 4), "top1": round(right / count, 4)}

    def export(self, folder: Path, tokenizer: Any, metrics: dict[str, Any]) -> None:
        """Write a Hugging Face folder in fp16, whole or not at all."""
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        model = BertForMaskedLM(self.model.config)
        state = {name: value.to("cpu", torch.float32) for name, value in self.masters.items()}
        model.load_state_dict(state, strict=False)
        model.tie_weights()
        model.to(torch.float16).save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        (partial / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)

    def save(self, folder: Path, progress: Progress, log: list[dict[str, Any]]) -> None:
        """Write a checkpoint over the older of two."""
        folder.mkdir(parents=True, exist_ok=True)
        slots = [folder / "a.pt", folder / "b.pt"]
        slot = min(slots, key=lambda path: path.stat().st_mtime if path.exists() else 0.0)
        state = {
            "masters": self.masters,
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "progress": asdict(progress),
            "random": torch.get_rng_state(),
            "curve": log,
        }
        torch.save(state, slot.with_suffix(".partial"))
        slot.with_suffix(".partial").replace(slot)

    def load(self, folder: Path, progress: Progress) -> list[dict[str, Any]]:
        """Take up the newest checkpoint, if there is one; returns the curve so far."""
        slots = sorted(folder.glob("*.pt"), key=lambda path: path.stat().st_mtime)
        if not slots:
            return []
        state = torch.load(slots[-1], map_location=self.device, weights_only=True)
        with torch.no_grad():
            for name, master in self.masters.items():
                master.copy_(state["masters"][name])
                self.live[name].copy_(master)
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        for name, value in state["progress"].items():
            setattr(progress, name, value)
        torch.set_rng_state(state["random"].cpu())
        curve: list[dict[str, Any]] = state["curve"]
        return curve
