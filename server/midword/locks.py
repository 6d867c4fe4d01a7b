"""One program at a time changes a file.

The lock is a file of its own, in the user's runtime folder: the file that is changed is replaced by
another, which nobody would hold. The system lets go of it when a process dies, however it does.
"""

import errno
import hashlib
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

PATIENCE = 5.0  # seconds; whoever holds it longer hangs, on a network drive perhaps


@contextmanager
def alone_with(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock of a file, which need not be there; names of one file have one lock.

    Raises:
        OSError: another program holds it all the time, or there is nowhere to put it.
    """
    real = os.path.normcase(os.path.realpath(path))
    digest = hashlib.sha256(os.fsencode(real)).hexdigest()[:32]
    lock = FileLock(_folder() / f"{digest}.lock", timeout=patience, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        reason = "another program has been changing it for too long"
        raise OSError(errno.ETIMEDOUT, reason, str(path)) from error
    except NotImplementedError as error:
        reason = "nothing can be locked in the runtime folder"
        raise OSError(errno.ENOLCK, reason, str(path)) from error
    try:
        yield
    finally:
        lock.release()


def _folder() -> Path:
    """A folder that nobody else can write to, the same one for all of the user's programs."""
    for find in (_runtime_folder, _data_folder):
        try:
            folder = find()
            status = folder.lstat()
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode) and _is_ours(status):
            return folder
    raise OSError(errno.EACCES, "there is no folder of your own for its lock")


def _runtime_folder() -> Path:
    with warnings.catch_warnings():
        # platformdirs says which folder it takes where the session has none; it is always the same.
        warnings.simplefilter("ignore")
        # Made by platformdirs, all of it: which one it takes hangs on what is there, and how.
        return platformdirs.user_runtime_path("midword", appauthor=False, ensure_exists=True)


def _data_folder() -> Path:
    folder = platformdirs.user_data_path("midword", appauthor=False) / "locks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _is_ours(status: os.stat_result) -> bool:
    if not hasattr(os, "getuid"):
        return True  # Windows has both folders in the user's profile
    return status.st_uid == os.getuid() and not status.st_mode & 0o022
