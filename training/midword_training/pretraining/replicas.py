"""One training step in mixed precision, and the checkpoints that let it resume.

The weights that compute are bf16; fp32 masters take the updates: on CPUs with AMX this is nearly
twice as fast as autocast. Muon moves the layers' matrices, AdamW the rest.

Threads inside one operation wait for each other hundreds of times a step, which another busy
program turns into a crawl. Here each thread reads its own rows of the batch through a replica of
the model: the same weights, other gradients. They wait for each other twice a step.

Processes of a group share the batch likewise. Their gradients are summed in the fp32 masters, once
a step, and each makes the same update of them.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor
from transformers import BertForMaskedLM

from midword import files
from midword_training.folders import replace_folder
from midword_training.group import join_group
from midword_training.masked.cross_entropy import ChunkedCrossEntropy, Guide, Guides
from midword_training.masked.masking import IGNORED, Batch, Row, collate, there
from midword_training.masked.masters import Masters
from midword_training.pretraining import networks
from midword_training.pretraining.schedule import Course


class Replicas:
    """A model, its fp32 masters and their optimisers.

    Args:
        model: a network that `networks` read; Muon moves its layers' matrices.
        recipe: its `optimiser` table.
        device: where it computes.
        threads: how many share a batch; each computes with one core.
        group: the processes that share a batch before their threads do; None: there is one.
        guides: what the gradients of a batch, on the CPU, lean to on the device, each elsewhere.
    """

    def __init__(
        self,
        model: Any,
        recipe: dict[str, Any],
        device: torch.device,
        threads: int = 1,
        group: Accelerator | None = None,
        guides: Sequence[Callable[[Batch, torch.device], Guide | None]] = (),
    ) -> None:
        self.recipe, self.device, self.guides = recipe["optimiser"], device, guides
        self.group = group or join_group(cpu=device.type == "cpu")
        self.masters = Masters(model.parameters(), device)
        self.model = model.to(device, torch.bfloat16).train()
        self.replicas = [self.model, *(_replica(self.model) for _ in range(threads - 1))]
        if device.type == "cuda" and isinstance(model, BertForMaskedLM):
            self.model.bert.compile(dynamic=False)
        self.threads = ThreadPoolExecutor(threads - 1) if threads > 1 else None
        self.optimisers = self._optimisers()

    def _optimisers(self) -> list[Any]:
        """Two Muons that take equally long, and AdamW."""
        decay, lr = self.recipe["weight_decay"], self.recipe["learning_rate"]
        square, oblong, others, plain = (list[Tensor]() for _ in range(4))
        for name, value in self.masters.by_name(self.model).items():
            if value.ndim < 2:
                plain.append(value)
            elif ".layer." not in name:
                others.append(value)
            else:
                (square if value.shape[0] == value.shape[1] else oblong).append(value)
        adamw = torch.optim.AdamW(
            [{"params": others, "weight_decay": decay}, {"params": plain, "weight_decay": 0.0}],
            lr=lr,
            betas=(0.9, 0.98),
            fused=True,
        )
        muons = [
            torch.optim.Muon(
                matrices,
                lr=lr,
                weight_decay=decay,
                ns_steps=self.recipe["newton_schulz_steps"],
                adjust_lr_fn="match_rms_adamw",
            )
            for matrices in (oblong, square)
        ]
        return [*muons, adamw]

    def hidden(self, batch: Batch, model: Any) -> tuple[Tensor, Tensor]:
        """Head-transformed hidden states [questions, width] and the wanted ids [questions].

        `batch` is on the CPU: where its questions are is known there without waiting for a GPU.
        """
        asked, wanted = (there(each, self.device) for each in batch.questions)
        states = networks.states(model, batch.to(self.device))
        return networks.vectors(model, states.flatten(0, 1).index_select(0, asked)), wanted

    def step(self, batch: Batch, scale: float) -> Tensor:
        """One update at `scale` times the peak learning rate; returns the loss.

        `batch`: all of it, in each process.
        """
        questions = int((batch.labels != IGNORED).sum())
        mine = batch.split(self.group.num_processes)[self.group.process_index]
        parts = list(enumerate(mine.split(len(self.replicas))))
        losses = self._side_by_side(lambda item: self._backward(item[0], item[1], questions), parts)
        self.masters.take_gradients(*(list(other.parameters()) for other in self.replicas[1:]))
        loss = self._summed(torch.stack(losses).sum())
        torch.nn.utils.clip_grad_norm_(self.masters.values, self.recipe["clip"], foreach=True)

        def update(optimiser: Any) -> None:
            for group in optimiser.param_groups:
                group["lr"] = scale * self.recipe["learning_rate"]
            optimiser.step()

        self._side_by_side(update, self.optimisers)
        self.masters.give_back()
        return loss

    def _summed(self, loss: Tensor) -> Tensor:
        """Add the other processes' gradients to the masters'; returns the sum of all losses too."""
        if self.group.num_processes == 1:
            return loss
        for value in self.masters.values:
            if value.grad is None:  # of what this process's rows don't use
                value.grad = torch.zeros_like(value)
        gradients = [value.grad for value in self.masters.values]
        flat = torch.cat([loss.float().view(1), *(each.flatten() for each in gradients)])
        summed = self.group.reduce(flat, "sum")
        parts = summed[1:].split([each.numel() for each in gradients])
        torch._foreach_copy_(
            gradients, [part.view_as(each) for part, each in zip(parts, gradients, strict=True)]
        )
        return summed[0]

    def _backward(self, replica: int, part: Batch, questions: int) -> Tensor:
        """Leave a part's share of the gradient in a replica; returns its share of the loss."""
        if not len(part.questions[0]):
            return torch.zeros((), device=self.device)
        hidden, wanted = self.hidden(part, self.replicas[replica])
        head = self.replicas[replica].get_output_embeddings()
        said = [guide for ask in self.guides if (guide := ask(part, self.device)) is not None]
        guide = Guides(said) if said else None
        loss: Tensor = ChunkedCrossEntropy.apply(hidden, head.weight, head.bias, wanted, guide)
        loss = loss * (len(wanted) / questions)
        loss.backward()
        return loss.detach()

    def _side_by_side(self, work: Callable[[Any], Any], items: list[Any]) -> list[Any]:
        """Do a piece of work for each item, the first in this thread and the rest in the others."""
        if self.threads is None:
            return [work(item) for item in items]
        others = [self.threads.submit(work, item) for item in items[1:]]
        return [work(items[0]), *(other.result() for other in others)]

    @torch.no_grad()
    def measure(self, rows: list[Row], length: int, pad: int) -> dict[str, float]:
        """Mean loss and top-1 per masked token over `rows`, which processes share."""
        loss = right = count = 0.0
        rows = rows[self.group.process_index :: self.group.num_processes]
        self.model.eval()
        for begin in range(0, len(rows), 64):
            batch = collate(rows[begin : begin + 64], length, pad)
            with torch.compiler.set_stance("force_eager"):  # not worth compiling another shape
                hidden, wanted = self.hidden(batch, self.model)
            logits = self.model.get_output_embeddings()(hidden).float()
            loss += float(torch.nn.functional.cross_entropy(logits, wanted, reduction="sum"))
            right += float((logits.argmax(1) == wanted).sum())
            count += len(wanted)
        self.model.train()
        sums = torch.tensor([loss, right, count], device=self.device)
        loss, right, count = self.group.reduce(sums, "sum").tolist()
        return {"loss": round(loss / count, 4), "top1": round(right / count, 4)}

    def export(self, folder: Path, tokenizer: Any, metrics: dict[str, Any]) -> None:
        """Write a Hugging Face folder in fp16, whole or not at all; the first process does."""
        if not self.group.is_main_process:
            return
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        model = type(self.model)(self.model.config)
        masters = self.masters.by_name(self.model)
        state = {name: value.cpu() for name, value in masters.items()}
        model.load_state_dict(state, strict=False)
        model.tie_weights()
        model.to(torch.float16).save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        (partial / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
        replace_folder(partial, folder)

    def save(self, folder: Path, progress: Course, log: list[dict[str, Any]]) -> None:
        """Write a checkpoint over the older of two; the first process does.

        What is in it is the same for all, so it is taken up by any number of processes.
        """
        if not self.group.is_main_process:
            return
        folder.mkdir(parents=True, exist_ok=True)
        slots = [folder / "a.pt", folder / "b.pt"]
        slot = min(slots, key=lambda path: path.stat().st_mtime if path.exists() else 0.0)
        state = {
            "masters": self.masters.by_name(self.model),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "progress": asdict(progress),
            "random": torch.get_rng_state(),
            "curve": log,
        }
        with files.writing(slot) as file:
            torch.save(state, file)

    def load(self, folder: Path, progress: Course) -> list[dict[str, Any]]:
        """Take up the newest checkpoint, if there is one; returns the curve so far."""
        slots = sorted(folder.glob("*.pt"), key=lambda path: path.stat().st_mtime)
        if not slots:
            return []
        state = torch.load(slots[-1], map_location=self.device, weights_only=True)
        self.masters.load([state["masters"][name] for name, _ in self.model.named_parameters()])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        for name, value in state["progress"].items():
            setattr(progress, name, value)
        torch.set_rng_state(state["random"].cpu())
        curve: list[dict[str, Any]] = state["curve"]
        return curve


def _replica(model: Any) -> Any:
    """A model with the same weights, the very same memory, and gradients of its own."""
    replica = copy.deepcopy(model)
    for mine, its in zip(model.parameters(), replica.parameters(), strict=True):
        its.data = mine.data
    return replica
