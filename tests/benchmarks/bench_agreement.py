"""Code and prose as our readers tell them apart, against the formats' own parsers.

    python tests/benchmarks/bench_agreement.py FOLDER

Reads all files below a folder whose language has a parser here, and prints a row a language: how
many lines that the parser takes for code ours shows, and how many lines of prose ours leaves out.
It is about blocks: a line that is partly code is neither. Parsers that are not installed are left
out; they are no dependencies of Midword's: `pip install docutils mdit-py-plugins pylatexenc` into
an environment of your own. With -v every line that differs is printed.
"""

from __future__ import annotations

import argparse
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from midword.text.languages.directives import holds_code
from midword.text.languages.html import HtmlReader
from midword.text.languages.latex import CODE, LatexReader
from midword.text.languages.markdown import MarkdownReader
from midword.text.languages.reader import Reader, is_hidden
from midword.text.languages.rst import RstReader

LARGEST = 400_000  # characters; some parsers take minutes for more


class Lines(NamedTuple):
    """The numbers of a text's lines, from 0, that a parser says something about."""

    code: set[int]
    prose: set[int]


def markdown_lines(text: str) -> Lines:
    """Ask markdown-it, with tables, footnotes, front matter, definitions and admonitions."""
    parser = import_module("markdown_it").MarkdownIt("commonmark").enable("table")
    for name in ("footnote", "front_matter", "deflist", "admon"):
        parser.use(getattr(import_module(f"mdit_py_plugins.{name}"), f"{name}_plugin"))
    lines = Lines(set(), set())
    for token in parser.parse(text):
        if token.map and token.type in ("fence", "code_block", "front_matter"):
            if not re.match(r"\{[\w:-]+\}", token.info):  # MyST's, which markdown-it doesn't know
                lines.code.update(range(*token.map))
        elif token.map and token.type == "inline":
            lines.prose.update(range(*token.map))
    return lines


def rst_lines(text: str) -> Lines:
    """Ask Docutils, to which directives that it doesn't know are what our table says they are."""
    nodes: Any = import_module("docutils.nodes")
    _teach_docutils()
    settings = {"report_level": 5, "halt_level": 6, "file_insertion_enabled": False}
    core: Any = import_module("docutils.core")
    tree = core.publish_doctree(text, settings_overrides=settings)
    code: set[str] = set()
    prose: set[str] = set()
    for node in tree.findall():
        if isinstance(node.parent, nodes.system_message):
            continue
        if isinstance(node, (nodes.literal_block, nodes.doctest_block, nodes.comment)):
            code.update(line.strip() for line in node.astext().splitlines())
        elif isinstance(node, (nodes.paragraph, nodes.title, nodes.term)):
            prose.update(line.strip() for line in node.rawsource.splitlines())
    # Docutils doesn't say where all of its nodes come from, so lines are found by what they say.
    found = [line.strip() for line in text.split("\n")]
    return Lines(
        {number for number, line in enumerate(found) if line in code},
        {number for number, line in enumerate(found) if line in prose},
    )


def _teach_docutils() -> None:
    nodes: Any = import_module("docutils.nodes")
    rst: Any = import_module("docutils.parsers.rst")
    states: Any = import_module("docutils.parsers.rst.states")

    class Options(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            return rst.directives.unchanged

        def __contains__(self, name: object) -> bool:
            return True

        def __bool__(self) -> bool:
            return True

    def directive(self: Any) -> list[Any]:
        body = "\n".join(self.content)
        if holds_code(self.name):
            return [nodes.literal_block(body, body)]
        container = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, container)
        return [container]

    unknown = type(
        "Unknown",
        (rst.Directive,),
        {
            "has_content": True,
            "optional_arguments": 1,
            "final_argument_whitespace": True,
            "option_spec": Options(),
            "run": directive,
        },
    )
    known = import_module("docutils.parsers.rst.directives").directive
    if known.__name__ != "find":

        def find(name: str, *rest: Any) -> tuple[Any, list[Any]]:
            return (known(name, *rest)[0] or unknown), []

        def literal(
            _name: str, source: str, text: str, *_: Any, **__: Any
        ) -> tuple[Any, list[Any]]:
            return [nodes.literal(source, text)], []

        rst.directives.directive = find
        role = rst.roles.role
        rst.roles.role = lambda *place: ((role(*place)[0] or literal), [])
        states.roles = rst.roles


