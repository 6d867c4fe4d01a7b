"""Messages in a form of their own: git's commit messages and mail."""

from __future__ import annotations

import re

from midword.text.languages.markdown import MarkdownReader
from midword.text.languages.plain import hide_addresses
from midword.text.languages.reader import Block, LanguageReader, Line, Veil, blank, hidden

_START = Block("start")
_TEXT = Block("text")
_OTHER = Block("header")  # a header that may go on with an indented line, as may the subject
_SUBJECT = Block("subject")
_REST = Block("rest")  # nothing behind this is prose

_CUT = re.compile(r"# -+ >8 -+|diff --git ")
_TRAILER = re.compile(
    r"""[A-Z][A-Za-z]*(?:-[a-z]+)*-by:|(?:Cc|Change-Id|Fixes|Closes|Refs?|Issue|See-also|Bug|Link)
    :[ ]|\(cherry[ ]picked[ ]from""",
    re.VERBOSE,
)
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_SUBJECT_LEAD = re.compile(r"(?:(?:fixup|squash|amend)! )+")

_HEADER = re.compile(r"(?P<name>[A-Za-z][\w-]*):(?P<value>.*)$")  # RFC 5322, 2.2
_HEADERS = ("start", "header", "subject")
_QUOTE = re.compile(r"[> ]*>[ ]?")


class CommitReader(LanguageReader[Block]):
    """Reads git's commit messages: no comments, trailers, or the diff below the scissors."""

    start = _START

    def __init__(self) -> None:
        self._markdown = MarkdownReader()

    def advance(self, line: str, state: Block) -> Block:
        """Look out for the subject's end, and for the scissors."""
        if state is _REST or _CUT.match(line):
            return _REST
        return _TEXT if line.strip() and line[0] != "#" else state

    def veil(self, line: str, state: Block) -> Line:
        """Hide comments, trailers, and what is indented like code."""
        if state is _REST or line.startswith("#") or _CUT.match(line) or _TRAILER.match(line):
            return hidden(line)
        if not line or line.isspace():
            return blank(line)
        veil = Veil(line)
        if state is _START:
            if lead := _SUBJECT_LEAD.match(line):
                veil.lead(*lead.span())
            return Line(str(veil), opens=True, closes=True)
        item = _ITEM.match(line)
        if item:
            veil.lead(*item.span())
        elif line.startswith(("    ", "\t")):
            return hidden(line)
        return Line(str(veil), opens=bool(item))

    def inline(self, text: str) -> str:
        """Veil Markdown, which many messages are written in."""
        return self._markdown.inline(text)


class MailReader(LanguageReader[Block]):
    """Reads mail as one writes it: the subject and the body, quotes as quotes."""

    start = _START

    def advance(self, line: str, state: Block) -> Block:
        """Look out for the headers' end, and for the signature."""
        if state is _REST or line.rstrip("\r\n") == "-- ":
            return _REST
        if state.kind not in _HEADERS:
            return _TEXT
        if header := _HEADER.match(line):
            return _SUBJECT if header["name"].lower() == "subject" else _OTHER
        return state if state is not _START and _is_folded(line) else _TEXT

    def veil(self, line: str, state: Block) -> Line:
        """Hide headers but the subject, and the signature."""
        if state is _REST or line == "-- ":
            return hidden(line)
        if not line or line.isspace():
            return blank(line)
        veil = Veil(line)
        if state.kind in _HEADERS:
            header = _HEADER.match(line)
            if header and header["name"].lower() == "subject":
                veil.lead(0, header.start("value") + header["value"].startswith(" "))
                return Line(str(veil), opens=True)
            if header or (state is _OTHER and _is_folded(line)):
                return hidden(line)
        if quote := _QUOTE.match(line):
            veil.lead(*quote.span())
        return Line(str(veil))

    def inline(self, text: str) -> str:
        """Hide addresses."""
        return hide_addresses(text)


def _is_folded(line: str) -> bool:
    """Whether a line goes on with the header before it (RFC 5322, 2.2.3)."""
    return line[:1] in (" ", "\t") and not line.isspace()
