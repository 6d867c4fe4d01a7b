"""The Markdown cells of a Jupyter notebook (nbformat 4)."""

from __future__ import annotations

import json

from midword.text.document import BYTE_ORDER_MARK

NOTEBOOK = "jupyter"
"""The language id of a notebook's file, which is JSON."""

_CURSOR = "\uf8ff"  # from the private use area, whose characters mean nothing by themselves


def markdown_cells(notebook: str) -> list[str]:
    """Return the text of each Markdown cell. Raises `ValueError` for what is no notebook."""
    try:
        cells = json.loads(notebook.removeprefix(BYTE_ORDER_MARK))["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
        return ["".join(source) for source in sources]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("The text is not a Jupyter notebook in format 4.") from error


def cell_at(notebook: str, offset: int) -> tuple[str, int] | None:
    """Return the Markdown cell that an offset in the notebook's file is in, and the place in it.

    None if it is in none: in code, in an output, or between cells. Raises `ValueError` for what is
    no notebook.
    """
    markdown_cells(notebook)
    notebook = notebook.replace(_CURSOR, " ")
    try:
        cells = markdown_cells(notebook[:offset] + _CURSOR + notebook[offset:])
    except ValueError:  # a sign more than JSON has room for: no text stands at the offset
        return None
    for cell in cells:
        before, sign, after = cell.partition(_CURSOR)
        if sign:
            return before + after, len(before)
    return None
