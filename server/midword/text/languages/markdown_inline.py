"""What stands in a paragraph of Markdown: code, maths, links, tags, templates and emphasis."""

from __future__ import annotations

import re

from midword.text.languages import reader
from midword.text.languages.reader import HALF_CODE, HALF_MATHS, LONGEST_CODE, Inline, Veil

LONGEST_ELEMENT = 500
"""Characters; farther than this no end of an HTML element is looked for."""


def _element(veil: Veil, match: re.Match[str]) -> None:
    """Take an HTML element that holds code for inline code."""
    veil.hide(*match.span())
    if match["inner"] and len(match["inner"]) <= LONGEST_CODE:
        veil.quote(match.start("inner"), match["inner"])


_ACTIONS = {
    "code": reader.quote,
    "escape": reader.escape,
    "quote": reader.sign,
    "element": _element,
    "alias": reader.lead,
    "sign": reader.sign,
    "tag": reader.lead,
}
INLINE = Inline(
    r"[\\`$<\]\[!*_~=@{:&^%#]",
    rf"""(?P<escape>\\[!-/:-@\[-`{{-~](?<!\\[(\[]))
    |(?P<quote>(?<![\w`])``(?=[^`\n]*(?<=[\w.,!?])\'\'(?![\w`])))
    |(?P<code>(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))
    |(?P<halfcode>{HALF_CODE})
    |(?P<maths>\$\$.+?\$\$|\$(?=[^\s$])[^$]*?(?<=[^\s\\])\$(?!\d)|\\\(.+?\\\)|\\\[.+?\\\])
    |(?P<command>\\[a-zA-Z]+(?:\[[^\]\n]*\])?(?:\{{[^{{}}\n]*\}})*)
    |(?P<halfmaths>(?!\$[^\w\\$]|\$\d){HALF_MATHS})
    |(?P<comment><!--.*?(?:-->|\Z)|%%[^%\n]+%%)
    |(?P<autolink><[a-zA-Z][\w+.-]{{1,30}}(?::[^<>\s]*|@[^<>\s]+)>?)
    |(?P<element><(?P<name>c|code|kbd|samp|var|tt|pre|script|style|svg|math|textarea)\b[^<>]*>
        (?:(?P<inner>(?:(?!</(?P=name)).){{0,{LONGEST_ELEMENT}}})</(?P=name)[^<>\n]*>?|[^\n]*))
    |(?P<closingtag></[a-zA-Z][^<>\n]*>?)
    |(?P<tag><[a-zA-Z](?:[^<>{{}}\"']|\"[^\"]*\"|'[^']*'|\{{[^{{}}]*\}})*>)
    |(?P<halftag><[a-zA-Z][\w.:-]*(?:\s+[\w.:@-]+)*(?:\s+[\w.:@-]+=(?:"[^"\n]*"?|'[^'\n]*'?
        |\{{[^}}\n]*\}}?|(?=\s|$)))+(?:[ \t]+[\w.:@-]*$)?|<[a-zA-Z/!]\S*|<$)
    |(?P<alias>(?<!!)\[\[[^\[\]|\n]*\|)
    |(?P<target>\]\((?:[^()\n]|\([^()\n]*\))*\)?|\]\[[^\]\n]*\]|!?\[\[[^\]\n]*(?:\]\]|$))
    |(?P<note>\[\^[^\]\n]*\]|\[-?@[^\]\n]*\]|(?<!\w)@[\w:.-]+|(?<![\w&/\#.])\#(?=[^\W\d])[\w/-]+)
    |(?P<template>\{{\{{.{{,300}}?\}}\}}|\{{%.{{,300}}?%\}}|\{{[#.:=][^}}\n]*\}}?|(?<=[)\]`])\{{[^{{}}\n]*\}}?
        |\{{(?=[\w$.]+\}}|[^{{}}\n]*(?:[=(\[<>;]|\w\.\w|/\*))(?:[^{{}}\n]|\{{[^{{}}\n]*\}})*\}}
        |\{{[{{%][^{{}}\n]{{0,40}}|(?<!\w):(?:[a-z0-9_+-]+:)+(?!\w))
    |(?P<entity>&(?:[a-zA-Z]+|\#\d+|\#x[0-9a-fA-F]+);|(?<!\w)&\#?\w+)
    |(?P<sign>\]\]|\*+|(?<!\w)_+|_+(?!\w)|~~|==|\^(?=\[)|!\[|\[(?=[^\]\n]+\][(\[]))
    """,
    _ACTIONS,
)
