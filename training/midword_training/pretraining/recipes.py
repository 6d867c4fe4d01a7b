"""The recipe of a run: a TOML file, or what it says over another one.

`extends = "default.toml"` at its head, a path beside the file itself, brings in all that the other
recipe says; a table then says only what differs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def read_recipe(path: Path) -> dict[str, Any]:
    """The whole recipe: sources, shares, masking, optimiser, schedule."""
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    base = said.pop("extends", None)
    return said if base is None else _over(read_recipe(path.parent / base), said)


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both tables' entries; those of `above` count, table by table."""
    merged = dict(below)
    for name, value in above.items():
        beneath = merged.get(name)
        if isinstance(value, Mapping) and isinstance(beneath, Mapping):
            value = _over(beneath, value)
        merged[name] = value
    return merged
