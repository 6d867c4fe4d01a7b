"""Comments that document code: their tags, and the examples of code that they hold.

The forms are those of JSDoc, TSDoc, Javadoc, KDoc, YARD, Doxygen, C#'s XML comments, roxygen2, LDoc
and LuaLS, and for docstrings Sphinx's, Google's and NumPy's.
"""

from __future__ import annotations

import re

from midword.text.languages.directives import VERSION, VERSIONED, holds_code, is_titled
from midword.text.languages.reader import Inline, Veil, left_open, quote

_FENCES = ("```", "~~~")
_PROMPT = ">>>"
_PROMPTS = re.compile(r">>>|(?:iex|julia|irb|ghci|scala)(?:\([^)]*\))?>|In \[\d+\]:")
_TAGGED = "@"
# What else is known of the lines before, as text that is four deeper than theirs may be Markdown's
# code: they end with a blank one; they are of a list, whose text is indented, too.
_GAP = "gap"
_LIST = "list"
_LEAD = re.compile(
    r"""[ \t]*[/!\#*;%|<^]*(?:'(?=\s)|-(?=@))?[ \t]*           # decoration
        (?P<item>(?:[-*+•]|\d{1,3}[.)])[ \t]+)?(?:\[[ xX]\][ \t]+)?   # a list item, a task's box
        (?:\#{1,6}[ \t]+)?""",
    re.VERBOSE,
)
_TAG = re.compile(
    r"""[@\\](?:param|arg|argument|property|prop|throws|throw|exception|typedef|tparam|retval|field
            |slot|template|typeparam|typeParam)\b
            (?:\[[\w,]+\])?[ \t]+(?:\{[^}]*\}?[ \t]*)?[^\s]+[ \t]*
            (?:\[[\w:<>, ]*\][ \t]*)?(?:-[ \t]+)?
        |[@\\](?!(?:code|verbatim)\b)\w+(?:[ \t]+\{[^}]*\})?[ \t]*
        |:\w+(?:[ ][^:`]+)?:(?=[ \t]|$)[ \t]*               # Sphinx: ":param int size:"
        |\*{0,2}\w+[ ]\([^)]*\):(?=[ \t]|$)[ \t]*           # Google: "size (int):\"""",
    re.VERBOSE,
)
_LUA_TAG = re.compile(r"@(?:param|field)[ \t]+\S+[ \t]*\S*[ \t]*|@return[ \t]+\S+[ \t]*")
# Tags behind which names, types or values stand to the end of the line: those of JSDoc, Doxygen,
# roxygen2, Sphinx and LuaLS.
_NAMES = re.compile(
    r"""[@\\](?:type|memberof|extends|augments|implements|mixes|mixin|module|namespace|name|kind|lends
        |alias|aliases|event|fires|emits|listens|requires|callback|enum|default(?:value)?|constant
        |borrows|satisfies|import|importFrom|importClassesFrom|importMethodsFrom|export\w*|rdname
        |useDynLib|S3method|method|docType|keywords|inherit\w*|include|includeR?md|eval|ingroup|fn
        |addtogroup|headerfile|image|snippet|overload|generic|cast|diagnostic|meta|class|struct
        |union|interface|protocol|def|var)\b
    |:(?:type|rtype|vartype|meta)\b[^:`]*:""",
    re.VERBOSE,
)
_BLOCK_TAG = re.compile(r"[\s/!#*;%'-]*[@\\](\w+)")
_EXAMPLES = ("example", "examples", "examplesif", "usage", "sample")
_ENDS = {
    **{name: f"end{name}" for name in ("code", "verbatim", "dot", "msc", "htmlonly", "latexonly")},
    "startuml": "enduml",
}
_ELEMENT = re.compile(r"<(pre|code)\b[^<>]*>", re.IGNORECASE)
_DIRECTIVE = re.compile(r"\s*\.\.[ ](?P<name>\w[\w:.+-]*)::(?:[ \t]+|$)")
# A longer run of tildes underlines a title, as reStructuredText has them.
_FENCE = re.compile(r"[\s/!#*;%-]*(```|~~~(?!~+\s*$))")
_SIGNS = r"(?:[ \t]*[*/!#;%]+)?+"  # before the text, besides the one that begins a comment
_MARGIN = re.compile(rf"{_SIGNS}([ \t]*)")
_LISTED = re.compile(rf"{_SIGNS}[ \t]*(?:[-+*•]|\d{{1,3}}[.)])[ \t]")
_NUMPY_FIELD = re.compile(r"\s*\*{0,2}\w+(?:, \*{0,2}\w+)* : \S.*$")
# Each form begins with a character: so that a line without any of them is seen at once.
_BEGINS = "(?:example|usage|sample|code|verbatim|dot|msc|htmlonly|latexonly|startuml)"
MATTERS = re.compile(
    rf"```|~~~|>(?:>>|[ ])|In[ ]\[|::[ \t]*$|\.\.[ ]\w|[@\\]{_BEGINS}|<(?:pre|code|PRE)\b",
    re.MULTILINE,
)
"""What, within a comment, may begin an example."""
MARGINAL = re.compile(r"[ \t]*\*[ \t]*(?:$|(?:[-+*•]|\d{1,3}[.)])[ \t])")
"""A line of a comment's asterisks that is empty, or of a list."""


def _label(veil: Veil, match: re.Match[str]) -> None:
    veil.lead(match.start(), match.start("label"))
    veil.hide(match.end() - 1, match.end())


