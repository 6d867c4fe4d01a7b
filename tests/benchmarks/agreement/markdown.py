"""Markdown: markdown-it-py with the plugins of the dialects, and pandoc's CommonMark."""

from __future__ import annotations

import re
from importlib import import_module

from agreement.lines import Lines


def lines_of(text: str) -> Lines:
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
