"""`textDocument/hover`: likelier words in the place of the word under the mouse."""

from __future__ import annotations

import itertools
import re

import pytest
from client import Client, at

from conftest import Start

_numbers = itertools.count()


def hover(client: Client, text: str, line: int, character: int, language: str = "markdown") -> str:
    """The Markdown of a hover in a new document; "" for none."""
    uri = client.open(text, f"file:///hover/{next(_numbers)}.md", language)
    answer = client.request("textDocument/hover", at(uri, line, character))
    return answer["contents"]["value"] if answer else ""


def test_a_table_of_likelier_words(client: Client) -> None:
    shown = hover(client, "we will discuss the plan with the team on monday", 0, 10)
    assert shown.startswith("**discuss**: ")
    assert re.search(r"rank \d+", shown)
    assert "| Word | Likely |" in shown
    assert re.search(r"^\| \*\*discuss\*\* \| [\d.<]+% \|$", shown, re.MULTILINE)


@pytest.mark.parametrize("formats", [["plaintext"], ["plaintext", "markdown"]])
def test_a_client_that_shows_plain_text_gets_a_table_without_signs(
    start: Start, formats: list[str]
) -> None:
    client = start()
    client.initialize(capabilities={"textDocument": {"hover": {"contentFormat": formats}}})
    client.until_ready()
    uri = client.open("we will discuss the plan with the team on monday")
    contents = client.request("textDocument/hover", at(uri, 0, 10))["contents"]
    assert contents["kind"] == "plaintext"
    first, empty, *rows = contents["value"].splitlines()
    assert first.startswith("discuss: ")
    assert empty == ""
    assert all(re.fullmatch(r"\w+ +[\d.<]+%", row) for row in rows)
    assert len({len(row) for row in rows}) == 1


def test_the_range_is_the_word(client: Client) -> None:
    uri = client.open("we will discuss the plan", f"file:///hover/{next(_numbers)}.md")
    for character in (8, 12, 15):
        answer = client.request("textDocument/hover", at(uri, 0, character))
        assert answer["contents"]["kind"] == "markdown"
        assert answer["range"]["start"]["character"] == 8
        assert answer["range"]["end"]["character"] == 15


def test_a_word_that_nobody_expects_says_so(client: Client) -> None:
    assert "**flowerpotqx**: <0.1% likely here" in hover(client, "we will flowerpotqx the", 0, 10)


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("we paid 1250 for it", 10),
        ("see https://example.org/committee/plan now", 30),
        ("the `committee` here", 8),
        ("the user_name here", 9),
        ("the  garden", 4),
        ("", 0),
    ],
)
def test_nothing_on_numbers_addresses_code_and_blanks(
    client: Client, text: str, character: int
) -> None:
    assert hover(client, text, 0, character) == ""
