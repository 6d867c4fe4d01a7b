"""A folder is looked through for prose within bounds, whatever it does to whoever looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from midword.lsp import indexing
from midword.settings import Settings


def test_globs_that_take_long_end_the_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within one folder, too, where each of hundreds of names costs 20 ms."""
    for i in range(300):
        (tmp_path / ("a" * 200 + f"{i}.md")).write_text("the garden\n")
    lines = (f"*{'a*' * 20}{i}*b" for i in range(1800))
    (tmp_path / ".gitignore").write_text("\n".join(lines))
    monkeypatch.setattr(indexing, "_MOST_SECONDS", 0.1)
    assert len(indexing.files_to_learn(tmp_path, Settings())) < 200
