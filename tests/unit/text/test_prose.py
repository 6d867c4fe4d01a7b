"""Whole texts are read for training and memory; languages are found by id and by file name."""

from __future__ import annotations

import json
import re

import pytest

from midword.text.document import Document
from midword.text.prose import LANGUAGES, is_supported, language_of, prose_of, prose_text


def test_the_paragraphs_of_a_text() -> None:
    text = (
        "---\ntitle: x\n---\n# A title\n\nSome *text*\nand more.\n\n```\ncode\n```\n- one\n- two\n"
    )
    assert prose_text(text, "markdown") == ["A title", "Some text and more.", "one", "two"]
    assert prose_text("", "markdown") == []
    assert prose_text("One\r\n\r\nTwo\r\n", "plaintext") == ["One", "Two"]
    assert prose_text("x = 1  # The reason.\ny = 2\n", "python") == ["The reason."]


@pytest.mark.parametrize(
    ("language", "text", "prose"),
    [
        ("markdown", "---\ntitle: x\n---\nSome text.\n", ["Some text."]),
        ("markdown", "# A title\n\nSome text.\n", ["A title", "Some text."]),
        ("markdown", "```\ncode\n```\nSome text.\n", ["Some text."]),
        ("markdown", "    code\n", []),
        ("plaintext", "Some text.\n", ["Some text."]),
        ("asciidoc", "= A title\n:name: value\n\nSome text.\n", ["A title", "Some text."]),
        ("org", "#+TITLE: x\n\nSome text.\n", ["x", "Some text."]),
        ("python", "# The reason.\nx = 1\n", ["The reason."]),
        ("jupyter", '{"cells": [{"cell_type": "markdown", "source": "More."}]}', ["More."]),
    ],
)
def test_a_byte_order_mark_is_no_text(language: str, text: str, prose: list[str]) -> None:
    assert prose_text(text, language) == prose
    assert prose_text("\ufeff" + text, language) == prose


def test_a_byte_order_mark_moves_no_offset() -> None:
    document = Document("", "markdown", 0, "\ufeff---\ntitle: x\n---\n\ufeffa **b**\n")
    prose = prose_of(document)
    assert prose is not None
    assert [prose.around(offset, 100) for offset in range(15)] == [None] * 15, "front matter"
    passage = prose.around(len(document) - 1, 100)
    assert passage is not None
    assert len(passage.left) == len("\ufeffa **b**")
    document.replace(0, len(document), "\ufeff" + "word " * 5_000)
    for offset in (0, 1, 2, 12_000, len(document)):
        passage = prose.around(offset, 100)
        assert passage is not None
        near = passage.left[-5:].lstrip("\x00\ufeff")
        assert document.text[:offset].endswith(near)
    document.replace(0, 1, "")
    assert prose.around(0, 100) is not None


def test_the_markdown_of_a_notebook() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# A title\n", "\n", "Some *text*."]},
        {"cell_type": "code", "source": "x = 1"},
        {"cell_type": "markdown", "source": "More."},
    ]
    notebook = json.dumps({"nbformat": 4, "cells": cells})
    assert prose_text(notebook, "jupyter") == ["A title", "Some text.", "More."]
    for broken in ("", "[]", "{}", '{"cells": [1]}', "[" * 100_000):
        with pytest.raises(ValueError, match="not a Jupyter notebook"):
            prose_text(broken, "jupyter")


def test_half_a_character_is_replaced() -> None:
    assert prose_text("a \ud800 b", "plaintext") == ["a \ufffd b"]


def test_a_language_that_is_not_read_is_named() -> None:
    with pytest.raises(ValueError, match="'klingon'"):
        prose_text("x", "klingon")


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("a.md", "markdown"),
        ("a/b/notes.TXT", "plaintext"),
        ("paper.tex", "latex"),
        (".git/COMMIT_EDITMSG", "git-commit"),
        ("Makefile", "makefile"),
        ("a.ipynb", "jupyter"),
        ("a.py", "python"),
        ("a.exe", None),
        ("a", None),
    ],
)
def test_the_language_of_a_file(name: str, language: str | None) -> None:
    assert language_of(name) == language


@pytest.mark.parametrize(
    "language_id",
    re.findall(
        r"\S+",
        """plaintext text markdown mdx rmd quarto latex tex plaintex restructuredtext rst asciidoc
        typst org html git-commit gitcommit mail python javascript javascriptreact typescript
        typescriptreact rust go c cpp java ruby shellscript sh bash lua Markdown markdown.pandoc""",
    ),
)
def test_what_editors_call_their_languages(language_id: str) -> None:
    assert is_supported(language_id)


def test_no_name_means_two_languages() -> None:
    names = [name for one in LANGUAGES for name in (one.id, *one.aliases)]
    assert len(names) == len(set(names))
    suffixes = [suffix for language in LANGUAGES for suffix in language.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(language.doc for language in LANGUAGES)


def test_a_document_is_read_once() -> None:
    document = Document("file:///a", "markdown", 1, "text")
    assert prose_of(document) is prose_of(document)
    assert prose_of(Document("file:///a", "klingon", 1, "text")) is None


def test_a_line_of_five_megabytes_is_read_near_the_cursor_only() -> None:
    document = Document("file:///a", "markdown", 1, "some *words* " * 400_000)
    prose = prose_of(document)
    assert prose is not None
    passage = prose.around(2_600_000, 1200)
    assert passage is not None
    assert 1200 < len(passage.left) < 20_000
    assert 1200 < len(passage.right) < 20_000
    assert passage.left.endswith("words\x00 ")
