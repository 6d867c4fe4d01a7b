"""The token store: ids of documents end to end, in Arrow files that processes map and share."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from tokenizers import Tokenizer

from midword_training.confidentiality.redaction import HIDDEN
from midword_training.documents.document import TeamDocument

Ids = NDArray[np.int64]

_BATCH = 1_000_000  # characters that are tokenised together
_SHARD = 128  # batches of a file: some 30 million tokens


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids of some documents.

    Shapes: `parts` of unsigned ids, which follow each other; `starts` [documents + 1] int64, where
    each document begins in them. `checksum` is of all ids.
    """

    parts: Sequence[NDArray[Any]]
    edges: NDArray[np.int64]
    starts: NDArray[np.int64]
    checksum: int

    @classmethod
    def of(cls, documents: Iterable[TeamDocument], tokenizer: Any, *, special: bool) -> Tokens:
        """Tokenise some documents into memory; see `write`."""
        parts, lengths = [], list[int]()
        for part, here in _tokenised(documents, tokenizer, special):
            parts.append(part)
            lengths += here
        return cls._made(parts, lengths)

    @classmethod
    def write(
        cls, folder: Path, documents: Iterable[TeamDocument], tokenizer: Any, *, special: bool
    ) -> Tokens:
        """Tokenise documents into a folder, whole or not at all, and map them.

        Args:
            folder: what was there is gone.
            documents: are read once.
            tokenizer: of `transformers`; what its file says of truncation and padding is left out.
            special: whether each document stands in its special tokens.
        """
        aside = folder.with_name(folder.name + ".partial")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        lengths, checksum = list[int](), 0
        file: Any = None
        for number, (part, here) in enumerate(_tokenised(documents, tokenizer, special)):
            batch = pa.record_batch([pa.array(part)], names=["ids"])
            if number % _SHARD == 0:
                if file is not None:
                    file.close()
                name = f"{number // _SHARD:05}.arrow"
                file = pa.ipc.new_file(str(aside / name), batch.schema)
            file.write_batch(batch)
            lengths += here
            checksum = zlib.crc32(part.tobytes(), checksum)
        if file is not None:
            file.close()
        np.save(aside / "lengths.npy", np.asarray(lengths, dtype=np.int64))
        (aside / "tokens.json").write_text(json.dumps({"checksum": checksum}))
        shutil.rmtree(folder, ignore_errors=True)
        aside.replace(folder)
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> Tokens:
        """Map what `write` left."""
        parts: list[NDArray[Any]] = []
        for path in sorted(folder.glob("*.arrow")):
            file = pa.ipc.open_file(pa.memory_map(str(path)))
            parts += [
                file.get_batch(i).column(0).to_numpy(zero_copy_only=True)
                for i in range(file.num_record_batches)
            ]
        checksum = json.loads((folder / "tokens.json").read_text())["checksum"]
        return cls._made(parts, np.load(folder / "lengths.npy").tolist(), checksum)

    @classmethod
    def _made(
        cls, parts: Sequence[NDArray[Any]], lengths: Sequence[int], checksum: int | None = None
    ) -> Tokens:
        if checksum is None:
            checksum = 0
            for part in parts:
                checksum = zlib.crc32(part.tobytes(), checksum)
        return cls(parts, _edges([len(part) for part in parts]), _edges(lengths), checksum)

    def __len__(self) -> int:
        return int(self.starts[-1])

    def between(self, begin: int, end: int) -> Ids:
        """The ids at `begin` to `end` - 1."""
        first, last = np.searchsorted(self.edges, [begin, end - 1], side="right") - 1
        found = [
            self.parts[part][max(0, begin - self.edges[part]) : end - self.edges[part]]
            for part in range(int(first), int(last) + 1)
        ]
        return np.concatenate(found).astype(np.int64) if found else np.empty(0, np.int64)

    def at(self, places: NDArray[np.int64]) -> Ids:
        """The ids at some places, which are in order."""
        found = np.empty(len(places), dtype=np.int64)
        bounds = np.searchsorted(places, self.edges)
        for number, part in enumerate(self.parts):
            here = slice(bounds[number], bounds[number + 1])
            found[here] = part[places[here] - self.edges[number]]
        return found


def _edges(lengths: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.asarray(lengths, dtype=np.int64))]).astype(np.int64)


def _tokenised(
    documents: Iterable[TeamDocument], tokenizer: Any, special: bool
) -> Iterator[tuple[NDArray[Any], list[int]]]:
    """The ids of some documents together, and how many each has."""
    backend = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    backend.no_truncation()
    backend.no_padding()
    kind = np.uint16 if len(tokenizer) <= 1 << 16 else np.uint32
    for texts in _together(documents):
        shown = [text.replace(HIDDEN, tokenizer.mask_token) for text in texts]
        found = [
            np.asarray(encoding.ids, dtype=kind)
            for encoding in backend.encode_batch_fast(shown, add_special_tokens=special)
        ]
        yield np.concatenate(found), [len(ids) for ids in found]


def _together(documents: Iterable[TeamDocument]) -> Iterator[list[str]]:
    texts, size = list[str](), 0
    for document in documents:
        texts.append(document.text)
        size += len(texts[-1])
        if size >= _BATCH:
            yield texts
            texts, size = [], 0
    if texts:
        yield texts
