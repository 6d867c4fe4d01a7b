"""One program at a time changes a file.

The lock is a file of its own, in the user's runtime folder: the file that is changed is replaced by
another, which nobody would hold. The system lets go of it when a process dies, however it does.
"""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from midword import system
from midword.runtime_folder import runtime_folder

PATIENCE = 5.0  # seconds; whoever holds it longer hangs, on a network drive perhaps


@contextmanager
def alone_with(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock of a file, which need not be there; names of one file have one lock.

    Raises:
        OSError: another program holds it all the time, or there is nowhere to put it.
    """
    from filelock import FileLock, Timeout  # 25 ms, and only for who writes

    real = system.comparable(os.path.realpath(path))
    digest = hashlib.sha256(os.fsencode(real)).hexdigest()[:32]
    lock = FileLock(runtime_folder() / f"{digest}.lock", timeout=patience, mode=0o600)
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
