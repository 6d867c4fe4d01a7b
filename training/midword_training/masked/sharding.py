"""Models of which each process may hold a part only (FSDP2), and the whole of them."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor


def is_sharded(network: nn.Module) -> bool:
    """Whether this process holds a part only."""
    return isinstance(network, FSDPModule)


def whole(value: Tensor) -> Tensor:
    """A tensor on the CPU; of one that is in parts, all of them.

    All processes must ask for it together.
    """
    return (value.full_tensor() if isinstance(value, DTensor) else value).detach().cpu()


def like(model: Any) -> Any:
    """A model of the same architecture, whole, with any weights."""
    from transformers import AutoModelForMaskedLM

    attention = model.config._attn_implementation
    return AutoModelForMaskedLM.from_config(model.config, attn_implementation=attention)
