"""How many processor cores a run may count on: on a busy machine fewer threads are quicker.

The threads of one operation wait for each other hundreds of times a step; one that shares its core
with another program holds all of them up.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

_STATISTICS = Path("/proc/stat")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_WATCHED = 0.4  # seconds


def threads_to_use(wanted: int, processes: int = 1) -> int:
    """`wanted` threads, or if that is 0 this process's share of the cores that are free.

    What OMP_NUM_THREADS says counts as wanted.
    """
    if wanted:
        return wanted
    with suppress(KeyError, ValueError):
        return max(1, int(os.environ["OMP_NUM_THREADS"].partition(",")[0]))
    return max(1, free_cores() // processes)


def free_cores() -> int:
    """The cores that this process may run on and that have nothing else to do; at least one."""
    cores = _allowed()
    free = _idle(cores)
    if free is None:
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        free = len(cores) - load
    return max(1, min(round(free), len(cores), _quota()))


def _allowed() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return set(os.sched_getaffinity(0))
    return set(range(os.cpu_count() or 1))


def _idle(cores: set[int]) -> float | None:
    """How many of the cores' seconds were idle in a second, over a short while; None if unknown."""
    before = _times(cores)
    if before is None:
        return None
    time.sleep(_WATCHED)
    after = _times(cores)
    if after is None:
        return None
    idle, total = after[0] - before[0], after[1] - before[1]
    return len(cores) * idle / total if total else None


def _times(cores: set[int]) -> tuple[int, int] | None:
    """Ticks that these cores were idle, and all their ticks, since the machine's start."""
    try:
        lines = _STATISTICS.read_text().splitlines()
    except OSError:
        return None
    split = (line.split() for line in lines)
    ticks = {name: [int(each) for each in rest[:8]] for name, *rest in split if name[:3] == "cpu"}
    mine = [ticks[f"cpu{core}"] for core in cores if f"cpu{core}" in ticks]
    if not mine:
        return None
    return sum(each[3] + each[4] for each in mine), sum(map(sum, mine))  # idle, or at a disk


def _quota() -> int:
    """The cores that the control group allows."""
    with suppress(OSError, ValueError):
        most, period = _QUOTA.read_text().split()
        return max(1, round(int(most) / int(period)))
    return os.cpu_count() or 1
