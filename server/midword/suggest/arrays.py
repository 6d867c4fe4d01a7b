"""Arrays of an `.npz` file that somebody else may have made.

numpy's own reader makes room for whatever shape a header states, and unpacks whatever a zip holds;
here each array is held against its bytes first, and the bytes against a limit.
"""

import io
import math
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midword import files

_MOST_BYTES = 128_000_000  # unpacked; the language's own phrases are 30 MB
_MOST_ARRAYS = 100
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what numpy writes
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class Arrays:
    """The arrays of a file by name, numbers only; each is read when it is asked for."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        entries = opened.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        if len(entries) > _MOST_ARRAYS or unpacked > _MOST_BYTES:
            raise ValueError("it is larger than any word list")
        if any(entry.compress_type not in _METHODS for entry in entries):
            raise ValueError("it is packed in a way that is not numpy's")
        self._opened = opened
        self._entries = {entry.filename.removesuffix(".npy"): entry for entry in entries}

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> NDArray[Any]:
        """An array, read-only.

        Raises:
            ValueError: there is none of this name.
        """
        if name not in self._entries:
            raise ValueError(f"it has no array {name!r}")
        return _array(self._opened.read(self._entries[name]))


@contextmanager
def open_arrays(path: Path) -> Iterator[Arrays]:
    """The arrays of a file, to be read inside the block.

    Raises:
        OSError: it can't be read, or is no plain file.
        ValueError: it is damaged, or larger than any word list.
    """
    try:
        with files.open_plain(path) as file, zipfile.ZipFile(file) as opened:
            yield Arrays(opened)
    except (zipfile.BadZipFile, zlib.error, EOFError, IndexError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    except RuntimeError as error:  # a password, an unknown kind of zip
        raise ValueError(f"{path.name}: {error}") from error


def _array(data: bytes) -> NDArray[Any]:
    """An array from the bytes of an `.npy` file.

    Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
    """
    stream = io.BytesIO(data)
    try:
        shape, by_columns, dtype = _HEADERS[np.lib.format.read_magic(stream)](stream)
    except Exception as error:  # it is Python's syntax, with all that can be wrong in that
        raise ValueError("an array has a damaged header") from error
    begin = stream.tell()
    if dtype.kind not in "uif":
        raise ValueError("an array holds something else than numbers")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(data) - begin:
        raise ValueError("an array is not as long as its shape says")
    return np.frombuffer(data, dtype=dtype, offset=begin).reshape(
        shape, order="F" if by_columns else "C"
    )
