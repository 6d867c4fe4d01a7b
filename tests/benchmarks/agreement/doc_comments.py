"""Doc comments: what a comment's own parser leaves of it goes to a parser of what it is written in.

JSDoc: comment-parser with markdown-it inside, and TypeScript's compiler with commonmark.py inside.
Python's docstrings: Docutils, and pandoc.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import cleandoc

from agreement import markdown, pandoc, rst
from agreement.lines import Lines, ask

# Tags whose text is prose; what others hold is names, types, addresses.
_TELLS = {"", "param", "arg", "property", "prop", "return", "returns", "throws", "description"}
_TELLS |= {"deprecated", "summary", "remarks", "todo", "desc", "privateremarks", "typeparam"}

_COMMENT_PARSER = """
const {parse} = require("comment-parser");
const sections = [];
for (const comment of parse(require("fs").readFileSync(0, "utf-8"), {spacing: "preserve"})) {
    let section = {tag: "", lines: []};
    sections.push(section);
    for (const {number, tokens} of comment.source) {
        if (tokens.tag) sections.push(section = {tag: tokens.tag.slice(1), lines: []});
        const blanks = tokens.tag ? "" : tokens.postDelimiter.slice(1);
        const {type, postType, name, postName} = tokens;
        const before = tokens.tag ? "" : type + postType + name + postName;
        section.lines.push([number, blanks + before + tokens.description]);
    }
}
console.log(JSON.stringify(sections));
"""

_TYPESCRIPT = r"""
const ts = require("typescript");
const text = require("fs").readFileSync(0, "utf-8");
const file = ts.createSourceFile("x.tsx", text, ts.ScriptTarget.Latest, true);
const sections = [], seen = new Set();
const line = (offset) => file.getLineAndCharacterOfPosition(offset).line;
function add(tag, from, to, name) {
    const lines = text.slice(from, to).replace(/\*\/$/, "").split("\n").map((part, index) =>
        [line(from) + index, index ? part.replace(/^\s*\*? ?/, "") : name ? "" : part]);
    sections.push({tag, lines});
}
function walk(node) {
    for (const doc of node.jsDoc || []) {
        if (seen.has(doc.pos)) continue;
        seen.add(doc.pos);
        const tags = doc.tags || [];
        add("", doc.pos + 3, tags.length ? tags[0].pos : doc.end, false);
        tags.forEach((tag, index) => {
            const end = index + 1 < tags.length ? tags[index + 1].pos : doc.end;
            const isText = typeof tag.comment == "string";
            add(tag.tagName.text, tag.tagName.end, end, !isText);
        });
    }
    ts.forEachChild(node, walk);
}
walk(file);
console.log(JSON.stringify(sections));
"""


def jsdoc_lines(text: str) -> Lines:
    """Ask comment-parser and markdown-it."""
    return _jsdoc(text, _COMMENT_PARSER, markdown.lines_of)


def typescript_lines(text: str) -> Lines:
    """Ask TypeScript's compiler and commonmark.py."""
    return _jsdoc(text, _TYPESCRIPT, _commonmark_lines)


def _jsdoc(text: str, program: str, read: Callable[[str], Lines]) -> Lines:
    lines = Lines(set(), set())
    for section in json.loads(ask(["node", "-e", program], text)):
        tag, listed = section["tag"].lower(), section["lines"]
        if tag == "example":
            lines.code.update(number for number, line in listed if line.strip())
        elif tag in _TELLS:
            # What stands below a tag goes on from it, however far it is indented.
            inside = read(tag + " " * bool(tag) + "\n".join(line for _, line in listed))
            for kind, found in zip(lines, inside, strict=True):
                kind.update(listed[at][0] for at in found if listed[at][1].strip())
    return lines


def _commonmark_lines(text: str) -> Lines:
    lines = Lines(set(), set())
    for node, entering in import_module("commonmark").Parser().parse(text).walker():
        if entering and node.sourcepos:
            (first, _), (last, _) = node.sourcepos
            if node.t == "code_block":
                lines.code.update(range(first - 1, last))
            elif node.t in ("paragraph", "heading"):
                lines.prose.update(range(first - 1, last))
    return lines


def docutils_lines(text: str) -> Lines:
    """Ask Docutils about each docstring of a Python module."""
    return _docstrings(text, rst.lines_of)


def pandoc_lines(text: str) -> Lines:
    """Ask pandoc about all docstrings of a Python module at once, as a call takes it 0.1 s."""
    together = "\n\n..\n\n".join(docstring for _, docstring in _found(text))
    lines = pandoc.lines_of(together, "rst")
    numbers = [
        n for at, said in _found(text) for n in (*range(at, at + said.count("\n") + 1), *[-1] * 3)
    ]
    return Lines(*({numbers[at] for at in kind} for kind in lines))


def _docstrings(text: str, read: Callable[[str], Lines]) -> Lines:
    lines = Lines(set(), set())
    for first, docstring in _found(text):
        for kind, found in zip(lines, read(docstring), strict=True):
            kind.update(first + at for at in found)
    return lines


def _found(text: str) -> Iterator[tuple[int, str]]:
    """Yield the docstrings of a module, the line of the first text of each before it."""
    written = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            docstring = ast.get_docstring(node, clean=False)
            if docstring is None:
                continue
            place = node.body[0]
            raw = "\n".join(written[place.lineno - 1 : place.end_lineno])
            if "\\" in raw or raw.count("\n") != docstring.count("\n"):
                continue  # what it says isn't what is written
            blank = len(docstring) - len(docstring.lstrip("\n"))
            yield place.lineno - 1 + blank, cleandoc(docstring)
