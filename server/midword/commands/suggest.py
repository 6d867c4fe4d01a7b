"""`midword suggest`: a ranked list of words for one place in a text.

midword suggest "The committee will meet on Tuesday to | the budget."
midword suggest "We dis| the budget."
midword suggest --file notes.md --line 12 --column 7
echo "She was very | to see him." | midword suggest --json
"""

import argparse
import json
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from midword.errors import UserError
from midword.files import decoded
from midword.foreign import shown

if TYPE_CHECKING:
    from midword.suggest.ranking import Suggestion

_DEFAULT_ITEMS = 10
_MOST_BYTES = 100 * 10**6
_BAR = re.compile(r"\\\||\|")  # an escaped bar, or the cursor
_SOURCES = {"memory": "in this text", "dictionary": "in your dictionary"}


@dataclass(frozen=True, slots=True)
class Query:
    """A text and the place in it, in code points."""

    text: str
    offset: int
    language_id: str


def run(argv: list[str]) -> int:
    """Print the suggestions; returns the exit code, 1 where there are none."""
    options = _parser().parse_args(argv)
    query = _in_cell(_query(options))
    started = time.perf_counter()
    from midword.api import Midword  # takes 0.2 s, which --help need not wait
    from midword.text.cloze import cloze_between

    left, right = query.text[: query.offset], query.text[query.offset :]
    cloze = cloze_between(left, right, query.language_id)
    if cloze is None:
        raise UserError(
            f"the cursor isn't in prose: in {query.language_id}, words are suggested in running "
            "text only, not in code, maths, link targets or front matter"
        )
    midword = Midword.load(options.model)
    if midword.trouble:
        print(f"midword: {shown(midword.trouble)}", file=sys.stderr)
    suggestions = midword.suggest(left, right, language=query.language_id, limit=options.items)
    seconds = time.perf_counter() - started
    if options.json:
        print(
            json.dumps(
                {
                    "model": shown(midword.model.name),
                    "runtime": midword.model.runtime,
                    "typed": cloze.prefix,
                    "suggestions": [
                        {"word": s.word, "probability": round(s.probability, 6), "source": s.source}
                        for s in suggestions
                    ],
                    "seconds": round(seconds, 3),
                },
                ensure_ascii=False,
            )
        )
    else:
        print(table(suggestions) if suggestions else "no suggestion here")
    return 0 if suggestions else 1


def table(suggestions: "list[Suggestion]") -> str:
    """Suggestions as lines of rank, word, probability and, unless the model's, where it is from."""
    width = max(len(suggestion.word) for suggestion in suggestions)
    rows = (
        f"{rank:>3}  {s.word:<{width}}  {s.probability:>6.1%}  {_SOURCES.get(s.source, '')}"
        for rank, s in enumerate(suggestions, start=1)
    )
    return "\n".join(row.rstrip() for row in rows)


def cursor(text: str) -> tuple[str, int]:
    r"""The text without its cursor bar, and the cursor's place; `\|` stands for a bar.

    Without a bar the cursor is at the text's end.

    Raises:
        UserError: there are several bars.
    """
    places: list[int] = []
    parts: list[str] = []
    end = length = 0
    for bar in _BAR.finditer(text):
        parts.append(text[end : bar.start()])
        length += bar.start() - end
        if bar[0] == "|":
            places.append(length)
        else:
            parts.append("|")
            length += 1
        end = bar.end()
    parts.append(text[end:])
    plain = "".join(parts)
    if len(places) > 1:
        raise UserError(
            f"the text has {len(places)} bars, and '|' marks the cursor: write the others as "
            "'\\|', or give the place with --line and --column"
        )
    return plain, places[0] if places else len(plain)


def place(text: str, line: int | None, column: int | None) -> int:
    """The offset of a 1-based line (default: the last) and column in characters (default: its end).

    Raises:
        UserError: the text has no such line or column.
    """
    from midword.text.document import Document

    document = Document("", "plaintext", 0, text)
    line = document.line_count if line is None else line
    if not 1 <= line <= document.line_count:
        raise UserError(f"there is no line {line}: the text has {document.line_count}")
    start, end = document.line_span(line - 1)
    end = start + len(text[start:end].rstrip("\r\n"))
    column = end - start + 1 if column is None else column
    if not 1 <= column <= end - start + 1:
        raise UserError(f"line {line} has no column {column}: the last one is {end - start + 1}")
    return start + column - 1


def _query(options: argparse.Namespace) -> Query:
    has_place = options.line is not None or options.column is not None
    if options.file and options.text is not None:
        raise UserError("give either a text or --file, not both")
    if options.file:
        text = _read(options.file)
        language_id = _language(options.language, options.file)
        return Query(text, place(text, options.line, options.column), language_id)
    text = options.text
    if text is None or text == "-":
        if sys.stdin.isatty():
            raise UserError('no text: try midword suggest "We will meet on | to talk."')
        text = _decoded(sys.stdin.buffer, "the text").removesuffix("\n")
    if has_place:
        return Query(text, place(text, options.line, options.column), _language(options.language))
    return Query(*cursor(text), _language(options.language))


def _in_cell(query: Query) -> Query:
    """The query within the Markdown cell at the cursor, if the text is a notebook.

    Raises:
        UserError: the text is no notebook, or the cursor is in no such cell.
    """
    from midword.text.notebook import NOTEBOOK, cell_at

    if query.language_id != NOTEBOOK:
        return query
    try:
        cell = cell_at(query.text, query.offset)
    except ValueError as error:
        raise UserError(str(error)) from error
    if cell is None:
        raise UserError(
            "the cursor isn't in a Markdown cell's text: give its place in the notebook's file "
            "with --line and --column"
        )
    return Query(*cell, "markdown")


def _language(wanted: str | None, file: Path | None = None) -> str:
    """The language id asked for, or the one that a file's name tells.

    Raises:
        UserError: Midword doesn't read it.
    """
    from midword.text.notebook import NOTEBOOK
    from midword.text.prose import is_supported, language_of

    found = wanted or (language_of(file) if file else "plaintext")
    if found is None:
        raise UserError(f"{file} is of no kind that Midword knows: say which with --language")
    if found != NOTEBOOK and not is_supported(found):
        raise UserError(f"{found!r} is no language that Midword reads: try markdown or plaintext")
    return found


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _decoded(file, str(path))
    except OSError as error:
        raise UserError(f"can't read {path}: {error.strerror}") from error


def _decoded(file: BinaryIO, name: str) -> str:
    """What can be read of a file, pipes included: whoever types a command may name any."""
    data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise UserError(f"{name} is longer than {_MOST_BYTES // 10**6} MB: give a part of it")
    return decoded(data, "replace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="midword suggest",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "text",
        nargs="?",
        help=r"the text, with '|' at the cursor ('\|' is a bar; no '|': at the end); "
        "none or '-': read it from stdin",
    )
    parser.add_argument("--file", type=Path, metavar="F", help="read the text from a file")
    parser.add_argument("--line", type=int, metavar="L", help="the cursor's line, from 1")
    parser.add_argument(
        "--column", type=int, metavar="C", help="the cursor's column in characters, from 1"
    )
    parser.add_argument(
        "--language",
        metavar="ID",
        help="the text's language id, such as markdown or latex "
        "(default: by the file's name, else plaintext)",
    )
    parser.add_argument("--model", metavar="NAME_OR_PATH", help="use this model")
    parser.add_argument(
        "--items",
        type=_positive,
        default=_DEFAULT_ITEMS,
        metavar="N",
        help=f"at most so many words (default: {_DEFAULT_ITEMS})",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)
