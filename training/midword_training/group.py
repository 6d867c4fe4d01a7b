"""The processes that train together, and what must hold for them before any work is done."""

from __future__ import annotations

import os
import socket
import sys
import time
import uuid
from contextlib import suppress
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

from accelerate import Accelerator
from accelerate.tracking import get_available_trackers
from accelerate.utils import (
    DistributedType,
    InitProcessGroupKwargs,
    broadcast_object_list,
    disable_fsdp_ram_efficient_loading,
    gather_object,
)

from midword.errors import UserError
from midword.model.manifest import checksum

_PATIENT = timedelta(days=2)
"""How long processes wait for the one that prepares; libraries give up after 10 to 30 minutes."""

_SLOW, _LOOK = 60.0, 0.2
"""Seconds that a node waits for a file which another one wrote, and between two looks."""

_WHOLE = {DistributedType.NO, DistributedType.MULTI_CPU, DistributedType.MULTI_GPU}
"""Ways to train in which each process has the whole model."""


def join_group(
    *,
    cpu: bool,
    mixed_precision: str = "no",
    may_shard: bool = False,
    log_with: str = "",
    log_folder: Path | None = None,
) -> Accelerator:
    """Be one of the processes that `accelerate launch` started, or the only one.

    Args:
        cpu: compute there even where there is something quicker.
        mixed_precision: what accelerate casts to: "no", "bf16" or "fp16".
        may_shard: the caller can train a model of which each process has a part (FSDP2).
        log_with: a tracker of accelerate's.
        log_folder: where that writes.

    Raises:
        UserError: the launch asks for what is not done here.
    """
    disable_fsdp_ram_efficient_loading()  # each process reads the weights, before and after too
    accelerator = Accelerator(
        mixed_precision=mixed_precision,
        log_with=tracker(log_with),
        project_dir=str(log_folder) if log_with else None,
        cpu=cpu,
        kwargs_handlers=[InitProcessGroupKwargs(timeout=_PATIENT)],
    )
    fsdp2 = bool(accelerator.is_fsdp2)
    refuse_sharding(accelerator.distributed_type, accepted=may_shard and fsdp2)
    if fsdp2:  # weights are gathered as they are, and autocast does what it does elsewhere
        from torch.distributed.fsdp import MixedPrecisionPolicy

        accelerator.state.fsdp_plugin.mixed_precision_policy = MixedPrecisionPolicy()
    return accelerator


def refuse_sharding(kind: DistributedType, *, accepted: bool = False) -> None:
    """Say that a model is not sharded so, instead of doing something else in silence.

    accelerate takes FSDP from launches on several GPUs only, and elsewhere copies the model whole.

    Args:
        kind: what accelerate made of the launch.
        accepted: it is sharded in a way that is known here.

    Raises:
        UserError: the launch asked for another way.
    """
    asked = os.environ.get("ACCELERATE_USE_FSDP", "").lower() in ("1", "true", "yes")
    if accepted or (kind in _WHOLE and not asked):
        return
    raise UserError(
        f"the launch asks for {'FSDP' if asked else kind.value}: each process gets the whole model "
        "(DDP), which fits any GPU; only fine-tuning on several GPUs can be told to part it, by "
        "`accelerate launch --use_fsdp --fsdp_version 2`; leave the other out of the launch"
    )


def leave(code: int) -> NoReturn:
    """End this program, past the interpreter's way out where it was one process of several.

    Of a group's native threads some still run, and one in ten interpreters on its way out was
    aborted by them (torch 2.13, gloo). All must be written by now.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def check_nodes(accelerator: Any, folder: Path, start: Path) -> None:
    """Make sure that all processes see the run's folder and have the same packages and model.

    Raises:
        UserError: in all processes; says which node differs.
    """
    if accelerator.num_processes == 1:
        return
    sign, word = folder / "group", [uuid.uuid4().hex]
    broadcast_object_list(word)
    if accelerator.is_main_process:
        folder.mkdir(exist_ok=True)
        sign.write_text(word[0])
    accelerator.wait_for_everyone()
    seen = sees(sign, word[0])
    packages = {name: version(name) for name in ("midword", "torch", "accelerate", "tokenizers")}
    has = {**packages, "the model": checksum(start / "model.safetensors")[:12]}
    told: list[dict[str, Any]] = gather_object(
        [{"node": socket.gethostname(), "seen": seen, "has": has}]
    )
    compare(told, folder)


def sees(sign: Path, word: str, seconds: float = _SLOW) -> bool:
    """Whether a file says this, or does so within a while: network file systems are late."""
    end = time.monotonic() + seconds
    while True:
        with suppress(OSError):
            if sign.read_text() == word:
                return True
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK)


def compare(told: list[dict[str, Any]], folder: Path) -> None:
    """Raise UserError where what processes tell of themselves does not fit together."""
    blind = sorted({each["node"] for each in told if not each["seen"]})
    if blind:
        raise UserError(
            f"{', '.join(blind)} can't see {folder}: with several nodes -o must name a folder on a "
            "file system that they share"
        )
    for each in told:
        for name, value in each["has"].items():
            first = told[0]["has"][name]
            if value != first:
                raise UserError(
                    f"{each['node']} has {name} {value}, {told[0]['node']} {first}: all nodes need "
                    "the same"
                )


def tracker(name: str) -> str | None:
    """A tracker that accelerate finds; None where none is wanted.

    Raises:
        UserError: it is unknown or not installed, which accelerate passes over in silence.
    """
    there = [str(each) for each in get_available_trackers()]
    if name and name not in there:
        found = f"there is {', '.join(there)}" if there else "there is none"
        raise UserError(f"--log-with {name}: {found}; install the tracker's package first")
    return name or None
