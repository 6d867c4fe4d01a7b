"""LaTeX: pylatexenc; what counts as an environment of code is our table's to say."""

from __future__ import annotations

import re
from bisect import bisect_right
from importlib import import_module
from typing import Any

from agreement.lines import Lines
from midword.text.languages.latex import CODE


def lines_of(text: str) -> Lines:
    """Ask pylatexenc."""
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
