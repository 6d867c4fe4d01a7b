"""Lists that open by themselves, with the bundled model and clients of both habits."""

from __future__ import annotations

from pathlib import Path

import pytest
from client import Client

from conftest import environment

INVOKED, TRIGGER, INCOMPLETE = 1, 2, 3
ENDS = [
    "The committee will",
    "They met in the",
    "She went there and",
    "He said that this was",
    "We have some",
]
GOES_ON = [("The committee will meet on Tues", "Tuesday"), ("They dis the commi", "committee")]


@pytest.mark.parametrize(
    ("invoked", "typed"),
    # A client that doesn't say how a list began (vim-lsp with asyncomplete) sends no kind at all.
    [("asked", [TRIGGER, INCOMPLETE]), ("typed", [INVOKED, TRIGGER, None])],
)
def test_finished_words_open_no_list(tmp_path: Path, invoked: str, typed: list[int | None]) -> None:
    client = Client(("--stdio",), environment=environment(tmp_path), settings={"invoked": invoked})
    client.initialize()
    client.until_ready()
    for number, text in enumerate(ENDS):
        uri = client.open(text, f"file:///ends/{number}.txt", "plaintext")
        for kind in typed:
            assert client.words(uri, 0, len(text), kind) == []
        if invoked == "asked":
            assert client.words(uri, 0, len(text), INVOKED) != []
    for number, (text, word) in enumerate(GOES_ON):
        uri = client.open(text, f"file:///goes-on/{number}.txt", "plaintext")
        for kind in typed:
            assert word in client.words(uri, 0, len(text), kind)
    client.kill()


def test_a_floor_of_nothing_opens_it_at_every_letter(tmp_path: Path) -> None:
    client = Client(("--stdio",), environment=environment(tmp_path), settings={"floor": 0})
    client.initialize()
    client.until_ready()
    for number, text in enumerate(ENDS):
        uri = client.open(text, f"file:///ends/{number}.txt", "plaintext")
        asked = client.words(uri, 0, len(text), INVOKED)
        assert client.words(uri, 0, len(text), TRIGGER) == asked
    client.kill()
