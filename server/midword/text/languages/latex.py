r"""LaTeX: running text, headings, items, captions, footnotes and the arguments of \emph & co."""

from __future__ import annotations

import re
from collections.abc import Mapping

from midword.text.languages import reader
from midword.text.languages.plain import hide_addresses
from midword.text.languages.reader import (
    BREAK,
    HIDDEN,
    SIGN,
    Block,
    Inline,
    Line,
    Reader,
    Veil,
    blank,
)

_TEXT = Block("text")
_PREAMBLE = Block("preamble", r"\begin{document}")

_CODE_ENVIRONMENTS = (
    "verbatim|Verbatim|BVerbatim|lstlisting|minted|alltt|comment|filecontents|tikzpicture|pgfpicture"
    "|axis|circuitikz|forest|algorithmic|algorithm2e|equation|align|alignat|flalign|gather|multline"
    "|eqnarray|IEEEeqnarray|displaymath|math|array|dmath|subequations|code|pycode|luacode"
)
_BEGIN = re.compile(rf"\\begin\{{((?:{_CODE_ENVIRONMENTS})\*?)\}}|(?<!\\)\\\[|\$\$")
_COMMENT = re.compile(r"(?<!\\)(?:\\\\)*(%)")
_OPENS = re.compile(
    r"\s*\\(?:begin|end|item|(?:sub)*section|(?:sub)?paragraph|chapter|part|caption|title|frametitle"
    r"|maketitle|centering|label|bibliography)\b"
)
_CLOSES = re.compile(r"\s*\\(?:begin|end|(?:sub)*section|chapter|part|title|frametitle)\b.*\}\s*$")

# Commands whose argument (the last one, where there are several) is prose,
_PROSE = r"""part|chapter|(?:sub){0,2}section|(?:sub)?paragraph|title|subtitle|frametitle
    |framesubtitle|begin\{frame\}|emph|text(?:bf|it|sc|sf|sl|rm|up|md|normal)?|underline|uline|sout
    |hl|added|alert|caption|captionof\{\w*\}|legend|enquote|blockquote|textquote|mbox|makebox
    |abstract|keywords|dedication|foreignlanguage\{\w*\}|href\{[^{}\n]*\}
    |(?:textcolor|colorbox|parbox|raisebox)\{[^{}\n]*\}"""
# those whose argument is a note beside the text,
_NOTE = "footnote|footnotetext|endnote|thanks|marginpar|marginnote|sidenote|todo"
# those whose arguments are no prose even if they look like it,
_NO_PROSE = r"""[a-zA-Z]*(?:cite|ref)[a-zA-Z]*|label|url|path|input|include|includegraphics
    |bibliography|bibliographystyle|gls[a-z]*|ac[a-z]?|si|SI|num|qty|unit|index|vspace|hspace|color
    |fontsize|selectlanguage|ensuremath|ce"""
# and those that define something, for which the line is theirs.
_DEFINE = """(?:re)?newcommand|newenvironment|newtheorem|def|let|providecommand|usepackage
    |DeclareMathOperator|setlength|setcounter|addtolength|documentclass|hypersetup|definecolor
    |lstset"""
_OPTIONS = r"(?:\[[^\]\n]*\])"


def _tie(veil: Veil, match: re.Match[str]) -> None:
    veil.put(match.start(), " ")


def _newline(veil: Veil, match: re.Match[str]) -> None:
    veil.sign(*match.span())
    veil.put(match.start(), " ")


def _dash(veil: Veil, match: re.Match[str]) -> None:
    veil.sign(*match.span())
    veil.put(match.start(), "—" if len(match[0]) == 3 else "–")


def _quote(veil: Veil, match: re.Match[str]) -> None:
    veil.put(match.start(), '"' + SIGN)


def _tick(veil: Veil, match: re.Match[str]) -> None:
    veil.put(match.start(), "'")


def _cell(veil: Veil, match: re.Match[str]) -> None:
    veil.put(match.start(), BREAK)


def _note(veil: Veil, match: re.Match[str]) -> None:
    veil.lead(*match.span())
    veil.put(match.start() + 1, " ")  # the note doesn't touch the word it is about


def _label(veil: Veil, match: re.Match[str]) -> None:
    veil.lead(match.start(), match.start("title"))
    veil.put(match.end() - 1, ":")


