"""HTML: Python's own parser, and libxml2's."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib import import_module
from typing import Any

from agreement.lines import Lines

_RAW = re.compile("script|style|pre|code|kbd|samp|var|tt|xmp|textarea|svg|math|canvas")
_TEMPLATE = re.compile(r"\{\{|\{%|<%|<\?php")


class _Page(HTMLParser):
    """Finds the lines of text in a page, and those in elements that hold code."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.lines = Lines(set(), set())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if _RAW.fullmatch(tag):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        _note(self.lines, data, self.getpos()[0] - 1, bool(self.open))


def lines_of(text: str) -> Lines:
    """Ask Python's parser. Templates aren't HTML, and are left out."""
    page = _Page()
    if not _TEMPLATE.search(text):
        page.feed(text)
    return page.lines


def libxml_lines(text: str) -> Lines:
    """Ask libxml2, which says where elements begin; line ends are counted from there."""
    etree: Any = import_module("lxml.etree")
    lines = Lines(set(), set())
    if _TEMPLATE.search(text):
        return lines

    def walk(node: Any, at: int, is_code: bool) -> int:
        """Note a node's text, and return the line behind it; `at` is the line before it."""
        if isinstance(node.tag, str):
            at = max(at, (node.sourceline or 1) - 1)
            is_code = is_code or bool(_RAW.fullmatch(node.tag))
            at = _note(lines, node.text or "", at, is_code)
            for child in node:
                at = walk(child, at, is_code)
                at = _note(lines, child.tail or "", at, is_code)
        else:
            at += str(node).count("\n")
        return at

    root = etree.fromstring(text.encode(), etree.HTMLParser(encoding="utf-8", huge_tree=True))
    walk(root, 0, False)
    return lines


def _note(lines: Lines, data: str, first: int, is_code: bool) -> int:
    """Note the lines of a piece of text, and return the last one's number."""
    kind = lines.code if is_code else lines.prose
    last = first
    for last, line in enumerate(data.split("\n"), first):
        if any(map(str.isalpha, line)):
            kind.add(last)
    return last
