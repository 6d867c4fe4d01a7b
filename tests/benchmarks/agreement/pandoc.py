"""Pandoc (Debian's), which reads most formats into one tree, in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from agreement.lines import Lines, ask, said


def lines_of(text: str, format: str) -> Lines:
    """Find by what they say the lines of a text in one of pandoc's formats."""
    blocks = json.loads(ask(["pandoc", "-f", format, "-t", "json"], text))["blocks"]
    code: list[str] = []
    prose: list[str] = []
    for block in _walk(blocks):
        kind, content = block["t"], block.get("c")
        is_maths = kind == "Math" and content[0]["t"] == "DisplayMath"
        if kind in ("CodeBlock", "RawBlock") or is_maths:
            code.append(content[1])
        elif kind in ("Para", "Plain", "Header"):
            prose.append("".join(_text(content)))
    return said(text, code, prose)


def markdown_lines(text: str) -> Lines:
    """Ask its reader of CommonMark, which says where everything is."""
    format = "commonmark+sourcepos+pipe_tables+footnotes+yaml_metadata_block+definition_lists"
    lines = Lines(set(), set())
    for node in _walk(json.loads(ask(["pandoc", "-f", format, "-t", "json"], text))["blocks"]):
        if node["t"] == "CodeBlock":
            for first, last in _positions(node["c"][0]):
                lines.code.update(range(first, last))
        elif node["t"] == "Span":
            for first, _ in _positions(node["c"][0]):
                lines.prose.add(first)
    return Lines(lines.code, lines.prose - lines.code)


def _positions(attributes: Any) -> Iterator[tuple[int, int]]:
    """Yield first line and the one behind the last of each part of "3:1-5:1;7:1-8:1", from 0."""
    places = [value for key, value in attributes[2] if key == "data-pos"]
    for part in places[-1].split(";") if places else ():  # those before are of what it stands in
        first, _, last = part.rpartition("@")[2].partition("-")
        if last:
            yield int(first.split(":")[0]) - 1, int(last.split(":")[0]) - 1


def _walk(node: Any) -> Iterator[Any]:
    """Yield all nodes with a type of a tree."""
    if isinstance(node, dict):
        if "t" in node:
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _walk(child)


def _text(node: Any) -> Iterator[str]:
    """Yield the words of inline elements."""
    if isinstance(node, list):
        for child in node:
            yield from _text(child)
    elif isinstance(node, dict):
        kind, content = node.get("t"), node.get("c")
        if kind == "Str":
            yield content
        elif kind in ("Space", "SoftBreak", "LineBreak"):
            yield " "
        elif kind in ("Code", "RawInline") or (kind == "Math" and content[0]["t"] == "InlineMath"):
            yield content[1]
        elif kind not in ("Note", "Math"):
            yield from _text(content)
