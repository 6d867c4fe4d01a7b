"""What allocators keep of memory that was given back to them, and what the collector looks at.

What a model was loaded into falls free in pieces, and glibc keeps them for the process. A training
step, on the other hand, asks for the same large buffers as the last, so those are better kept; but
steps are never quite alike, so what is kept falls to pieces and grows (from 1.5 to 3.2 GB in ten
minutes), and is given back from time to time. So is it with oneDNN, and torch above it, which keep
what they made for the last 1,024 shapes: half a megabyte each.

Python's collector, for its part, looks at everything again and again that it ever gave out, though
a module stays: 40 ms for the server's 130,000 objects, in which no thread gets on. What is new it
looks at when there are 700 objects more than before, and while lists come and go that is thousands
at a time: 1 to 2 ms. In portions of 100 it is 0.1 to 0.4 ms, a little more often. To look at all
that the server made since takes 2 to 7 ms: that is done when a model was loaded or a client left.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from typing import Any

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h, in bytes
_SHAPES = "32"  # about a step's
# New objects; looks at new ones before those that lasted; looks at these before all.
_PORTIONS = (100, 10, 1000)


def keep_heap() -> None:
    """Let the allocator keep large buffers: fresh pages are a third of a step on Linux.

    To be called before torch computes anything.
    """
    for cache in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):  # oneDNN's, torch's
        os.environ.setdefault(cache, _SHAPES)
    if (mallopt := _of_glibc("mallopt")) is not None:
        mallopt(_M_MMAP_THRESHOLD, 200 << 20)
        mallopt(_M_TRIM_THRESHOLD, 400 << 20)


@contextlib.contextmanager
def lasting() -> Iterator[None]:
    """Spare the collector what is made meanwhile, for good: imports, which are no garbage.

    What is made afterwards it takes in small portions, and all of it at once hardly ever of itself.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*_PORTIONS)
        gc.enable()


def sweep() -> None:
    """Have the collector look at all that is not spared: some milliseconds for all threads.

    In a process where nothing was spared it does that often enough, and takes long.
    """
    if gc.get_threshold() == _PORTIONS:
        gc.collect()


def trim_heap() -> None:
    """Give back what is free; whoever needs memory next pays for fresh pages."""
    if (trim := _of_glibc("malloc_trim")) is not None:
        trim(0)


def _of_glibc(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None  # not musl
