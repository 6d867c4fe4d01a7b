"""Where the daemon listens: a Unix socket, one for each installation and home.

An installation that was upgraded is another one: its daemon listens elsewhere, and nothing is
negotiated between versions.
"""

from __future__ import annotations

import os
import sys
import zlib
from typing import NamedTuple

import midword
from midword.runtime_folder import runtime_folders

# A socket's path in bytes, without the zero at its end (unix(7) of Linux, unix(4) of BSD).
_LONGEST = (108 if sys.platform == "linux" else 104) - 1


class Address(NamedTuple):
    """The socket, and the lock of whoever starts a daemon behind it, which names that daemon."""

    socket: str
    lock: str


def find() -> Address | None:
    """This installation's address; None where a daemon can't listen.

    It lies in a folder that nobody else can write to.
    """
    if os.name != "posix":
        return None
    name = f"{zlib.crc32(identity().encode('utf-8', 'surrogateescape')):08x}"
    for folder in runtime_folders():
        path = os.path.join(folder, f"{name}.sock")
        if len(os.fsencode(path)) <= _LONGEST:
            return Address(path, os.path.join(folder, f"{name}.start"))
    return None


def identity() -> str:
    """What two programs must have in common to be one installation in one home.

    The address is made of it, and whoever connects shows it, should two make the same address.
    """
    package = os.path.dirname(midword.__file__)
    status = os.stat(midword.__file__)
    home = [os.environ.get(name, "") for name in ("HOME", "XDG_DATA_HOME")]
    parts = [package, str(status.st_ino), str(status.st_mtime_ns), sys.prefix, *home]
    return "\n".join(parts)
