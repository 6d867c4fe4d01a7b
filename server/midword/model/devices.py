"""Where a model can run: the processor, or a graphics card that torch reaches.

What a device's name stands for is known here alone. torch is imported only where one is wanted.
"""

import gc
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from midword.foreign import shown
from midword.model.errors import DeviceError

Shapes = Literal["free", "fixed", "recorded"]
"""Of a pass's rows: as they come; a few that recur; those, each recorded as a CUDA graph."""


class Habits(NamedTuple):
    """How a device is used.

    Attributes:
        precision: of weights and passes, by torch's name.
        shapes: which its passes have.
    """

    precision: str
    shapes: Shapes


DEVICES: dict[str, Habits] = {  # in the order in which "auto" takes them
    "cuda": Habits("float16", "recorded"),  # NVIDIA's cards, and AMD's under ROCm
    "mps": Habits("float16", "fixed"),  # Apple's
    "cpu": Habits("float32", "free"),
}
CARDS = tuple(name for name in DEVICES if name != "cpu")


def choose(name: str) -> str:
    """The device that a name stands for: "auto" for the best that is there.

    Raises:
        DeviceError: torch is not installed, or has no such device.
    """
    if not all(map(importlib.util.find_spec, ("torch", "transformers"))):
        raise DeviceError("torch and transformers are not installed: pip install 'midword[gpu]'")
    if name == "auto":
        return next(device for device in DEVICES if is_there(device))
    if name not in DEVICES or not is_there(name):
        raise DeviceError(f"torch finds no device {name!r} here; set device to auto or cpu")
    return name


def wants_card(name: str) -> bool:
    """Whether a name stands for a card; torch is not imported where none can be.

    "auto" does for NVIDIA's. Whether Apple's are quicker than their processors nobody has measured.
    """
    if name != "auto":
        return name != "cpu"
    if not Path("/proc/driver/nvidia").exists() or importlib.util.find_spec("torch") is None:
        return False
    return is_there("cuda")


def is_there(name: str) -> bool:
    """Whether a device can be used; imports torch for a card."""
    if name == "cpu":
        return True
    try:
        import torch
    except Exception:  # a broken installation fails in its own ways; `midword doctor` says so
        return False
    return bool((torch.cuda if name == "cuda" else torch.backends.mps).is_available())


@contextmanager
def failures(name: str) -> Iterator[None]:
    """Turn what is raised while a card works into a DeviceError; nothing on the processor.

    Too little memory, a card that was lost, a driver that is too old: torch has no exception for
    each, and after most of them the card is of no use to this process any more.
    """
    try:
        yield
    except Exception as error:
        if name not in CARDS or isinstance(error, DeviceError):
            raise
        first, _, _ = str(error).partition("\n")  # advice for who writes CUDA follows
        reason = shown(first or type(error).__name__)
        raise DeviceError(f"the device {name!r} fails ({reason})") from error


def instead(error: DeviceError) -> str:
    """What a writer is told whose model is loaded on the processor then."""
    return f"{error}; the processor reads instead (set `device` to cpu if that is what you want)"


def trim() -> None:
    """Give back what torch keeps of a card's memory for models that are gone."""
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        gc.collect()  # transformers leaves a loaded model in a cycle of frames
        with suppress(RuntimeError):  # the card was lost
            torch.cuda.empty_cache()
