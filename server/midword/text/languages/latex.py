r"""LaTeX: running text, headings, items, captions, footnotes and the arguments of \emph & co."""

from __future__ import annotations

import re
from collections.abc import Mapping

from midword.text.languages import reader
from midword.text.languages.plain import hide_addresses
from midword.text.languages.reader import BREAK, HALF_MATHS, HIDDEN, SIGN, Block, Inline, Line

_TEXT = Block("text")
_END = Block("end")  # behind the document
_PREAMBLE = Block("preamble", r"\begin{document}")

CODE = r"""[BLS]?[vV]erbatim(?:Out|tab|write)?|SaveVerbatim|s?pverbatim|boxedverbatim|semiverbatim
    |lstlisting|\w*minted|\w*tcb\w*listing|Highlighting|Sinput|Soutput|Schunk|Code(?:Input|Output)?
    |alltt|comment|filecontents|console|code|spec|hscode|listings|asy|asydef|gnuplot|luacode|pycode
    |py(?:block|console|verbatim|sub)|(?:sage|sympy)(?:block|silent|code|console|verbatim)
    |tikzpicture|tikzcd|pgfpicture|pspicture|picture|overpic|(?:semilog[xy]|loglog|polar|group)?(?:axis
    |plot)|circuitikz|forest|dependency|bytefield|quantikz|feynman(?:diagram)?|chemfig|prooftree
    |sequencediagram|istgame|music|abc|lilypond|algorithmic|algorithm2e|pseudocode|CD|xy|ytableau
    |equation|x?x?align(?:at|ed|edat)?|flalign|gather(?:ed)?|multlined?|eqnarray|IEEEeqnarray(?:box)?
    |displaymath|math|array|(?:small)?[bpvBV]?(?:small)?matrix|[bpvBV]?Nice(?:Array|Matrix)\w*|[dr]?cases
    |numcases|subnumcases|split|empheq|mathpar|inferrules|d(?:math|group|series|array)|blockarray"""
r"""Environments that hold code, maths or drawings; all others hold prose. From the manuals of
amsmath, breqn, empheq, nicematrix, mathpartir; fancyvrb, listings, minted, spverbatim, tcolorbox,
pythontex, beamer; pgf, tikz-cd, circuitikz, forest, algorithmicx; Sweave, knitr and pandoc."""

_BEGIN = re.compile(
    rf"\\begin\{{(?P<name>(?:{CODE})\*?)\}}|(?<!\\)\\\[|\$\$|^<<.*>>=\s*$", re.VERBOSE
)
_ENDS = re.compile(r"\\(?:documentclass|end\{document\})")  # the body's, on either side
# What a percent sign begins a comment in, and what it doesn't: \%, \verb|%|, \url{a%20b}.
_COMMENT = re.compile(
    r"""\\(?:(?:verb|lstinline)\*?(?P<bar>[^\w\s*{\[]).*?(?P=bar)
        |(?:url|href|path|nolinkurl|hyperurl|urldef\\\w+)\s*(?:\[[^\]]*\])?\{[^{}]*\}?|.)|(?P<sign>%)""",
    re.VERBOSE | re.DOTALL,
)
_OPENS = re.compile(
    r"\s*\\(?:begin|end|item|(?:sub)*section|(?:sub)?paragraph|chapter|part|caption|title|frametitle"
    r"|maketitle|centering|label|bibliography)\b"
)
_CLOSES = re.compile(r"\s*\\(?:begin|end|(?:sub)*section|chapter|part|title|frametitle)\b.*\}\s*$")

# Commands whose argument (the last one, where there are several) is prose,
_PROSE = r"""part|chapter|(?:sub){0,2}section|(?:sub)?paragraph|title|subtitle|frametitle
    |framesubtitle|begin\{(?:frame|(?:alert|example)?block|question|part|abstractbox)\}
    |emph|say|hyperref|text(?:bf|it|sc|sf|sl|rm|up|md|normal)?|underline|uline|sout
    |hl|added|alert|caption|captionof\{\w*\}|legend|enquote|blockquote|textquote|mbox|makebox
    |abstract|keywords|dedication|foreignlanguage\{\w*\}|href\{[^{}\n]*\}
    |(?:textcolor|colorbox|parbox|raisebox|scalebox|rotatebox|hyperlink|hypertarget|texorpdfstring)
        \{[^{}\n]*\}
    |(?:multicolumn|multirow|fcolorbox|resizebox)(?:\{[^{}\n]*\}){2}|fbox|framebox|centerline
    |subcaption|subcaptionbox|shorttitle|runningtitle|titlehead|subject|term
    |MakeUppercase|MakeLowercase|uppercase|lowercase"""
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
_OPTIONS = r"(?:\[[^\]\n]*(?:\]|$))"
# Environments whose optional argument is a title (amsthm, ntheorem, thmtools).
_THEOREM = r"""(?:theorem|thm|lemma|lem|proposition|prop|corollary|cor|definition|defn?|example|exm?
    |exercise|problem|question|solution|remark|rem|note|notation|claim|fact|conjecture|assumption
    |axiom|observation|hypothesis|property|proof|case|warning|convention)\*?"""
