"""All files of a model folder, and one checksum over them.

Whatever a loader may open counts: names, sizes and contents of every file, hidden ones and those
in folders inside too, since an ONNX body may name any of them as its data.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from midword import files
from midword.foreign import shown
from midword.model.errors import ModelError

MOST_BYTES = 8 << 30
MOST_FILES = 10_000
MOST_DEPTH = 16  # folders inside each other
_CHUNK = 1 << 20


def walk(folder: Path) -> Iterator[Path]:
    """Everything in a folder that is no folder, in the order of names; links stay unfollowed.

    Raises:
        ModelError: there are more than `MOST_FILES`, or folders nested deeper than `MOST_DEPTH`.
        OSError: a folder can't be read.
    """
    waiting, count = [(folder, 0)], 0
    while waiting:
        current, depth = waiting.pop()
        with os.scandir(current) as opened:
            entries = sorted(opened, key=lambda entry: entry.name)
        inside = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
        if inside and depth == MOST_DEPTH:
            raise ModelError(f"{shown(folder)} holds folders nested deeper than {MOST_DEPTH}")
        waiting += [(path, depth + 1) for path in reversed(inside)]
        for entry in entries:
            count += 1
            if count > MOST_FILES:
                raise ModelError(f"{shown(folder)} holds more than {MOST_FILES} files")
            if not entry.is_dir(follow_symlinks=False):
                yield Path(entry.path)


def size(folder: Path) -> int:
    """Bytes of a folder's files, as far as they can be seen."""
    total = 0
    try:
        for path in walk(folder):
            total += path.stat().st_size if path.is_file() else 0
    except (ModelError, OSError):
        pass  # what can't be counted is not counted
    return total


def fingerprint(folder: Path) -> str:
    """A SHA-256 over a folder's files, in hexadecimal digits.

    Raises:
        ModelError: it holds what is no plain file (a pipe, a device, a link to a folder), more
            than :func:`walk` goes through, or more than `MOST_BYTES`; or it can't be read.
    """
    whole, total = hashlib.sha256(), 0
    try:
        for path in walk(folder):
            with files.open_plain(path) as file:
                digest, length = hashlib.sha256(), 0
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
                    length += len(chunk)
                    if total + length > MOST_BYTES:
                        raise ModelError(f"{shown(folder)} is too large for a model")
            total += length
            name = os.fsencode(path.relative_to(folder).as_posix())
            # Lengths first, so that no two folders read the same.
            whole.update(b"%d %d " % (len(name), length) + name + digest.digest())
    except OSError as error:
        raise ModelError(
            f"{shown(error.filename or folder)} can't be read as part of a model "
            f"({error.strerror or error})"
        ) from error
    return whole.hexdigest()
