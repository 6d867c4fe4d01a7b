"""Documents in step with the editor: edits, encodings, and the gap that is read ahead."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from client import CAPABILITIES, Client, at, insertion

from conftest import Start

_numbers = itertools.count()


def opened(client: Client, text: str) -> str:
    return client.open(text, f"file:///change/{next(_numbers)}.md")


def deletion(line: int, start: int, end: int) -> dict[str, object]:
    return {
        "range": {
            "start": {"line": line, "character": start},
            "end": {"line": line, "character": end},
        },
        "text": "",
    }


def test_typing_and_taking_back(client: Client) -> None:
    uri = opened(client, "")
    for character, letter in enumerate("we will dixx"):
        client.type(uri, 0, character, letter)
    client.edit(uri, deletion(0, 10, 12))
    client.type(uri, 0, 10, "s")
    assert client.words(uri, 0, 11)[0] == "discuss"


def test_the_whole_document_at_once(client: Client) -> None:
    uri = opened(client, "old")
    client.edit(uri, {"text": "first line\r\nwe will dis\r\n"})
    assert client.words(uri, 1, 11)[0] == "discuss"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_each_encoding_of_positions(start: Start, encoding: str) -> None:
    client = start()
    capabilities = {**CAPABILITIES, "general": {"positionEncodings": [encoding]}}
    result = client.initialize(capabilities=capabilities)
    assert result["capabilities"]["positionEncoding"] == encoding
    client.until_ready()
    before = "🙂 é e\u0301 日本 "
    unit = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    coder = encoding if unit == 1 else f"{encoding}-le"
    shift = len(before.encode(coder)) // unit
    uri = client.open(f"{before}we will the plan")
    client.type(uri, 0, shift + 8, "dis ")
    item = client.complete(uri, 0, shift + 11)["items"][0]
    assert item["label"] == "discuss"
    assert item["textEdit"]["range"]["start"]["character"] == shift + 8


@pytest.mark.parametrize("separator", ["\f", "\v", "\x85", "\u2028", "\u2029", "\x1c"])
def test_only_lsps_own_line_ends_end_lines(client: Client, separator: str) -> None:
    uri = opened(client, f"one{separator}two\nwe will dis")
    assert client.words(uri, 1, 11)[0] == "discuss"


def test_the_gap_is_read_when_the_space_is_typed(start: Start) -> None:
    client = start()
    client.initialize()
    client.until_ready()
    uri = client.open("the committee will")
    before = client.status()["models"][0]["passes"]
    client.type(uri, 0, 18, " ")
    client.until(lambda: client.status()["models"][0]["passes"] == before + 1)
    for number, letter in enumerate("mee"):
        client.type(uri, 0, 19 + number, letter)
        assert client.words(uri, 0, 20 + number)[0] == "meet"
    assert client.status()["models"][0]["passes"] == before + 1


def test_a_paste_is_not_read_ahead(start: Start) -> None:
    client = start()
    client.initialize()
    client.until_ready()
    uri = client.open("")
    other = client.open("we will \n\nthe garden is \n\nplease send the ", "file:///other.md")
    before = client.status()["models"][0]["passes"]
    paste = "the committee will meet on tuesday " * 10
    client.type(uri, 0, 0, paste)
    # Each of these lists waits for the thread that would have read behind the paste by then.
    for line, character in ((0, 8), (2, 14), (4, 16)):
        assert client.words(other, line, character)
    assert client.status()["models"][0]["passes"] == before + 3
    client.type(uri, 0, len(paste), "the team will ")
    client.until(lambda: client.status()["models"][0]["passes"] == before + 4)


def test_words_are_learnt_as_they_are_typed(client: Client) -> None:
    uri = opened(client, "")
    client.type(uri, 0, 0, "the zzyzxian garden and then ")
    client.type(uri, 0, 29, "zzy")
    client.until(lambda: "zzyzxian" in client.words(uri, 0, 32))


def test_the_word_being_typed_is_not_learnt(client: Client) -> None:
    uri = opened(client, "\n\nzzy\n\nxyl")
    client.type(uri, 0, 0, "the zzyzxian garden and the xylog")
    client.until(lambda: "zzyzxian" in client.words(uri, 2, 3))
    # Both were learnt, or not, from one reading of the text.
    assert "xylog" not in client.words(uri, 4, 3)
    client.type(uri, 0, 33, " is open")
    client.until(lambda: "xylog" in client.words(uri, 4, 3))


BEYOND = [2**31, 2**40, 10**400, 1e300]
"""Numbers that the protocol has no room for; they mean past the end."""


@pytest.mark.parametrize("number", BEYOND)
def test_numbers_beyond_the_protocols(client: Client, number: float) -> None:
    uri = opened(client, "we will dixx\nxx")
    client.edit(uri, change((0, 10), (number, number), "s"))
    client.edit(uri, change((number, 0), (0, number), "cu"))
    client.edit(uri, change((0, number), (0, number), "s", rangeLength=number))
    assert client.words(uri, 0, 14)[0] == "discuss"
    assert client.complete(uri, number, number) == client.complete(uri, 0, 99)  # type: ignore[arg-type]
    client.request("textDocument/hover", at(uri, number, 0))  # type: ignore[arg-type]


def test_numbers_before_the_beginning(client: Client) -> None:
    uri = opened(client, "xx dis")
    client.edit(uri, change((-(2**40), 7), (0, 2), "we will", rangeLength=-1))
    client.edit(uri, change((0, -5), (0, -(2**70)), "and "))
    assert client.words(uri, 0, 15)[0] == "discuss"
    assert client.complete(uri, -1, 15) is not None


@pytest.mark.parametrize("version", [2**31, -(2**40), 10**400])
def test_versions_beyond_the_protocols(client: Client, version: int) -> None:
    uri = opened(client, "we will ")
    document = {"uri": uri, "version": version}
    edit = {"textDocument": document, "contentChanges": [insertion(0, 8, "dis")]}
    client.notify("textDocument/didChange", edit)
    assert client.words(uri, 0, 11)[0] == "discuss"


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": None},
        {"range": {"start": {"line": 0}, "end": {"line": 0, "character": 1}}, "text": ""},
        {"range": [0, 1], "text": ""},
        {"range": {"start": None, "end": None}, "text": ""},
        "text",
    ],
)
def test_a_change_that_is_none(client: Client, wrong: Any) -> None:
    """The text is no longer known: no words, which would be put in wrong places, and a message."""
    uri = opened(client, "we will dis")
    before = len(client.messages)
    client.edit(uri, insertion(0, 0, "x"), wrong)
    assert client.complete(uri, 0, 11) is None
    assert len(client.messages) == before + 1
    assert "close it and open it again" in client.messages[-1]
    client.edit(uri, insertion(0, 0, "x"))
    assert client.complete(uri, 0, 11) is None
    client.edit(uri, {"text": "the whole text: "}, insertion(0, 99, "we will dis"))
    assert client.words(uri, 0, 27)[0] == "discuss"
    client.edit(uri, wrong)
    client.open("we will dis", uri)
    assert client.words(uri, 0, 11)[0] == "discuss"
    empty = opened(client, "")
    client.edit(empty, wrong)
    client.edit(empty, {"text": "we will dis"})
    assert client.words(empty, 0, 11)[0] == "discuss"


def change(start: tuple[float, float], end: tuple[float, float], text: str, **more: Any) -> Any:
    ends = [{"line": line, "character": character} for line, character in (start, end)]
    return {"range": {"start": ends[0], "end": ends[1]}, "text": text, **more}
