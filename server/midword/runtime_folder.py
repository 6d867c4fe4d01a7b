"""The user's own folder for what lives as long as their session: sockets, tokens, locks.

Standard library only, for `midword connect` looks for it with every window.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "midword"
_DARWIN_USER_TEMP_DIR = 65_537  # of confstr(3), in macOS's unistd.h


def runtime_folder() -> Path:
    """A folder that nobody else can write to, the same one for all of the user's programs.

    Raises:
        OSError: there is none.
    """
    from pathlib import Path

    for folder in runtime_folders():
        return Path(folder)
    raise OSError(errno.EACCES, "there is no folder of your own for locks and tokens")


def runtime_folders() -> Iterator[str]:
    """Folders that nobody else can write to, the best first; made where they are not there."""
    for parent, name in _places():
        folder = os.path.join(parent, name)
        try:
            os.makedirs(folder, 0o700, exist_ok=True)
            status = os.lstat(folder)
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode) and _is_ours(status):
            yield folder


def _places() -> Iterator[tuple[str, str]]:
    if sys.platform != "win32":
        for parent in _session_folders():
            if _is_a_folder_of_ours(parent):
                yield parent, _NAME
        # Sticky: what is ours there nobody else can remove. Who made the name first has it.
        yield os.environ.get("TMPDIR") or "/tmp", f"{_NAME}-{os.getuid()}"
    from midword.own_folders import data_folder

    yield str(data_folder()), "runtime"


def _session_folders() -> Iterator[str]:
    """Where a session's own folder may be; it is another user's under sudo, or none over ssh."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given.startswith("/"):  # a relative one doesn't count (XDG Base Directory, 0.8)
        with contextlib.suppress(OSError):
            os.makedirs(given, 0o700, exist_ok=True)
        yield given
    if sys.platform == "darwin":
        yield os.confstr(_DARWIN_USER_TEMP_DIR) or ""
    elif sys.platform != "win32":
        yield f"/run/user/{os.getuid()}"


def _is_a_folder_of_ours(path: str) -> bool:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return False
    return stat.S_ISDIR(status.st_mode) and _is_ours(status)


def _is_ours(status: os.stat_result) -> bool:
    if sys.platform == "win32":
        return True  # Windows has such folders in the user's profile
    return status.st_uid == os.getuid() and not status.st_mode & 0o022
