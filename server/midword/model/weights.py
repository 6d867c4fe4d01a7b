"""Tensors of a safetensors file, mapped instead of read.

Only the rows that a cloze touches are ever paged in, so that an embedding matrix of 30 MB
costs the daemon some kilobytes of memory.
Format: https://huggingface.co/docs/safetensors/index#format
"""

import math
import mmap
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import numpy as np
import numpy.typing as npt

from midword import files
from midword.foreign import shown
from midword.model.errors import ModelError
from midword.model.json_file import parse_object

_FLOATS = {"F16": np.float16, "F32": np.float32, "F64": np.float64, "BF16": np.uint16}
_BFLOAT16 = "BF16"
# Bits of an element; files also hold tensors that are none of ours to read, such as positions.
_BITS = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"), 8),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("I64", "U64", "F64"), 64),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}
_LARGEST_HEADER = 10_000_000  # bytes; the largest in use have a hundredth of it


class _Entry(NamedTuple):
    dtype: str
    shape: tuple[int, ...]
    begin: int  # byte after the header
    end: int


class Weights:
    """The tensors of one safetensors file by name.

    Raises:
        ModelError: the file is missing, cut off or not safetensors.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with files.open_plain(path) as file:
                size = os.fstat(file.fileno()).st_size
                length = int.from_bytes(file.read(8), "little")
                if length > min(_LARGEST_HEADER, size - 8):
                    raise ValueError("its header is too long, or it is cut off")
                header = parse_object(file.read(length))
                self._entries = _checked(header, size - 8 - length)
                # Mapped once: a file that is replaced while the server runs stays as it was for it.
                self._map = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise ModelError(f"{path} is missing; get the model again") from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise ModelError(
                f"{path} can't be read as safetensors ({shown(reason)}); get the model again"
            ) from error
        self._data = np.frombuffer(self._map, dtype=np.uint8)[8 + length :]

    def shape(self, name: str) -> tuple[int, ...]:
        """A tensor's shape.

        Raises:
            ModelError: there is none of this name, or it doesn't hold floating-point numbers.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise ModelError(f"{self.path} has no tensor {shown(name)!r}; get the model again")
        if entry.dtype not in _FLOATS:
            raise ModelError(
                f"{self.path} holds {shown(name)!r} as {entry.dtype}, not as floating-point "
                "numbers; get the model again"
            )
        return entry.shape

    def tensor(self, name: str) -> npt.NDArray[Any]:
        """A read-only view of a tensor in its own type; bfloat16 comes as its uint16 bits.

        Raises:
            ModelError: as for :meth:`shape`.
        """
        shape = self.shape(name)
        entry = self._entries[name]
        return self._data[entry.begin : entry.end].view(_FLOATS[entry.dtype]).reshape(shape)

    def release(self) -> None:
        """Give back the memory of what was read; it is paged in again where it is needed."""
        if sys.platform != "win32":
            self._map.madvise(mmap.MADV_DONTNEED)

    def rows(self, name: str, ids: npt.NDArray[np.int64] | slice) -> npt.NDArray[np.float32]:
        """Some rows of a tensor as float32, whatever the file's type.

        Raises:
            ModelError: as for :meth:`shape`.
        """
        picked = self.tensor(name)[ids]
        if self._entries[name].dtype == _BFLOAT16:
            return (picked.astype(np.uint32) << 16).view(np.float32)
        return np.asarray(picked, dtype=np.float32)


def _checked(header: Mapping[str, Any], size: int) -> dict[str, _Entry]:
    """What a header says of its tensors, held against the `size` bytes that follow it.

    Raises:
        ValueError: a tensor lies elsewhere, over another one, or isn't as long as its shape says.
    """
    entries = {name: _entry(name, said) for name, said in header.items() if name != "__metadata__"}
    reached = 0
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].begin, item[1].end)):
        if entry.end > size:
            raise ValueError("it is cut off")
        if entry.begin < reached:
            raise ValueError(f"{name!r} lies over another tensor")
        reached = entry.end
    return entries


def _entry(name: str, said: Any) -> _Entry:
    wrong = ValueError(f"what it says of {name!r} makes no sense")
    if not isinstance(said, dict):
        raise wrong
    dtype, shape, offsets = said.get("dtype"), said.get("shape"), said.get("data_offsets")
    if not isinstance(dtype, str) or dtype not in _BITS:
        raise ValueError(f"{name!r} has an unknown type")
    if not _are_counts(shape) or not _are_counts(offsets) or len(offsets) != 2:
        raise wrong
    begin, end = offsets
    # Compared as integers of any size: a shape of large numbers must not run over.
    if 8 * (end - begin) != math.prod(shape) * _BITS[dtype]:
        raise ValueError(f"{name!r} is not as long as its shape says")
    return _Entry(dtype, tuple(shape), begin, end)


def _are_counts(values: Any) -> TypeGuard[list[int]]:
    return isinstance(values, list) and all(
        type(value) is int and 0 <= value < 1 << 63 for value in values
    )
