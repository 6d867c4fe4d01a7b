"""Documents that `datasets` reads: one row is one document.

Files are streamed, so that nothing of a team's text is copied into `datasets`' cache.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from midword.errors import UserError
from midword_training.documents.decoding import decode

_BUILDERS = {
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".arrow": "arrow",
}
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_PACKED = {".gz", ".xz", ".zst", ".bz2"}
_TEXT_FIELDS = ("text", "content", "body", "document", "message", "review")


def builder_of(path: Path) -> str | None:
    """The `datasets` builder that reads this file, by its suffix."""
    return _BUILDERS.get(_inner(path).suffix.lower())


def _inner(path: Path) -> Path:
    """The name that a packed file would have unpacked."""
    return path.with_suffix("") if path.suffix in _PACKED else path


def is_table(path: Path) -> bool:
    """Whether `path` is a file of rows, or a folder that `save_to_disk` wrote."""
    if path.is_dir():
        return (path / "dataset_info.json").exists() or (path / "dataset_dict.json").exists()
    return path.is_file() and builder_of(path) is not None


def is_read_whole(path: Path) -> bool:
    """Whether it is read as one piece, not row by row."""
    return _inner(path).suffix.lower() == ".json"


def hub_name(source: str) -> str | None:
    """The data set that `hub:NAME` or `hub:OWNER/NAME` names; None for any other source.

    Only so, because asking a hub opens the network: a mistyped path must not.
    """
    found = re.fullmatch(r"hub:([\w-][\w.-]*(?:/[\w.-]+)?)", source)
    return found[1] if found else None


def read(source: str, path: Path | None, text_field: str | None) -> Iterator[str]:
    """Yield the text of each row; `path` None takes `source` from the hub (its `train` split).

    Raises:
        UserError: it cannot be loaded, or no column holds text.
    """
    import datasets

    datasets.utils.logging.set_verbosity(logging.CRITICAL)  # what it can't read is said here
    try:
        if path is None:
            rows: Any = datasets.load_dataset(source, split="train")
        elif path.is_dir():
            rows = datasets.load_from_disk(str(path))
            if isinstance(rows, datasets.DatasetDict):
                rows = rows["train"] if "train" in rows else next(iter(rows.values()))
        elif path.suffix.lower() in _SEPARATORS:
            rows = _separated(path)
        else:
            builder, files = builder_of(path), str(path)
            rows = datasets.load_dataset(
                builder, data_files=files, split="train", streaming=True, **_options(path)
            )
        column: str | None = None
        for row in rows:
            column = column or _text_column(row, text_field, source)
            if isinstance(row[column], str) and row[column].strip():
                yield row[column]
    except UserError:
        raise
    except Exception as error:  # datasets raises dozens of types: all mean "cannot be read"
        known = "no such file or folder, and no such data set" if path is None else "unreadable"
        reason = str(error).partition("\n")[0][:200]
        raise UserError(f"{source}: {known} ({type(error).__name__}: {reason})") from error


def _separated(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a plain CSV or TSV file in whatever encoding; `datasets` would leave it open."""
    text = decode(path.read_bytes())
    if text is None:
        raise ValueError("not text")
    csv.field_size_limit(len(text) + 1)
    yield from csv.DictReader(
        io.StringIO(text, newline=""), delimiter=_SEPARATORS[path.suffix.lower()]
    )


def _options(path: Path) -> dict[str, Any]:
    """What the builder has to know of a file: what parts its columns, where its rows are."""
    suffix = _inner(path).suffix.lower()
    if suffix in _SEPARATORS:
        return {"sep": _SEPARATORS[suffix]}
    if path.suffix.lower() == ".json":
        with suppress(ValueError):  # rows one a line; or damaged, as the builder will say
            whole = json.loads(path.read_bytes())
            if isinstance(whole, dict):
                lists = [key for key, value in whole.items() if isinstance(value, list) and value]
                rows = [key for key in lists if isinstance(whole[key][0], dict)]
                return {"field": rows[0]} if len(rows) == 1 else {}
    return {}


def _text_column(row: dict[str, Any], wanted: str | None, source: str) -> str:
    strings = [name for name, value in row.items() if isinstance(value, str) and " " in value]
    for name in (wanted,) if wanted else _TEXT_FIELDS:
        if name in row:
            return name
    if not wanted and len(strings) == 1:
        return strings[0]
    columns = ", ".join(map(str, row))
    raise UserError(f"{source}: name the column with the text by --text-field (it has {columns})")
