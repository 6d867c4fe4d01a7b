"""Org: uniorg, which is written after Emacs' org-element and says where everything is."""

from __future__ import annotations

import json

from agreement.lines import Lines, ask

_PROGRAM = r"""
import {createRequire} from "module";
import {readFileSync} from "fs";
const require = createRequire(process.cwd() + "/");
const {parse} = await import(require.resolve("uniorg-parse/lib/parser.js"));
const text = readFileSync(0, "utf-8");
const code = [], prose = [];
const line = (offset) => text.slice(0, offset).split("\n").length - 1;
const CODE = ["src-block", "example-block", "fixed-width", "export-block", "comment-block",
    "comment", "latex-environment", "property-drawer"];
function walk(node) {
    const {type, position} = node;
    if (CODE.includes(type)) {
        const end = text.slice(0, position.end.offset).trimEnd().length;
        code.push([position.start.line - 1, line(end)]);
        return;
    }
    if (type == "headline" || (type == "table-row" && node.rowType == "standard"))
        prose.push([position.start.line - 1, position.start.line - 1]);
    const {contentsBegin, contentsEnd} = node;
    if (type == "paragraph")
        prose.push([line(contentsBegin), line(Math.max(contentsBegin, contentsEnd - 1))]);
    (node.children || []).forEach(walk);
}
walk(parse(text, {trackPosition: true}));
console.log(JSON.stringify({code, prose}));
"""


def lines_of(text: str) -> Lines:
    """Ask uniorg."""
    found = json.loads(ask(["node", "--input-type=module", "-e", _PROGRAM], text))
    kinds = [
        {number for first, last in found[kind] for number in range(first, last + 1)}
        for kind in ("code", "prose")
    ]
    return Lines(*kinds)
