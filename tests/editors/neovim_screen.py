"""What a Neovim draws, kept cell by cell (`:help ui-linegrid`), and as a picture."""

from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any

CELL_WIDTH, CELL_HEIGHT, SIZE, MARGIN = 8.4, 19, 14, 12  # pixels
Highlight = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of the screen; `highlight` is the number of one that Neovim has defined."""

    text: str = " "
    highlight: int = 0


class Screen:
    """The one grid of a user interface that was attached with `ext_linegrid`."""

    def __init__(self) -> None:
        self._rows: list[list[Cell]] = []
        self._highlights: dict[int, Highlight] = {0: {}}
        self._foreground = self._background = 0
        self._cursor = (0, 0)

    def draw(self, events: list[list[Any]]) -> None:
        """Take the events of one `redraw` notification; those not needed here are passed over."""
        for name, *calls in events:
            handler = getattr(self, f"_on_{name}", None)
            for arguments in calls if handler else ():
                handler(*arguments)

    def _on_default_colors_set(self, foreground: int, background: int, *_: int) -> None:
        self._foreground, self._background = foreground, background

    def _on_hl_attr_define(self, number: int, colours: Highlight, *_: object) -> None:
        self._highlights[number] = colours

    def _on_grid_resize(self, _: int, width: int, height: int) -> None:
        self._rows = [[Cell()] * width for _ in range(height)]

    def _on_grid_clear(self, _: int) -> None:
        self._rows = [[Cell()] * len(row) for row in self._rows]

    def _on_grid_cursor_goto(self, _: int, row: int, column: int) -> None:
        self._cursor = (row, column)

    def _on_grid_line(self, _: int, row: int, column: int, cells: list[Any], *__: bool) -> None:
        highlight = 0
        for text, *rest in cells:
            highlight = rest[0] if rest else highlight
            count = rest[1] if len(rest) > 1 else 1
            self._rows[row][column : column + count] = [Cell(text, highlight)] * count
            column += count

    def _on_grid_scroll(
        self, _: int, top: int, bottom: int, left: int, right: int, rows: int, *__: int
    ) -> None:
        order = range(top, bottom - rows) if rows > 0 else range(bottom - 1, top - rows - 1, -1)
        for row in order:
            self._rows[row][left:right] = self._rows[row + rows][left:right]

    def svg(self, title: str) -> str:
        """The screen as a picture."""
        width = len(self._rows[0]) * CELL_WIDTH + 2 * MARGIN
        height = len(self._rows) * CELL_HEIGHT + 2 * MARGIN
        row, column = self._cursor
        x, y = _place(row, column)
        cursor = f'<rect x="{x:.1f}" y="{y}" width="2" height="{CELL_HEIGHT}" fill="#ffbf57"/>'
        runs = [part for row, cells in enumerate(self._rows) for part in self._drawn(row, cells)]
        return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" \
font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="{SIZE}">
<title>{escape(title)}</title>
<rect width="{width:.0f}" height="{height}" rx="8" fill="{_hex(self._background)}"/>
{chr(10).join(runs)}
{cursor}
</svg>
"""

    def _drawn(self, row: int, cells: list[Cell]) -> list[str]:
        """A row's runs of one highlight: what is behind them, and their text."""
        parts, column = [], 0
        for number, run in groupby(cells, key=lambda cell: cell.highlight):
            texts = [cell.text for cell in run]
            foreground, background = self._colours(self._highlights[number])
            x, y = _place(row, column)
            width = len(texts) * CELL_WIDTH
            if background != self._background:
                parts.append(
                    f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{CELL_HEIGHT}" '
                    f'fill="{_hex(background)}"/>'
                )
            text = "".join(texts)
            if text.strip():
                # Letters stand where Neovim put them, whatever the viewer's font.
                parts.append(
                    f'<text x="{x:.1f}" y="{y + SIZE}" fill="{_hex(foreground)}" '
                    f'xml:space="preserve" textLength="{width:.1f}">{escape(text)}</text>'
                )
            column += len(texts)
        return parts

    def _colours(self, highlight: Highlight) -> tuple[int, int]:
        foreground = highlight.get("foreground", self._foreground)
        background = highlight.get("background", self._background)
        return (background, foreground) if highlight.get("reverse") else (foreground, background)


def _place(row: int, column: int) -> tuple[float, int]:
    return MARGIN + column * CELL_WIDTH, MARGIN + row * CELL_HEIGHT


def _hex(colour: int) -> str:
    return f"#{colour:06x}"
