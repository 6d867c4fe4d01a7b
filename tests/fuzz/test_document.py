"""A document edited at random is held against a plain string that is cut and put together anew."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from midword.text.document import Document, PositionEncoding

# What breaks lines in LSP, what doesn't (form feed, NEL, U+2028), and characters of every width.
ALPHABET = "ab \n\n\r\t\f\v\x85\u2028é\u0301’日\ud83d\ude00😀🏽"
TEXTS = st.one_of(
    st.text(ALPHABET, max_size=12),
    st.lists(st.sampled_from(["\r\n", "\r", "\n", "one", "😀", "\ud800"]), max_size=6).map("".join),
)
ENCODINGS: st.SearchStrategy[PositionEncoding] = st.sampled_from(["utf-8", "utf-16", "utf-32"])
NUMBERS = st.integers(-2, 30)


def units(text: str, encoding: PositionEncoding) -> int:
    """Count the code units of a text, one character at a time."""
    if encoding == "utf-32":
        return len(text)
    if encoding == "utf-16":
        return sum(2 if character > "\uffff" else 1 for character in text)
    return sum(1 + (c > "\x7f") + (c > "\u07ff") + (c > "\uffff") for c in text)


def spans(text: str) -> list[tuple[int, int]]:
    """Return the start and end of every line, line ends left out."""
    result = []
    start = 0
    for end in re.finditer(r"\r\n|\r|\n", text):
        result.append((start, end.start()))
        start = end.end()
    return [*result, (start, len(text))]


def naive_offset(text: str, line: int, character: int, encoding: PositionEncoding) -> int:
    """Walk to a position character by character."""
    if line < 0:
        return 0
    lines = spans(text)
    if line >= len(lines):
        return len(text)
    start, end = lines[line]
    offset = start
    while offset < end and units(text[start : offset + 1], encoding) <= character:
        offset += 1
    return offset


class Editing(RuleBasedStateMachine):
    """A client edits; the server's document must stay what the client has."""

    @initialize(text=TEXTS)
    def open(self, text: str) -> None:
        self.text = text
        self.document = Document("file:///a", "plaintext", 1, text)
        self.edits: list[tuple[int, int, int]] = []
        self.document.watch(lambda *edit: self.edits.append(edit))
        self.lines = self.document.line_count

    @rule(start=NUMBERS, end=NUMBERS, new=TEXTS)
    def replace(self, start: int, end: int, new: str) -> None:
        first, last = sorted(min(max(0, n), len(self.text)) for n in (start, end))
        self.text = self.text[:first] + new + self.text[last:]
        self.document.replace(start, end, new)

    @rule(start=st.tuples(NUMBERS, NUMBERS), end=st.tuples(NUMBERS, NUMBERS), new=TEXTS)
    def edit_each_way(self, start: tuple[int, int], end: tuple[int, int], new: str) -> None:
        for encoding in ("utf-8", "utf-16", "utf-32"):
            ends = [naive_offset(self.text, *place, encoding) for place in (start, end)]
            self.text = self.text[: min(ends)] + new + self.text[max(ends) :]
            self.document.edit(start, end, new, encoding)

    @rule(offset=NUMBERS, encoding=ENCODINGS)
    def position(self, offset: int, encoding: PositionEncoding) -> None:
        line, character = self.document.position_at(offset, encoding)
        offset = min(max(offset, 0), len(self.text))
        if offset and self.text[offset - 1 : offset + 1] == "\r\n":
            offset -= 1  # there is no position between \r and \n
        assert self.document.offset_at(line, character, encoding) == offset

    @invariant()
    def same(self) -> None:
        document, text = self.document, self.text
        assert document.text == text
        assert len(document) == len(text)
        assert [document.line_span(line) for line in range(document.line_count)] == spans(text)
        assert "".join(map(document.line, range(document.line_count))) == text
        assert document.slice(2, 9) == text[2:9]
        # Who watches can follow how many lines there are.
        assert (
            self.lines + sum(now - before for _, before, now in self.edits) == document.line_count
        )


TestEditing = Editing.TestCase
TestEditing.settings = settings(max_examples=150, stateful_step_count=12, deadline=None)


@given(text=TEXTS, line=NUMBERS, character=NUMBERS, encoding=ENCODINGS)
def test_any_position_is_an_offset(
    text: str, line: int, character: int, encoding: PositionEncoding
) -> None:
    document = Document("file:///a", "plaintext", 1, text)
    expected = naive_offset(text, line, character, encoding)
    assert document.offset_at(line, character, encoding) == expected
