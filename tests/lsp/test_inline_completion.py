"""`textDocument/inlineCompletion`: the rest of the word, or the next words, as grey text."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from client import Client, at

from conftest import Start

INVOKED, AUTOMATIC = 1, 2

HALF = "she reads the letter and writes the answ"

_numbers = itertools.count()


def inline(
    client: Client, text: str, character: int, selected: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    uri = client.open(text, f"file:///inline/{next(_numbers)}.md")
    context: dict[str, Any] = {"triggerKind": AUTOMATIC}
    if selected is not None:
        context["selectedCompletionInfo"] = selected
    params = {**at(uri, 0, character), "context": context}
    answer: dict[str, list[dict[str, Any]]] = client.request(
        "textDocument/inlineCompletion", params
    )
    return answer["items"]


def span(start: int, end: int) -> dict[str, Any]:
    return {
        "start": {"line": 0, "character": start},
        "end": {"line": 0, "character": end},
    }


def test_it_is_offered_to_a_client_that_announced_it(start: Start) -> None:
    client = start()
    assert client.initialize()["capabilities"]["inlineCompletionProvider"] == {}


@pytest.mark.parametrize(
    "announced",
    [{}, {"textDocument": {}}, {"textDocument": {"completion": {"contextSupport": True}}}],
    ids=["nothing", "no features", "lists only"],
)
def test_it_is_not_offered_to_others_and_answered_all_the_same(
    start: Start, announced: dict[str, Any]
) -> None:
    client = start()
    offered = client.initialize(capabilities=announced)["capabilities"]
    assert "inlineCompletionProvider" not in offered
    assert "completionProvider" in offered
    client.until_ready()
    (item,) = inline(client, HALF, len(HALF))
    assert item["insertText"].startswith("answer")


def test_the_rest_of_the_word(client: Client) -> None:
    (item,) = inline(client, HALF, len(HALF))
    assert item["insertText"].startswith("answer")
    assert item["range"] == span(36, 40)


def test_the_next_words_at_most_so_many(start: Start, tiny_model: Any) -> None:
    client = start(settings={"inlineMaxWords": 2, "inlineConfidence": 0.0})
    client.initialize()
    client.until_ready()
    (item,) = inline(client, "the flowers in the ", 19)
    assert len(item["insertText"].split()) == 2


def test_nothing_when_unsure(start: Start) -> None:
    client = start(settings={"inlineConfidence": 1.0})
    client.initialize()
    client.until_ready()
    assert inline(client, HALF, len(HALF)) == []


def test_it_extends_the_selected_word_of_the_list(start: Start) -> None:
    client = start(settings={"inlineConfidence": 0.0})
    client.initialize()
    client.until_ready()
    selected = {"range": span(36, 38), "text": "answers"}
    (item,) = inline(client, "she reads the letter and writes the an", 38, selected)
    assert item["insertText"].startswith("answers ")
    assert item["range"] == span(36, 38)


def test_nothing_inside_a_word(client: Client) -> None:
    assert inline(client, f"{HALF}er", len(HALF)) == []
    assert inline(client, HALF, len(HALF)) != []


def test_it_can_be_switched_off(start: Start) -> None:
    client = start(settings={"inlineCompletion": False, "inlineConfidence": 0.0})
    client.initialize()
    client.until_ready()
    assert inline(client, HALF, len(HALF)) == []


def test_where_there_is_no_prose_the_list_is_empty_too(client: Client) -> None:
    assert inline(client, f"`{HALF}`", len(HALF) + 1) == []
    assert inline(client, f"_{HALF}_", len(HALF) + 1) != []
