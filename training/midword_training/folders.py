"""Folders written aside and put in place in one step: there is always a whole one."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

_HERE = -100  # AT_FDCWD: paths are as they are
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS


def replace_folder(new: Path, place: Path) -> None:
    """Put a finished folder where an older one may be.

    The two are exchanged in one step where the system can; elsewhere the older one is put back by
    `recover_folder` if the program ended between two.
    """
    old = place.with_name(place.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists() and _exchange(new, place):
        new.replace(old)
    else:
        if place.exists():
            place.replace(old)
        new.replace(place)
    shutil.rmtree(old, ignore_errors=True)


def recover_folder(place: Path) -> None:
    """Put the older folder back where `replace_folder` did not come to the newer one."""
    old = place.with_name(place.name + ".old")
    if old.exists() and not place.exists():
        old.replace(place)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders' names; False where the system or the file system cannot."""
    names = os.fsencode(one), os.fsencode(other)
    try:
        system = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            return bool(system.renameat2(_HERE, names[0], _HERE, names[1], _EXCHANGE) == 0)
        if sys.platform == "darwin":
            return bool(system.renamex_np(*names, _EXCHANGE) == 0)
    except (AttributeError, OSError, TypeError):  # a C library without it, or none at all
        pass
    return False
