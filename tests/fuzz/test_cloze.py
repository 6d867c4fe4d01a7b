"""Whatever stands in a document, in any language: asking at the cursor works, and stays true."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midword.text.cloze import cloze_at, normalise
from midword.text.document import Document
from midword.text.prose import LANGUAGES, Prose, prose_text
from midword.text.words import WORD, word_span, words

IDS = [language.id for language in LANGUAGES]

# Pieces of every markup, so that blocks open, close and nest in ways that nobody would write.
PIECES = re.findall(
    r"\S+",
    r"""
# ## = == === * ** *** _ __ - + 1. > | || |=== ` `` ``` ~~~ ~ $ $$ $x$ \( \) \[ \] { } [ ] ( ) < >
<!-- --> <p> </p> <pre> </pre> <script> </script> <a href=" " ' ’ “ & &amp; @ @x / // /* */ /** \ %
\begin{verbatim} \end{verbatim} \begin{document} \end{document} \emph{ \cite{a} \documentclass{a} ..
:: >>> :ref:`a` `a ---- .... //// #+begin_src #+end_src :PROPERTIES: :END: #let #f( #f[ ; r#" "#
<<EOF EOF -- --[[ ]] {- -} =begin =end +++ --- ... ::: 😀 é é 日本 Привет
the don't well-known abc1 foo_bar a@b.c https://x.y/z x
""",
)
PIECES += [
    ".. note::",
    ".. code::",
    "'''",
    '"""',
    "e\u0301",
    "\ud800",
    "\udc00",
    "\u00ad",
    "\u200d",
]
BLANKS = [" ", " ", "\n", "\n", "\n\n", "\r\n", "\r", "\t", "    ", "\f", "\x00", "\x01"]
TEXT = st.lists(
    st.one_of(st.sampled_from(PIECES), st.sampled_from(BLANKS), st.text(max_size=3)), max_size=40
).map("".join)
SHORT = st.sampled_from(
    ["", "", "a", "x y", " ", "\n", "\n\n", "`", "```", "$", "*/", "--", "#", '"']
)


def check(document: Document, offset: int, context: int = 40) -> None:
    """Ask for the cloze at an offset and hold what comes against the document."""
    cloze = cloze_at(document, offset, context=context)
    if cloze is None:
        return
    offset = min(max(offset, 0), len(document))
    assert document.slice(cloze.start, offset) == cloze.prefix
    assert document.slice(offset, cloze.end) == cloze.rest
    assert len(cloze.left) <= context and len(cloze.right) <= context
    for side in (cloze.left, cloze.right):
        assert not re.search("[\ud800-\udfff\x00-\x02\t\r’“]", side)
        side.encode()
    word = cloze.prefix + cloze.rest
    assert not word or WORD.match(word)


@settings(max_examples=400, deadline=None)
@given(text=TEXT, language=st.sampled_from(IDS), data=st.data())
def test_any_text_at_any_place(text: str, language: str, data: st.DataObject) -> None:
    document = Document("file:///a", language, 1, text)
    check(document, data.draw(st.integers(-1, len(text) + 1)))
    assert all(block.strip() for block in prose_text(text, language))


@settings(max_examples=300, deadline=None)
@given(text=TEXT, language=st.sampled_from(IDS), data=st.data())
def test_edits_leave_what_a_fresh_reading_finds(
    text: str, language: str, data: st.DataObject
) -> None:
    document = Document("file:///a", language, 1, text)
    cursor = data.draw(st.integers(0, len(text)))
    for _ in range(data.draw(st.integers(1, 12))):
        start = data.draw(st.integers(0, len(document)))
        document.replace(start, start + data.draw(st.integers(0, 2)), data.draw(SHORT))
        fresh = Document("file:///a", language, 1, document.text)
        offset = data.draw(st.sampled_from([cursor, cursor, start]))
        check(document, offset)
        assert cloze_at(document, offset, context=40) == cloze_at(fresh, offset, context=40)


@pytest.mark.parametrize("language", IDS)
@settings(max_examples=20, deadline=None)
@given(text=TEXT)
def test_readers_keep_every_offset(language: str, text: str) -> None:
    document = Document("file:///a", language, 1, text)
    prose = Prose(document)
    for offset in range(0, len(text) + 1, 3):
        passage = prose.around(offset, 10_000)
        if passage is not None:
            line = document.line_span(document.line_at(offset))
            assert len(passage.left) >= offset - line[0]
            assert len(passage.right) >= line[1] - offset


@given(text=TEXT, offset=st.integers(0, 80))
def test_a_word_touches_its_offset(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    span = word_span(text, offset)
    if span:
        assert span[0] <= offset <= span[1]
        assert span[0] < span[1]
    assert all(match[0] in text for match in words(text))


@given(text=st.text())
def test_normalising_keeps_every_place(text: str) -> None:
    assert len(normalise(text)) == len(text)
    assert normalise(normalise(text)) == normalise(text)
