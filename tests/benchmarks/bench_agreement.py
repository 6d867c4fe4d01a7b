"""Code and prose as our readers tell them apart, against the formats' own parsers.

    python tests/benchmarks/bench_agreement.py FOLDER [-v] [--most 500] [--only org]

Reads the files below a folder whose language has a parser here, and prints a row a language: how
many lines that a parser takes for code ours shows, how many lines of prose ours leaves out, and of
the lines that both of two independent parsers know, how many these take for different things.
It is about blocks: a line that is partly code is neither. Parsers that are not installed are left
out (`agreement/__init__.py` says where they come from). With -v every line that differs is printed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from agreement import asciidoc, doc_comments, html, latex, markdown, org, pandoc, rst
from agreement.lines import Lines, MissingError

from midword.text.languages.asciidoc import AsciidocReader
from midword.text.languages.html import HtmlReader
from midword.text.languages.latex import LatexReader
from midword.text.languages.markdown import MarkdownReader
from midword.text.languages.org import OrgReader
from midword.text.languages.reader import LanguageReader, is_hidden
from midword.text.languages.rst import RstReader
from midword.text.languages.source import SourceReader

LARGEST = 400_000  # characters; some parsers take minutes for more

Parser = Callable[[str], Lines]


class Judged(NamedTuple):
    """A language, our reader, and the two parsers that it is held against."""

    name: str
    reader: Callable[[], LanguageReader[Any]]
    suffixes: tuple[str, ...]
    parser: Parser
    other: Parser


LANGUAGES = (
    Judged("Markdown", MarkdownReader, (".md",), markdown.lines_of, pandoc.markdown_lines),
    Judged(
        "reStructuredText",
        RstReader,
        (".rst",),
        rst.lines_of,
        partial(pandoc.lines_of, format="rst"),
    ),
    Judged("HTML", HtmlReader, (".html", ".htm"), html.lines_of, html.libxml_lines),
    Judged(
        "LaTeX",
        LatexReader,
        (".tex",),
        latex.lines_of,
        partial(pandoc.lines_of, format="latex"),
    ),
    Judged("Org", OrgReader, (".org",), org.lines_of, partial(pandoc.lines_of, format="org")),
    Judged("AsciiDoc", AsciidocReader, (".adoc",), asciidoc.lines_of, asciidoc.older_lines),
    Judged(
        "JSDoc",
        partial(SourceReader, "typescript"),
        (".js", ".ts", ".mjs"),
        doc_comments.jsdoc_lines,
        doc_comments.typescript_lines,
    ),
    Judged(
        "docstrings",
        partial(SourceReader, "python"),
        (".py",),
        doc_comments.docutils_lines,
        doc_comments.pandoc_lines,
    ),
)


def shown(reader: LanguageReader[Any], text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line of a text, and whether our reader shows letters of it."""
    state = reader.start
    for line in text.split("\n"):
        veiled = reader.veil(line, state)
        letters = (sign.isalpha() and not is_hidden(sign) for sign in veiled.text)
        yield line, not veiled.hidden and any(letters)
        state = reader.advance(f"{line}\n", state)


def ask(parser: Parser, path: Path, text: str) -> Lines | None:
    """Return what a parser says of a file; None if it fails."""
    try:
        return parser(text)
    except (MissingError, ModuleNotFoundError):
        raise
    except Exception as error:  # a parser's own, on files that nobody here wrote
        print(f"{path}: {str(error)[:200]!r}")
        return None


def measure(judged: Judged, paths: list[Path], verbose: bool) -> Counter[str]:
    """Count over files the lines of each kind, and those that differ."""
    counts: Counter[str] = Counter()
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace")
        if len(text) > LARGEST or (lines := ask(judged.parser, path, text)) is None:
            continue
        counts["files"] += 1
        try:
            others = ask(judged.other, path, text)
        except (MissingError, ModuleNotFoundError):
            others = None
        for number, (line, is_shown) in enumerate(shown(judged.reader(), text)):
            if not any(map(str.isalpha, line)) or not _knows(lines, number):
                continue
            is_code = number in lines.code
            kind = "code" if is_code else "prose"
            counts[kind] += 1
            if is_shown == is_code:
                counts[f"{kind}, wrong"] += 1
                if verbose:
                    print(f"{kind} {path}:{number + 1}: {line[:100]}")
            if others and _knows(others, number):
                counts[f"{kind}, two"] += 1
                if (number in others.code) != is_code:
                    counts[f"{kind}, they differ"] += 1
    return counts


def _knows(lines: Lines, number: int) -> bool:
    """Whether a parser says of a line that it is code or prose, and not both."""
    return (number in lines.code) != (number in lines.prose)


def some(paths: list[Path], most: int) -> list[Path]:
    """Return so many of the paths, from everywhere among them."""
    return [paths[at * len(paths) // most] for at in range(most)] if len(paths) > most else paths


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Hold our readers against the formats' parsers.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--most", type=int, default=500, help="files of a language")
    parser.add_argument("--only", default="", help="one language")
    options = parser.parse_args()
    found = [path for path in sorted(options.folder.rglob("*")) if path.is_file()]
    print(
        f"{'language':18}{'files':>6}{'code':>8}{'shown':>7}{'prose':>9}{'left out':>9}"
        f"{'two parsers: code':>20}{'prose':>16}"
    )
    for judged in LANGUAGES:
        paths = [path for path in found if path.suffix in judged.suffixes]
        if options.only.lower() not in judged.name.lower() or not paths:
            continue
        try:
            counts = measure(judged, some(paths, options.most), options.verbose)
        except (MissingError, ModuleNotFoundError) as error:
            print(f"{judged.name:18} needs {getattr(error, 'name', None) or error}")
            continue
        two = [
            f"{counts[f'{kind}, they differ']} of {counts[f'{kind}, two']}"
            for kind in ("code", "prose")
        ]
        print(
            f"{judged.name:18}{counts['files']:6}{counts['code']:8}{counts['code, wrong']:7}"
            f"{counts['prose']:9}{counts['prose, wrong']:9}{two[0]:>20}{two[1]:>16}",
            flush=True,
        )


if __name__ == "__main__":
    main()