_PREAMBLE_PROSE = re.compile(
    r"\s*\\(?:title|subtitle|short(?:title)?|runningtitle|titlehead|subject|keywords|abstract)"
    r"\s*(?:\[[^\]]*\])?\{"
)


def _tie(veil: reader.Veil, match: re.Match[str]) -> None:
    veil.put(match.start(), " ")


def _newline(veil: reader.Veil, match: re.Match[str]) -> None:
    veil.sign(*match.span())
    veil.put(match.start(), " ")


def _dash(veil: reader.Veil, match: re.Match[str]) -> None:
    veil.sign(*match.span())
    veil.put(match.start(), "—" if len(match[0]) == 3 else "–")


def _quote(veil: reader.Veil, match: re.Match[str]) -> None:
    veil.put(match.start(), '"' + SIGN)


def _tick(veil: reader.Veil, match: re.Match[str]) -> None:
    veil.put(match.start(), "'")


def _cell(veil: reader.Veil, match: re.Match[str]) -> None:
    veil.put(match.start(), BREAK)


def _note(veil: reader.Veil, match: re.Match[str]) -> None:
    veil.lead(*match.span())
    veil.put(match.start() + 1, " ")  # the note doesn't touch the word it is about


def _label(veil: reader.Veil, match: re.Match[str]) -> None:
    veil.lead(match.start(), match.start("title"))
    veil.put(match.end() - 1, ":")


def _theorem(veil: reader.Veil, match: re.Match[str]) -> None:
    veil.lead(match.start(), match.start("name"))
    if match[0].endswith("]"):
        veil.put(match.end() - 1, BREAK)