class _Page(HTMLParser):
    """Finds the lines of text in a page, and those in elements that hold code."""

    RAW = re.compile("script|style|pre|code|kbd|samp|var|tt|xmp|textarea|svg|math|canvas")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.lines = Lines(set(), set())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.RAW.fullmatch(tag):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        first = self.getpos()[0] - 1
        kind = self.lines.code if self.open else self.lines.prose
        for number, line in enumerate(data.split("\n"), first):
            if any(map(str.isalpha, line)):
                kind.add(number)


def html_lines(text: str) -> Lines:
    """Ask Python's own parser. Templates aren't HTML, and are left out."""
    page = _Page()
    if not re.search(r"\{\{|\{%|<%|<\?php", text):
        page.feed(text)
    return page.lines


def latex_lines(text: str) -> Lines:
    """Ask pylatexenc; what counts as an environment of code is our table's to say."""
    walker: Any = import_module("pylatexenc.latexwalker")
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    lines = Lines(set(), set())

    def span(node: Any) -> range:
        last = bisect_right(starts, node.pos + node.len - 1)
        return range(bisect_right(starts, node.pos) - 1, last)

    def walk(nodes: list[Any]) -> None:
        for node in filter(None, nodes):
            if node.isNodeType(walker.LatexMathNode):
                lines.code.update(span(node) if node.displaytype == "display" else ())
            elif node.isNodeType(walker.LatexEnvironmentNode):
                if re.fullmatch(rf"(?:{CODE})\*?", node.environmentname, re.VERBOSE):
                    lines.code.update(span(node))
                else:
                    walk(node.nodelist)
            elif node.isNodeType(walker.LatexCharsNode):
                for number, part in enumerate(node.chars.split("\n"), span(node)[0]):
                    if len(re.findall(r"[A-Za-z]{3,}", part)) > 2:
                        lines.prose.add(number)

    nodes = walker.LatexWalker(text, tolerant_parsing=True).get_latex_nodes()[0]
    bodies = [node for node in nodes if node and getattr(node, "environmentname", "") == "document"]
    if bodies or "\\documentclass" not in text:
        walk(bodies[0].nodelist if bodies else nodes)
    return lines


PARSERS: dict[str, tuple[Callable[[], Reader[Any]], tuple[str, ...], Callable[[str], Lines]]] = {
    "Markdown": (MarkdownReader, (".md",), markdown_lines),
    "reStructuredText": (RstReader, (".rst",), rst_lines),
    "HTML": (HtmlReader, (".html", ".htm"), html_lines),
    "LaTeX": (LatexReader, (".tex",), latex_lines),
}


def shown(reader: Reader[Any], text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line of a text, and whether our reader shows letters of it."""
    state = reader.start
    for line in text.split("\n"):
        veiled = reader.veil(line, state)
        letters = (sign.isalpha() and not is_hidden(sign) for sign in veiled.text)
        yield line, not veiled.hidden and any(letters)
        state = reader.advance(f"{line}\n", state)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Hold our readers against the formats' parsers.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    print(f"{'language':18}{'files':>7}{'code':>9}{'shown':>7}{'prose':>9}{'left out':>10}")
    for language, (reader, suffixes, lines_of) in PARSERS.items():
        files = code = prose = wrong_code = wrong_prose = 0
        for path in sorted(options.folder.rglob("*")):
            if path.suffix not in suffixes or not path.is_file():
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            if len(text) > LARGEST:
                continue
            try:
                lines = lines_of(text)
            except ModuleNotFoundError as error:
                print(f"{language:18}  needs {error.name}")
                break
            except Exception as error:  # a parser's own, on files that nobody here wrote
                print(f"{path}: {error!r}")
                continue
            files += 1
            for number, (line, is_shown) in enumerate(shown(reader(), text)):
                is_code, is_prose = number in lines.code, number in lines.prose
                if is_code == is_prose or not any(map(str.isalpha, line)):
                    continue
                code, prose = code + is_code, prose + is_prose
                wrong_code += is_code and is_shown
                wrong_prose += is_prose and not is_shown
                if options.verbose and is_shown == is_code:
                    print(f"{'code' if is_code else 'prose'} {path}:{number + 1}: {line[:100]}")
        print(f"{language:18}{files:7}{code:9}{wrong_code:7}{prose:9}{wrong_prose:10}")


if __name__ == "__main__":
    main()
