"""Float32 masters of weights that compute in bfloat16.

On CPUs with AMX a pure bfloat16 model runs nearly twice as fast as float32 or autocast, but a
bfloat16 weight of 1 swallows every update below 0.004; the masters do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn


class Masters:
    """Float32 copies of weights, which take the updates for them.

    To be made before the weights lose their precision; they may change type and device after.

    Args:
        live: the weights that compute.
        device: where the masters lie; None: where the weights do.
    """

    def __init__(self, live: Iterable[Tensor], device: torch.device | None = None) -> None:
        self.live = list(live)
        self.values = [
            weight.detach().to(device or weight.device, torch.float32, copy=True)
            for weight in self.live
        ]

    @torch.no_grad()
    def take_gradients(self, *replicas: Sequence[Tensor]) -> None:
        """Make the masters' gradients of the weights', summed with those of replicas.

        Weights and replicas have none afterwards. What a master's gradient lies in is used again
        if it is still there: fresh pages for each step would be slow.
        """
        taken = [False] * len(self.live)
        for weights in (self.live, *replicas):
            here = [i for i, weight in enumerate(weights) if weight.grad is not None]
            first, further = [i for i in here if not taken[i]], [i for i in here if taken[i]]
            for add, places in ((torch._foreach_copy_, first), (torch._foreach_add_, further)):
                if places:
                    add([self._gradient(i) for i in places], [weights[i].grad for i in places])
            for i in here:
                weights[i].grad, taken[i] = None, True
        for value, was_taken in zip(self.values, taken, strict=True):
            if not was_taken:
                value.grad = None

    def _gradient(self, place: int) -> Tensor:
        value = self.values[place]
        if value.grad is None:
            value.grad = torch.empty_like(value)
        return value.grad

    @torch.no_grad()
    def give_back(self) -> None:
        """Round the masters into the weights that compute."""
        torch._foreach_copy_(self.live, self.values)

    @torch.no_grad()
    def load(self, values: Sequence[Tensor]) -> None:
        """Take other values, as many and in the same order, and give them back."""
        for value, other in zip(self.values, values, strict=True):
            value.copy_(other)
        self.give_back()

    def by_name(self, model: nn.Module) -> dict[str, Tensor]:
        """The masters under the names that their weights have in a model."""
        masters = {id(w): value for w, value in zip(self.live, self.values, strict=True)}
        return {
            name: masters[id(weight)]
            for name, weight in model.named_parameters()
            if id(weight) in masters
        }
