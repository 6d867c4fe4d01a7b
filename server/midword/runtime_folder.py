"""The user's own folder for what lives as long as their session: locks, sockets' tokens."""

import errno
import os
import stat
import warnings
from pathlib import Path

import platformdirs


def runtime_folder() -> Path:
    """A folder that nobody else can write to, the same one for all of the user's programs.

    Raises:
        OSError: there is none.
    """
    for find in (_session_folder, _data_folder):
        try:
            folder = find()
            status = folder.lstat()
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode) and _is_ours(status):
            return folder
    raise OSError(errno.EACCES, "there is no folder of your own for locks and tokens")


def _session_folder() -> Path:
    with warnings.catch_warnings():
        # platformdirs says which folder it takes where the session has none; it is always the same.
        warnings.simplefilter("ignore")
        # Made by platformdirs, all of it: which one it takes hangs on what is there, and how.
        return platformdirs.user_runtime_path("midword", appauthor=False, ensure_exists=True)


def _data_folder() -> Path:
    folder = platformdirs.user_data_path("midword", appauthor=False) / "runtime"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _is_ours(status: os.stat_result) -> bool:
    if not hasattr(os, "getuid"):
        return True  # Windows has both folders in the user's profile
    return status.st_uid == os.getuid() and not status.st_mode & 0o022
