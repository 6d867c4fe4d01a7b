"""States follow edits: always right, and read no farther than an edit reaches."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midword.text.document import Document
from midword.text.languages.markdown import MarkdownReader
from midword.text.languages.markdown_blocks import MarkdownState
from midword.text.states import States

LINES = 1000
PARTS = st.sampled_from(["\n", "word ", "```\n", "    ", "---\n", "> ", "- one\n", "<!-- "])


class Counting(MarkdownReader):
    """Markdown's reader, which counts the lines that it reads."""

    def __init__(self) -> None:
        self.read = 0

    def advance(self, line: str, state: MarkdownState) -> MarkdownState:
        self.read += 1
        return super().advance(line, state)


def opened(text: str) -> tuple[Document, Counting, States[MarkdownState]]:
    document, reader = Document("file:///a", "markdown", 1, text), Counting()
    return document, reader, States(document, reader)


def every(states: States[MarkdownState], document: Document) -> list[MarkdownState]:
    return [states[line] for line in range(document.line_count)]


def begin(document: Document, line: int) -> int:
    return document.line_span(line)[0]


@settings(deadline=None, max_examples=300)
@given(
    st.lists(PARTS, max_size=20),
    st.lists(
        st.tuples(
            st.integers(0, 99), st.integers(0, 9), st.lists(PARTS, max_size=3), st.integers(0, 9)
        )
    ),
)
def test_after_edits_they_are_those_of_the_text(
    parts: list[str], edits: list[tuple[int, int, list[str], int]]
) -> None:
    document, _, states = opened("".join(parts))
    for start, length, typed, asked in edits:
        document.replace(start, start + length, "".join(typed))
        if asked:
            _ = states[min(asked, document.line_count - 1)]
    anew, _, fresh = opened(document.text)
    assert every(states, document) == every(fresh, anew)


@pytest.mark.parametrize("typed", ["a word ", "two\nlines ", "three\n\nlines ", ""])
@pytest.mark.parametrize("line", [0, 1, 500])
def test_what_is_typed_in_a_paragraph_costs_its_lines(typed: str, line: int) -> None:
    document, reader, states = opened("some words\n\n" * (LINES // 2))
    every(states, document)
    assert reader.read <= LINES + 1
    reader.read = 0
    start = begin(document, line)
    document.replace(start, start + (0 if typed else 5), typed)
    every(states, document)
    assert 0 < reader.read <= typed.count("\n") + 2


def test_what_opens_a_block_is_followed_to_where_that_ends() -> None:
    document, reader, states = opened("some words\n\n" * (LINES // 2))
    every(states, document)
    document.replace(begin(document, 900), begin(document, 900), "```\n")
    reader.read = 0
    every(states, document)
    assert LINES - 900 <= reader.read <= LINES - 900 + 3
    document.replace(begin(document, 950), begin(document, 950), "```\n")
    reader.read = 0
    every(states, document)
    assert LINES - 950 <= reader.read <= LINES - 950 + 4


def test_two_edits_before_anybody_asks() -> None:
    document, reader, states = opened("some words\n\n" * (LINES // 2))
    every(states, document)
    document.replace(begin(document, 900), begin(document, 900), "```\n")
    document.replace(begin(document, 10), begin(document, 10), "a ")
    anew, _, fresh = opened(document.text)
    assert every(states, document) == every(fresh, anew)
    reader.read = 0
    document.replace(begin(document, 10), begin(document, 10), "a ")
    every(states, document)
    assert reader.read <= 2, "the first one is settled"


def test_an_edit_while_the_one_before_was_followed_half_way() -> None:
    document, _, states = opened("some words\n\n" * 10)
    every(states, document)
    document.replace(0, 0, "```\n")
    _ = states[8]  # behind it nobody has looked yet
    document.replace(0, 0, "a line\n")
    anew, _, fresh = opened(document.text)
    assert every(states, document) == every(fresh, anew)


def test_only_what_somebody_asked_for_is_read() -> None:
    document, reader, states = opened("some words\n\n" * (LINES // 2))
    _ = states[10]
    assert reader.read == 10
    for line in (400, 8, 2):  # farther down than anybody looked, and up
        document.replace(begin(document, line), begin(document, line), "a ")
    reader.read = 0
    _ = states[10]
    assert reader.read <= 8
    _ = states[10]
    _ = states[4]
    assert reader.read <= 8
