"""What a run computes in, by device and settings; and the dropout it computes with."""

from __future__ import annotations

from typing import Any

import torch

from midword_training.settings import Pace, Settings


def set_dropout(model: Any, share: float) -> None:
    """Give every dropout layer of the model this share."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = share
        elif hasattr(module, "dropout_prob"):
            module.dropout_prob = share


def wants_bf16(settings: Settings) -> bool:
    """Whether weights themselves are bfloat16: asked for, or a CPU that is quicker with it."""
    if settings.precision == "auto":
        return pace() == "amx" and not settings.native_amp
    return settings.precision == "bf16" and not torch.cuda.is_available()


def pace() -> Pace:
    """How quickly this machine trains."""
    if has_cuda():
        return "gpu"
    return "amx" if torch.cpu._is_amx_tile_supported() else "cpu"


def has_cuda() -> bool:
    """Whether accelerate may use a GPU."""
    return bool(torch.cuda.is_available())


def mixed_precision(settings: Settings) -> str:
    """What accelerate is told: fp16 or bf16 autocast on CUDA, none on the CPU."""
    if not torch.cuda.is_available():
        return "no"
    return {"auto": "fp16", "fp16": "fp16", "bf16": "bf16", "fp32": "no"}[settings.precision]
