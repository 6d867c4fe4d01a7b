"""Documents that `datasets` reads: one row is one document.

Files are streamed, so that nothing of a team's text is copied into `datasets`' cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from midword.errors import UserError

_BUILDERS = {
    ".jsonl": "json",
    ".ndjson": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".arrow": "arrow",
}
_PACKED = {".gz", ".xz", ".zst", ".bz2"}
_TEXT_FIELDS = ("text", "content", "body", "document", "message", "review")


def builder_of(path: Path) -> str | None:
    """The `datasets` builder that reads this file, by its suffix."""
    inner = path.with_suffix("") if path.suffix in _PACKED else path
    return _BUILDERS.get(inner.suffix.lower())


def is_table(path: Path) -> bool:
    """Whether `path` is a file of rows, or a folder that `save_to_disk` wrote."""
    if path.is_dir():
        return (path / "dataset_info.json").exists() or (path / "dataset_dict.json").exists()
    return path.is_file() and builder_of(path) is not None


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

    try:
        if path is None:
            rows: Any = datasets.load_dataset(source, split="train")
        elif path.is_dir():
            rows = datasets.load_from_disk(str(path))
            if isinstance(rows, datasets.DatasetDict):
                rows = rows["train"] if "train" in rows else next(iter(rows.values()))
        else:
            rows = datasets.load_dataset(
                builder_of(path), data_files=str(path), split="train", streaming=True
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


def _text_column(row: dict[str, Any], wanted: str | None, source: str) -> str:
    strings = [name for name, value in row.items() if isinstance(value, str)]
    for name in (wanted,) if wanted else _TEXT_FIELDS:
        if name in row:
            return name
    if not wanted and len(strings) == 1:
        return strings[0]
    columns = ", ".join(map(str, row))
    raise UserError(f"{source}: name the column with the text by --text-field (it has {columns})")
