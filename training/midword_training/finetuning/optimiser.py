"""AdamW, and AdamW that keeps float32 masters of weights that compute in bfloat16."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from midword_training.masked.masters import Masters


class MasterAdamW(torch.optim.AdamW):
    """AdamW over float32 masters of parameters that are to compute in bfloat16."""

    def __init__(self, groups: Sequence[dict[str, Any]], **options: Any) -> None:
        self.masters = Masters(p for group in groups for p in group["params"])
        values = iter(self.masters.values)
        of_masters = [
            {**group, "params": [next(values) for _ in group["params"]]} for group in groups
        ]
        super().__init__(of_masters, **options)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of the weights that compute."""
        for parameter in self.masters.live:
            parameter.grad = None

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        """Update the masters, then copy them into the weights that compute."""
        self.masters.take_gradients()
        super().step(closure)
        self.masters.give_back()
        for master in self.masters.values:
            master.grad = None

    def state_dict(self) -> dict[str, Any]:
        """AdamW's state, and the masters."""
        values = [value.detach().clone() for value in self.masters.values]
        return {**super().state_dict(), "masters": values}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore both."""
        state = dict(state_dict)
        self.masters.load(state.pop("masters"))
        super().load_state_dict(state)


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Parameters that decay, and those that do not: biases and normalisation."""
    decaying, others = list[Tensor](), list[Tensor]()
    for parameter in model.parameters():
        if parameter.requires_grad:
            (decaying if parameter.ndim > 1 else others).append(parameter)
    return [
        {"params": decaying, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def build_optimiser(
    model: nn.Module,
    *,
    learning_rate: float,
    weight_decay: float,
    betas: tuple[float, float],
    epsilon: float,
    masters: bool,
) -> torch.optim.Optimizer:
    """The optimiser of a run; `masters` for a model whose own weights will be bfloat16."""
    groups = parameter_groups(model, weight_decay)
    options: dict[str, Any] = {"lr": learning_rate, "betas": betas, "eps": epsilon, "fused": True}
    return (MasterAdamW if masters else torch.optim.AdamW)(groups, **options)
