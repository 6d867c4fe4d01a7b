"""Tensors of a safetensors file, mapped instead of read.

Only the rows that a cloze touches are ever paged in, so that an embedding matrix of 30 MB
costs the daemon some kilobytes of memory.
Format: https://huggingface.co/docs/safetensors/index#format
"""

import json
import mmap
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from midword.model.errors import ModelError

_DTYPES = {"F16": np.float16, "F32": np.float32, "F64": np.float64}
_BFLOAT16 = "BF16"
_LARGEST_HEADER = 100_000_000  # bytes, the limit of the reference implementation


class Weights:
    """The tensors of one safetensors file by name.

    Raises:
        ModelError: the file is missing, cut off or not safetensors.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                size = int.from_bytes(file.read(8), "little")
                if size > _LARGEST_HEADER:
                    raise ValueError("its header is too long")
                header: dict[str, Any] = json.loads(file.read(size))
                header.pop("__metadata__", None)
                end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
                if path.stat().st_size < 8 + size + end:
                    raise ValueError("it is cut off")
        except FileNotFoundError:
            raise ModelError(f"{path} is missing; get the model again") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                f"{path} can't be read as safetensors ({error}); get the model again"
            ) from error
        self._header = header
        # Mapped once: a file that is replaced while the server runs stays as it was for it.
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._data = np.frombuffer(self._map, dtype=np.uint8)[8 + size :]

    def names(self) -> list[str]:
        """The names of all tensors."""
        return list(self._header)

    def tensor(self, name: str) -> npt.NDArray[Any]:
        """A read-only view of a tensor in its own type; bfloat16 comes as its uint16 bits."""
        entry = self._header[name]
        dtype = entry["dtype"]
        numpy_type = np.uint16 if dtype == _BFLOAT16 else _DTYPES[dtype]
        begin, end = entry["data_offsets"]
        return self._data[begin:end].view(numpy_type).reshape(entry["shape"])

    def release(self) -> None:
        """Give back the memory of what was read; it is paged in again where it is needed."""
        if hasattr(self._map, "madvise"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def rows(self, name: str, ids: npt.NDArray[np.int64] | slice) -> npt.NDArray[np.float32]:
        """Some rows of a tensor as float32, whatever the file's type."""
        picked = self.tensor(name)[ids]
        if self._header[name]["dtype"] == _BFLOAT16:
            return (picked.astype(np.uint32) << 16).view(np.float32)
        return np.asarray(picked, dtype=np.float32)
