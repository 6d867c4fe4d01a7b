"""Documents in memory-mapped Arrow files, as many as the disk holds, read when asked for."""

from __future__ import annotations

import shutil
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, overload

import pyarrow as pa

from midword_training.documents.document import TeamDocument
from midword_training.documents.views import View

_BATCH = 1_000_000  # characters that are read and written together
_SHARD = 64  # batches of a file

_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("paragraphs", pa.list_(pa.large_string())),
        ("redacted", pa.bool_()),
    ]
)


class Shelf(Sequence[TeamDocument]):
    """The documents that `Shelf.write` left in a folder, in their order."""

    def __init__(self, folder: Path) -> None:
        self._batches: list[Any] = []
        for path in sorted(folder.glob("*.arrow")):
            file = pa.ipc.open_file(pa.memory_map(str(path)))
            self._batches += [file.get_batch(i) for i in range(file.num_record_batches)]
        self._ends = list(accumulate(batch.num_rows for batch in self._batches))

    @classmethod
    def write(cls, folder: Path, documents: Iterable[TeamDocument]) -> Shelf:
        """Write documents in shards of 64 million characters; what was there is gone."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        file: Any = None
        for number, batch in enumerate(_batches(documents)):
            if number % _SHARD == 0:
                if file is not None:
                    file.close()
                file = pa.ipc.new_file(str(folder / f"{number // _SHARD:05}.arrow"), _SCHEMA)
            file.write_batch(pa.RecordBatch.from_pylist(batch, schema=_SCHEMA))
        if file is not None:
            file.close()
        return cls(folder)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, number: int) -> TeamDocument: ...

    @overload
    def __getitem__(self, number: slice) -> View: ...

    def __getitem__(self, number: int | slice) -> TeamDocument | View:
        if isinstance(number, slice):
            return View(len(self), self.__getitem__)[number]
        number = range(len(self))[number]
        place = bisect_right(self._ends, number)
        batch = self._batches[place]
        row = number - self._ends[place] + batch.num_rows
        name, paragraphs, redacted = (column[row].as_py() for column in batch.columns)
        return TeamDocument(name, tuple(paragraphs), redacted)


def _batches(documents: Iterable[TeamDocument]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for document in documents:
        row = {"name": document.name, "paragraphs": document.paragraphs}
        batch.append({**row, "redacted": document.redacted})
        size += document.size
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
