"""What a run computes in, by device and settings; and the dropout it computes with."""

from __future__ import annotations

from typing import Any

import torch

from midword_training.settings import Pace, TrainingSettings


def set_dropout(model: Any, share: float) -> None:
    """Give every dropout layer of the model this share."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = share
        elif hasattr(module, "dropout_prob"):
            module.dropout_prob = share


def wants_bf16(settings: TrainingSettings) -> bool:
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


def mixed_precision(settings: TrainingSettings) -> str:
    """What accelerate is told: bf16 or fp16 autocast on CUDA, none on the CPU.

    Where a GPU has bf16 it is taken, for nothing overflows in it; the reference is fp16.
    """
    if not torch.cuda.is_available():
        return "no"
    has_bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
    auto = "bf16" if has_bf16 and not settings.native_amp else "fp16"
    return {"auto": auto, "fp16": "fp16", "bf16": "bf16", "fp32": "no"}[settings.precision]
