"""What is chosen by name, each name here once: runtimes, devices, how much is logged.

The rooms say what each stands for (`model/loading.py`, `model/devices.py`); settings, the command
line and messages take the names from here.
"""

from typing import Literal

Body = Literal["onnx-int8", "onnx-fp32"]
"""The ONNX files that a model's folder may have, the quicker one first."""

Runtime = Literal["auto", Body, "torch", "remote"]

Device = Literal["auto", "cpu", "cuda", "mps"]
"""Of these, `auto` stands for the best that is there."""

LogLevel = Literal["error", "warning", "info", "debug"]
"""By `logging`'s names, the one that logs least first."""