_ACTIONS: Mapping[str, reader.Action] = {
    "escape": reader.escape,
    "newline": _newline,
    "accent": reader.sign,
    "lead": reader.lead,
    "code": reader.quote,
    "note": _note,
    "label": _label,
    "tie": _tie,
    "dash": _dash,
    "quote": _quote,
    "tick": _tick,
    "cell": _cell,
    "sign": reader.sign,
}
_INLINE = Inline(
    r"[\\$~`'&{}-]",
    rf"""(?P<escape>\\[%&$\#_{{}}\ ,;:!@/-])
    |(?P<newline>\\\\\*?{_OPTIONS}?)
    |(?P<verbatim>\\(?:verb|lstinline|mintinline{_OPTIONS}?\{{\w*\}})\*?
        (?P<bar>[^\w\s*{{]).*?(?:(?P=bar)|$))
    |(?P<maths>\$\$.+?\$\$|\$(?:\\.|[^$\\])+?\$|\\\(.+?\\\)|\\\[.+?\\\])
    |(?P<halfmaths>\$[^\n]*|\\[(\[][^\n]*)
    |(?P<accent>\\(?:['"`^~=.]|[cuvHtdbk](?=\{{))\{{?)
    |(?P<define>\\(?:{_DEFINE})\b[^\n]*)
    |(?P<lead>\\(?:{_PROSE})(?![a-zA-Z])\*?[ ]*(?:<[^>\n]*>)?{_OPTIONS}?\{{)
    |(?P<note>\\(?:{_NOTE})(?![a-zA-Z]){_OPTIONS}?\{{)
    |(?P<label>\\item[ ]*\[(?P<title>[^\]\n]*)\])
    |(?P<item>\\item(?![a-zA-Z])[ ]*(?:<[^>\n]*>)?\[?)
    |(?P<begin>\\(?:begin|end)\{{[^{{}}\n]*\}}?(?:{_OPTIONS}|\{{[^{{}}\n]*\}})*)
    |(?P<code>\\(?:texttt|code|lstinline)\{{(?P<inner>[^{{}}\n]*)\}})
    |(?P<reference>\\(?:{_NO_PROSE})(?![a-zA-Z])\*?{_OPTIONS}*(?:\{{[^{{}}\n]*\}}?)*)
    |(?P<command>\\[a-zA-Z@]+\*?{_OPTIONS}?(?:\{{[^{{}}\s]*\}}|\{{[^{{}}\s]*$)*)
    |(?P<tie>~)
    |(?P<dash>(?<!-)---?(?!-))
    |(?P<quote>``|'')
    |(?P<tick>`)
    |(?P<cell>&)
    |(?P<sign>[{{}}])
    """,
    _ACTIONS,
)


class LatexReader(Reader[Block]):
    """Reads LaTeX."""

    start = _TEXT

    def advance(self, line: str, state: Block) -> Block:
        """Follow the preamble, environments that hold code or maths, and display maths."""
        if state.kind != "text":
            if state.closer and state.closer in line:
                return _TEXT
            return state
        if "\\" not in line and "$" not in line:
            return state
        line = line[: _code_end(line)]
        if "\\documentclass" in line:
            return _PREAMBLE
        if "\\end{document}" in line:
            return Block("end")
        position = 0
        while match := _BEGIN.search(line, position):
            display = "$$" if match[0] == "$$" else "\\]"
            closer = f"\\end{{{match[1]}}}" if match[1] else display
            end = line.find(closer, match.end())
            if end < 0:
                return Block("code", closer)
            position = end + len(closer)
        return state

    def veil(self, line: str, state: Block) -> Line:
        """Hide comments, and lines of what is not prose."""
        if state.kind != "text" or self.advance(line, state) != state:
            return reader.hidden(line)
        if not line or line.isspace():
            return blank(line)
        end = _code_end(line)
        if not line[:end].strip():  # a line of comment doesn't end the paragraph it is in
            return Line(HIDDEN * len(line), hidden=True)
        return Line(
            line[:end] + HIDDEN * (len(line) - end),
            opens=bool(_OPENS.match(line)),
            closes=bool(_CLOSES.match(line)),
        )

    def inline(self, text: str) -> str:
        """Hide commands with the arguments that are not prose, and maths."""
        return hide_addresses(_INLINE.veil(text))


def _code_end(line: str) -> int:
    """Return where the comment of a line begins, or its end."""
    if "%" not in line:
        return len(line)
    match = _COMMENT.search(line)
    return match.start(1) if match else len(line)