# What doc comments have that Markdown doesn't: and a variable is no maths there.
TAGS = Inline(
    r"[$@\\{]",
    r"""(?P<variable>\$\{?\w+\}?|\$\()
    |(?P<maths>\\f\$.*?\\f\$)
    |(?P<example>[@\\](?P<block>code|verbatim)\b[^\n]{0,200}?[@\\]end(?P=block)\b)
    |(?P<linked>\{@link(?:plain|code)?[ \t]+[^\s{}|]+(?:[ \t]*\|[ \t]*|[ \t]+)(?P<label>[^{}\n]+)\})
    |(?P<code>\{@(?:code|literal|value)[ \t]+(?P<inner>[^{}\n]*)\}?)
    |(?P<tag>\{@\w*[^{}\n]*\}?)
    |(?P<word>[@\\](?:c|p|ref|copydoc|cite|subpage)[ \t]+[\w:.()~/]+)""",
    {"linked": _label, "code": quote},
)


def text_begins(line: str, start: int, stop: int, goes_on: bool) -> tuple[int, bool]:
    """Return where the text of a comment begins, -1 if it has none, and whether a block does.

    The comment stands at start:stop; signs, tags and the names that these are about come first.
    If it goes on from the line before, an asterisk is its margin, and else one of a list.
    """
    if _NUMPY_FIELD.match(line, start, stop):
        return -1, True
    match = _LEAD.match(line, start, stop)
    assert match is not None
    end = match.end()
    if _NAMES.match(line, end, stop):
        return -1, True
    if directive := _DIRECTIVE.match(line, end, stop):
        return _shown(line, directive), True
    is_lua = line[end - 1 : end] == "-"
    tag = (is_lua and _LUA_TAG.match(line, end, stop)) or _TAG.match(line, end, stop)
    if tag:
        return tag.end(), True
    return end, match["item"] is not None or (not goes_on and "*" in match[0])


def example_after(body: str, example: str, has_margin: bool) -> str:
    """Return what makes code of the line behind `body`, a line of comment; "" if nothing does.

    has_margin: a sign stands before the text of each line, so that its indent can be told.
    """
    text = body.strip(" \t*")
    is_empty = not text.strip("/!#;%")
    if example == _GAP and not is_empty and _is_indented(body):
        return f"::{_column(body) - _indent(body) + 4}"
    if example in ("", _GAP, _LIST) and has_margin:
        if is_empty:
            return example or _GAP
        if _LISTED.match(body) or (example == _LIST and _indent(body) > 1):
            return _begun(body) or _LIST
    if example in ("", _GAP, _LIST):
        return _begun(body)
    fence = _FENCE.match(body)
    if example in _FENCES:
        return "" if fence and fence[1] == example else example
    if example == _PROMPT:
        return _PROMPT if text else ""
    if example == _TAGGED:
        if not fence and not _BLOCK_TAG.match(body):
            return example
    elif example.startswith("::"):
        if is_empty or _column(body) > int(example.removeprefix("::")):
            return example
    elif example:
        return "" if example in body.lower() else example
    return _begun(body)


def _begun(body: str) -> str:
    """Return what a line of prose makes of what follows it."""
    if not MATTERS.search(body):
        return ""
    if fence := _FENCE.match(body):
        return fence[1]
    text = body.strip(" \t*")
    if _PROMPTS.match(text):
        return _PROMPT
    if directive := _DIRECTIVE.match(body):
        return f"::{_column(body)}" if holds_code(directive["name"]) else ""
    if text.endswith("::"):
        return f"::{_column(body)}"
    if tag := _BLOCK_TAG.match(body):
        name = tag[1].lower()
        if name in _EXAMPLES:
            return _TAGGED
        if name in _ENDS:
            return "" if _ENDS[name] in body else _ENDS[name]
    return left_open(_ELEMENT, body)


def _column(body: str) -> int:
    """Return the column at which the text of a line of comment begins."""
    margin = _MARGIN.match(body)
    assert margin is not None
    return len(margin[0].expandtabs(4))


def _indent(body: str) -> int:
    """Return how many blanks stand before the text of a line of comment, a tab as five."""
    margin = _MARGIN.match(body)
    assert margin is not None
    return len(margin[1].expandtabs(5))


def _is_indented(body: str) -> bool:
    """Whether text stands four deeper than behind a blank: code in Markdown, and in Go."""
    return _indent(body) > 4


def is_example(body: str, example: str) -> bool:
    """Whether a line of comment belongs to an example, its fence included."""
    text = body.strip(" \t*")
    if example == _GAP and _is_indented(body):
        return True
    if example in (_GAP, _LIST):
        example = ""
    if example.startswith("::"):
        return _column(body) > int(example[2:])
    if example == _TAGGED and (tag := _BLOCK_TAG.match(body)):
        return tag[1].lower() in (*_EXAMPLES, *_ENDS)
    if example or _FENCE.match(body) or _PROMPTS.match(text):
        return True
    return _begun(body)[:1] in ("@", "e")


def _shown(line: str, directive: re.Match[str]) -> int:
    """Return where the prose begins on the line of a directive, or -1."""
    if is_titled(directive["name"]):
        return directive.end()
    version = VERSIONED.fullmatch(directive["name"]) and VERSION.match(line, directive.end())
    return version.end() if version else -1
