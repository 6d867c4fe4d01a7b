"""What tree-sitter costs at each key, beside our reading of comments.

    pip install tree-sitter tree-sitter-python      # into an environment of its own
    python tests/benchmarks/bench_tree_sitter.py [--megabytes 1] [FILE...]

FILE is a source file, whose language's grammar is `tree_sitter_LANGUAGE`; without any, Python's
standard library is one. Times are CPU time of this process in milliseconds: to read the whole text,
and for a letter that is typed in its middle, in a comment. tree-sitter edits its tree, parses anew
with it and asks for the comments of ten lines; ours answers with the prose around the cursor.

Tolerance: a sign that opens something is typed behind a line of code, in many places. Counted is
how often that changes which lines hold comment, before it and farther than 50 lines below it.
"""

from __future__ import annotations

import argparse
import random
import resource
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from bench_reading import milliseconds, standard_library, type_at

from midword.text.cloze import cloze_at
from midword.text.document import Document
from midword.text.languages.source import SourceReader
from midword.text.prose import language_of

COMMENTS = {"python": "(comment) @c (expression_statement (string) @c)"}
PLACES = 60
FAR = 50  # lines


class Tree:
    """A text with tree-sitter's tree of it."""

    def __init__(self, language: str, text: str) -> None:
        tree_sitter = import_module("tree_sitter")
        grammar = tree_sitter.Language(import_module(f"tree_sitter_{language}").language())
        self._parser: Any = tree_sitter.Parser(grammar)
        self._query: Any = tree_sitter.Query(grammar, COMMENTS.get(language, "(comment) @c"))
        self._cursor: Any = tree_sitter.QueryCursor(self._query)
        self.source = text.encode()
        self.tree: Any = self._parser.parse(self.source)

    def insert(self, at: int, text: bytes) -> None:
        """Put a text without line ends into the source."""
        row, start = self.source.count(b"\n", 0, at), self.source.rfind(b"\n", 0, at) + 1
        self.source = self.source[:at] + text + self.source[at:]
        place, after = (row, at - start), (row, at - start + len(text))
        self.tree.edit(at, at, at + len(text), place, place, after)
        self.tree = self._parser.parse(self.source, self.tree)

    def comments(self, start: int, end: int) -> set[int]:
        """The lines between two places that have comment on them."""
        self._cursor.set_byte_range(start, end)
        found = self._cursor.captures(self.tree.root_node)
        nodes = [node for group in found.values() for node in group]
        return {row for node in nodes for row in range(node.start_point[0], node.end_point[0] + 1)}

    def type(self, at: int, text: str) -> None:
        """Type a text letter by letter, asking after each."""
        for place, letter in enumerate(text, at):
            self.insert(place, letter.encode())
            self.comments(place - 200, place + 200)


def ours(language: str, text: str) -> set[int]:
    """The lines on which our reader shows comment."""
    reader, found = SourceReader(language), set()
    state = reader.start
    for row, line in enumerate(text.split("\n")):
        _, spans = reader._scan(line, state)
        if spans:
            found.add(row)
        state = reader.advance(f"{line}\n", state)
    return found


def is_kept(before: set[int], after: set[int], row: int) -> tuple[bool, bool]:
    """Whether what is comment is the same on the lines before `row`, and far below it."""
    changed = before ^ after
    return not any(r < row for r in changed), not any(r > row + FAR for r in changed)


def tolerance(language: str, text: str, sign: str) -> str:
    """How often a sign that is typed behind a line of code changes what is comment elsewhere."""
    lines = text.split("\n")
    rows, ours_before = list(range(len(lines))), ours(language, text)
    end = len(text.encode())
    tree_before = Tree(language, text).comments(0, end)
    code = [r for r in rows if lines[r].strip() and r not in ours_before | tree_before]
    counts = [0, 0, 0, 0]
    for row in random.Random(7).sample(code, PLACES):
        edited = "\n".join([*lines[:row], lines[row] + sign, *lines[row + 1 :]])
        tree = Tree(language, text)
        tree.insert(len("\n".join(lines[: row + 1]).encode()), sign.encode())
        kept = (
            *is_kept(ours_before, ours(language, edited), row),
            *is_kept(tree_before, tree.comments(0, end + len(sign)), row),
        )
        counts = [count + (not k) for count, k in zip(counts, kept, strict=True)]
    return (
        f"    {sign!r:6} behind {PLACES} lines changes those before/below: "
        f"ours {counts[0]}/{counts[1]}, tree-sitter {counts[2]}/{counts[3]}"
    )


def main() -> None:
    """Print what both cost."""
    parser = argparse.ArgumentParser(description="Measure tree-sitter beside our comment readers.")
    parser.add_argument("--megabytes", type=float, default=1.0)
    parser.add_argument("files", nargs="*", type=Path)
    arguments = parser.parse_args()
    texts = {language_of(path) or "": path.read_text("utf-8") for path in arguments.files}
    size = int(arguments.megabytes * 1e6)
    for language, source in (texts or {"python": standard_library()}).items():
        text = (source * (size // len(source) + 1))[:size].encode("ascii", "replace").decode()
        sign = "# " if language == "python" else "// "
        middle = text.index(sign, size // 2) + len(sign)
        tree = Tree(language, text)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        whole = milliseconds(partial(Tree, language, text))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e3
        letter = milliseconds(partial(tree.type, middle, "some words "), 20) / 11
        document = Document("", language, 0, text)
        first = milliseconds(partial(cloze_at, document, size - 200))
        own = milliseconds(partial(type_at, document, middle, "some words "), 20) / 11
        print(f"{language}: {size:,} characters, CPU ms")
        print(f"    tree-sitter: whole {whole:.0f} (+{grown:.0f} MB), letter {letter:.2f}")
        print(f"    ours: whole {first:.0f}, letter {own:.2f}")
        for opener in ("(", "{", '"', "'", '"""', "/*", "`"):
            print(tolerance(language, text[: 100_000 if size > 100_000 else size], opener))


if __name__ == "__main__":
    main()