_ACTIONS: Mapping[str, reader.Action] = {
    "escape": reader.escape,
    "newline": _newline,
    "accent": reader.sign,
    "lead": reader.lead,
    "code": reader.quote,
    "note": _note,
    "theorem": _theorem,
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
    |(?P<verbatim>\\(?:verb|[lL]stinline{_OPTIONS}?|mintinline{_OPTIONS}?\{{[^{{}}\n]*\}})\*?
        (?P<bar>[^\w\s*{{\[]).*?(?:(?P=bar)|$))
    |(?P<maths>\$\$.+?\$\$|\$(?:\\.|[^$\\])+?\$|\\\(.+?\\\)|\\\[.+?\\\])
    |(?P<halfmaths>{HALF_MATHS})
    |(?P<accent>\\(?:['"`^~=.]|[cuvHtdbk](?=\{{))\{{?)
    |(?P<define>\\(?:{_DEFINE})\b[^\n]*)
    |(?P<lead>\\(?:{_PROSE})(?![a-zA-Z])\*?[ ]*(?:<[^>\n]*>)?{_OPTIONS}?\{{)
    |(?P<note>\\(?:{_NOTE})(?![a-zA-Z]){_OPTIONS}?\{{)
    |(?P<label>\\item[ ]*\[(?P<title>[^\]\n]*)\])
    |(?P<item>\\item(?![a-zA-Z])[ ]*(?:<[^>\n]*>)?\[?)
    |(?P<theorem>\\begin\{{{_THEOREM}\}}\[(?P<name>[^\]\n]*)\]?)
    |(?P<begin>\\(?:begin|end)\{{[^{{}}\n]*\}}?(?:{_OPTIONS}|\{{[^{{}}\n]*\}})*)
    |(?P<code>\\(?:texttt|code|[lL]stinline{_OPTIONS}?|mintinline{_OPTIONS}?\{{[^{{}}\n]*\}}
        |Sexpr|pyt?h?|pyc|sage|directlua|lean)\{{(?P<inner>[^{{}}\n]*)\}})
    |(?P<reference>\\(?:{_NO_PROSE})(?![a-zA-Z])\*?{_OPTIONS}*(?:\{{[^{{}}\n]*\}}?)*)
    |(?P<command>\\[a-zA-Z@]+\*?{_OPTIONS}?(?:\{{[^{{}}\s]*\}}|\{{[^{{}}\s]*$)*)
    |(?P<tie>~)
    |(?P<dash>(?<!-)---?(?!-))
    |(?P<quote>``|'')
    |(?P<tick>(?<!\w)`)
    |(?P<stray>`)
    |(?P<cell>&)
    |(?P<sign>[{{}}])
    """,
    _ACTIONS,
)


class LatexReader(reader.LanguageReader[Block]):
    """Reads LaTeX."""

    start = _TEXT

    def advance(self, line: str, state: Block) -> Block:
        """Follow the preamble, environments that hold code or maths, and display maths."""
        if state is _TEXT and not (
            ("\\" in line and ("\\begin{" in line or "\\[" in line or _ENDS.search(line)))
            or "$$" in line
            or line.startswith("<<")
        ):
            return state
        if state.kind in ("preamble", "title"):
            return _in_preamble(line, state)
        if state is _END:
            return state
        if state is _TEXT:
            end = _code_end(line)
            if "\\documentclass" in line[:end]:
                return _PREAMBLE
            if "\\end{document}" in line[:end]:
                return _END
        return _code(line, state)[0]

    def veil(self, line: str, state: Block) -> Line:
        """Hide comments, code, display maths, and the preamble but its title."""
        after = self.advance(line, state)
        if state is _END or after is _END or (state is _PREAMBLE and after.kind != "title"):
            is_title = state is _PREAMBLE and after is _PREAMBLE and _PREAMBLE_PROSE.match(line)
            return Line(line, opens=True, closes=True) if is_title else reader.hidden(line)
        if state is _TEXT and after is _PREAMBLE:
            return reader.hidden(line)
        if not line or line.isspace():
            return reader.blank(line) if state.kind != "code" else reader.hidden(line)
        spans = _code(line, state)[1] if state.kind in ("text", "code") else []
        end = _code_end(line)
        if not spans and not line[:end].strip():
            # a line of comment doesn't end the paragraph it is in
            return Line(HIDDEN * len(line), hidden=True)
        if not spans:
            return Line(
                line[:end] + HIDDEN * (len(line) - end),
                opens=bool(_OPENS.match(line)),
                closes=bool(_CLOSES.match(line)),
            )
        veil = reader.Veil(line)
        for start, stop in [*spans, (end, len(line))]:
            veil.hide(start, max(start, stop))
        text = str(veil)
        if not text.replace(HIDDEN, "").strip():
            return reader.hidden(line)
        closes = after is not _TEXT
        return Line(text, opens=state is not _TEXT or bool(_OPENS.match(line)), closes=closes)

    def inline(self, text: str) -> str:
        """Hide commands with the arguments that are not prose, and maths."""
        return hide_addresses(_INLINE.veil(text))


def _in_preamble(line: str, state: Block) -> Block:
    """Return the state after a line of the preamble, in which a title may be open."""
    if state.kind == "preamble":
        if state.closer in line:
            return _TEXT
        if not _PREAMBLE_PROSE.match(line):
            return state
    body = line[: _code_end(line)].replace("\\{", "").replace("\\}", "")
    depth = state.indent + body.count("{") - body.count("}")
    return Block("title", "", depth) if depth > 0 and body.strip() else _PREAMBLE


def _code(line: str, state: Block) -> tuple[Block, list[tuple[int, int]]]:
    """Return the state after a line, and where on it code and display maths stand."""
    spans: list[tuple[int, int]] = []
    start = position = stop = 0
    if state.kind != "code":
        stop = _code_end(line)
        match = _BEGIN.search(line, 0, stop)
        if match is None:
            return state, spans
        start, position, state = match.start(), match.end(), _opened(match)
    while True:
        end = _closing(line, position, state)
        if end < 0:
            return state, [*spans, (start, len(line))]
        spans.append((start, end))
        if stop < end:  # the percent sign was code
            stop = end + _code_end(line[end:])
        match = _BEGIN.search(line, end, stop)
        if match is None:
            return _TEXT, spans
        start, position, state = match.start(), match.end(), _opened(match)


def _opened(match: re.Match[str]) -> Block:
    """Return the state behind what begins code or display maths."""
    sign = match[0]
    if sign.startswith("<<"):
        return Block("code", "@")
    closer = f"\\end{{{match['name']}}}" if match["name"] else {"$$": "$$"}.get(sign, "\\]")
    return Block("code", closer)


def _closing(line: str, position: int, state: Block) -> int:
    """Return where code or display maths ends on a line, or -1."""
    if state.closer == "@":
        return 1 if line.startswith("@") else -1
    end = line.find(state.closer, position)
    return end + len(state.closer) if end >= 0 else -1


def _code_end(line: str) -> int:
    """Return where the comment of a line begins, or its end."""
    if "%" not in line:
        return len(line)
    for match in _COMMENT.finditer(line):
        if match["sign"]:
            return match.start()
    return len(line)
