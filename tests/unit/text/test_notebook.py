"""A place in a notebook's file is one in a Markdown cell, or none."""

from __future__ import annotations

import json

import pytest

from midword.text.notebook import cell_at

TEXT = 'He said "no" to the café.\n\nMore\ttext.'
CELLS = [
    {"cell_type": "code", "source": ["print(1)"], "outputs": [{"text": ["one"]}]},
    {"cell_type": "markdown", "source": TEXT.splitlines(keepends=True)},
    {"cell_type": "raw", "source": "raw"},
    {"cell_type": "markdown", "source": "one string"},
]


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_place_is_one_of_a_cell_or_none(ascii_only: bool, mark: str) -> None:
    notebook = mark + json.dumps({"cells": CELLS}, ensure_ascii=ascii_only, indent=1)
    found = [cell_at(notebook, offset) for offset in range(len(mark), len(notebook) + 1)]
    places = {cell[1] for cell in found if cell and cell[0] == TEXT}
    assert places == set(range(len(TEXT) + 1))
    assert {cell[0] for cell in found if cell} == {TEXT, "one string"}


def test_what_is_no_notebook_is_told() -> None:
    for text in ("", "{}", "[]", '{"cells": [1]}', "text"):
        with pytest.raises(ValueError, match="not a Jupyter notebook"):
            cell_at(text, 0)
