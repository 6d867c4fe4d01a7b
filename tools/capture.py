"""Puts what Midword really suggests into the README: python tools/capture.py

The example is the output of the README's first command. In the moving picture a writer
fills gaps in sentences: at each letter the list is what the bundled model answers, and the word
is taken as soon as the list has it. The picture is one SVG, its frames switched by CSS.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import tables

from midword import Midword, Suggestion

EXAMPLE = "The committee will meet on Tuesday to | the budget."
PICTURE = Path(__file__).parent.parent / "docs" / "midword.svg"

# Left of the gap, the word that the writer has in mind, right of the gap. The same left side
# twice: what stands right of the cursor makes the difference.
SCENES = (
    ("The committee will meet on Tuesday to ", "discuss", " the budget."),
    ("The committee will meet on Tuesday to ", "elect", " a new chairman."),
    ("Thank you for your letter. I am ", "sorry", " that I could not answer it sooner."),
)
ITEMS = 5

READING, LETTER, TAKEN = 1.8, 0.9, 1.6  # seconds that a frame stays
WIDTH, HEIGHT, MARGIN = 760, 240, 28
CHARACTER, ROW, SIZE = 9.0, 25, 15  # of the text: width, line, font size, in pixels
TOP = 78


@dataclass(frozen=True, slots=True)
class Frame:
    """One still: the text with its cursor, and the list below it."""

    left: str
    typed: str
    right: str
    items: tuple[Suggestion, ...]
    chosen: int | None
    seconds: float


def frames(midword: Midword) -> Iterator[Frame]:
    """All stills, in order."""
    for left, word, right in SCENES:
        for letters in range(len(word) + 1):
            typed = word[:letters]
            items = tuple(midword.suggest(left + typed, right, limit=ITEMS))
            place = next((n for n, item in enumerate(items) if item.word == word), None)
            seconds = LETTER if letters else READING
            yield Frame(left, typed, right, items, None, seconds)
            if place is not None:
                yield Frame(left, typed, right, items, place, LETTER)
                break
        yield Frame(left, word, right, (), None, TAKEN)


def svg(stills: list[Frame]) -> str:
    """The moving picture."""
    whole = sum(still.seconds for still in stills)
    rules, groups = [], []
    begin = 0.0
    for number, still in enumerate(stills):
        end = begin + still.seconds
        rules.append(
            f"@keyframes f{number}{{0%{{opacity:0}}{begin / whole:.2%}{{opacity:1}}"
            f"{end / whole:.2%}{{opacity:0}}}}"
            f"#f{number}{{animation:f{number} {whole:.1f}s step-end infinite}}"
        )
        # Where nothing moves, the first list is what one sees.
        opacity = 1 if number == 0 else 0
        groups.append(f'<g id="f{number}" opacity="{opacity}">{_drawn(still)}</g>')
        begin = end
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" \
font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="{SIZE}">
<title>Midword suggests words while a sentence is typed</title>
<style>
{chr(10).join(rules)}
</style>
<rect width="{WIDTH}" height="{HEIGHT}" rx="10" fill="#fbfaf7" stroke="#d8d4ca"/>
<circle cx="22" cy="20" r="5" fill="#d8d4ca"/><circle cx="38" cy="20" r="5" fill="#d8d4ca"/>
<circle cx="54" cy="20" r="5" fill="#d8d4ca"/>
<text x="{WIDTH / 2}" y="25" text-anchor="middle" fill="#8a8577" font-size="13">notes.md</text>
{chr(10).join(groups)}
</svg>
"""


def _drawn(still: Frame) -> str:
    cursor = MARGIN + len(still.left + still.typed) * CHARACTER
    parts = [
        _text(MARGIN, TOP, still.left),
        _text(MARGIN + len(still.left) * CHARACTER, TOP, still.typed, fill="#0b57a4"),
        _text(cursor, TOP, still.right),
        f'<rect x="{cursor - 0.8:.1f}" y="{TOP - 15}" width="1.6" height="20" fill="#0b57a4"/>',
    ]
    if still.items:
        parts.append(_list(still, MARGIN + len(still.left) * CHARACTER - 10))
    return "".join(parts)


def _list(still: Frame, x: float) -> str:
    longest = max(len(item.word) for item in still.items)
    width = (longest + 10) * CHARACTER
    x = min(x, WIDTH - width - 8)
    y = TOP + 12
    height = len(still.items) * ROW + 8
    parts = [
        f'<rect x="{x:.0f}" y="{y}" width="{width:.0f}" height="{height}" rx="5" fill="#ffffff" '
        'stroke="#c9c4b8"/>'
    ]
    for number, item in enumerate(still.items):
        top = y + 4 + number * ROW
        if number == (still.chosen or 0):
            fill = "#cfe3f7" if still.chosen is not None else "#eef3f8"
            parts.append(
                f'<rect x="{x + 4:.0f}" y="{top}" width="{width - 8:.0f}" height="{ROW}" rx="3" '
                f'fill="{fill}"/>'
            )
        share = f"{item.probability:.0%}" if item.probability >= 0.005 else "&lt;1%"
        parts.append(_text(x + 10, top + 17, item.word))
        parts.append(
            f'<text x="{x + width - 10:.0f}" y="{top + 17}" text-anchor="end" fill="#8a8577">'
            f"{share}</text>"
        )
    return "".join(parts)


def _text(x: float, y: float, text: str, fill: str = "#2b2a27") -> str:
    """Text whose letters stand where the cursor is computed, whatever the viewer's font."""
    if not text:
        return ""
    return (
        f'<text x="{x:.1f}" y="{y}" fill="{fill}" xml:space="preserve" '
        f'textLength="{len(text) * CHARACTER:.1f}">{escape(text)}</text>'
    )


def main() -> int:
    """Write the example and the picture."""
    command = ["midword", "suggest", EXAMPLE]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    tables.README.write_text(
        tables.placed(tables.README.read_text("utf-8"), "example", f"```text\n{answer}```\n"),
        "utf-8",
    )
    stills = list(frames(Midword.load("bundled")))
    PICTURE.write_text(svg(stills), "utf-8")
    for still in stills:
        words = ", ".join(item.word for item in still.items)
        print(f"{still.left}[{still.typed}|]{still.right}  {words}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
