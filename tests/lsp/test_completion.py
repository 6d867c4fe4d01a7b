"""`textDocument/completion`: a writer types and gets the word, from both sides of the cursor."""

from __future__ import annotations

import itertools

import pytest
from client import Client, insertion

from conftest import Start

INVOKED, TRIGGER, INCOMPLETE = 1, 2, 3

_numbers = itertools.count()


def opened(client: Client, text: str, language: str = "markdown") -> str:
    """A document of a test's own; its URI."""
    return client.open(text, f"file:///completion/{next(_numbers)}.md", language)


def test_words_that_fit_both_sides_come_first(client: Client) -> None:
    uri = opened(client, "the committee will meet on monday to  the budget")
    assert {"approve", "review", "discuss"} & set(client.words(uri, 0, 37)[:5])


def test_letters_narrow_the_list(client: Client) -> None:
    uri = opened(client, "the team will  the report before the meeting")
    client.type(uri, 0, 14, "r")
    client.type(uri, 0, 15, "e")
    words = client.words(uri, 0, 16, INCOMPLETE)
    assert words[0] == "review"
    assert all(word.startswith("re") for word in words)


def test_items_keep_their_order_in_every_editor(client: Client) -> None:
    uri = opened(client, "we will dis the plan")
    answer = client.complete(uri, 0, 11)
    items = answer["items"]
    assert answer["isIncomplete"] is True
    assert {item["filterText"] for item in items} == {"dis"}
    assert {item["textEdit"]["range"]["start"]["character"] for item in items} == {8}
    assert [item["sortText"] for item in items] == sorted(item["sortText"] for item in items)
    assert all(item["kind"] == 1 and "preselect" not in item for item in items)
    assert all(item["documentation"] and item["detail"] for item in items)


def test_the_detail_tells_probability_and_origin(client: Client) -> None:
    uri = opened(client, "the board met zyxgarden and zyxgarden again. the board met ")
    client.until(lambda: "zyxgarden" in client.words(uri, 0, 59))
    items = {item["label"]: item for item in client.complete(uri, 0, 59)["items"]}
    assert items["zyxgarden"]["detail"].endswith("%, document")
    model = [item["detail"] for item in items.values() if "," not in item["detail"]]
    assert model
    assert all(detail.endswith("%") for detail in model)
    assert not [item for item in items.values() if "%" in item["documentation"]]


def test_letters_right_of_the_cursor_are_replaced(client: Client) -> None:
    uri = opened(client, "we will discuss the plan")
    item = client.complete(uri, 0, 11)["items"][0]
    assert item["textEdit"]["range"] == {
        "start": {"line": 0, "character": 8},
        "end": {"line": 0, "character": 15},
    }
    assert item["data"] == {"rest": "cuss"}


@pytest.mark.parametrize("before", ["🙂 ", "🙂🙂é ", "e\u0301a\u0301 ", "日本 "])
def test_positions_count_utf16_left_of_the_cursor(client: Client, before: str) -> None:
    uri = opened(client, f"{before}we will dis the plan")
    shift = len(before.encode("utf-16-le")) // 2
    item = client.complete(uri, 0, 11 + shift)["items"][0]
    assert item["label"] == "discuss"
    assert item["textEdit"]["range"]["start"]["character"] == 8 + shift


def test_words_in_a_crlf_file(client: Client) -> None:
    uri = opened(client, "the garden\r\n\r\nwe will dis the plan\r\n")
    item = client.complete(uri, 2, 11)["items"][0]
    assert item["label"] == "discuss"
    assert item["textEdit"]["range"]["start"] == {"line": 2, "character": 8}


def test_after_an_apostrophe(client: Client) -> None:
    uri = opened(client, "they don' discuss the weather in the meeting")
    answer = client.complete(uri, 0, 9, TRIGGER)
    assert "don't" in [item["label"] for item in answer["items"]]
    assert {item["filterText"] for item in answer["items"]} == {"don'"}


def test_the_writers_own_apostrophe_is_kept(client: Client) -> None:
    uri = opened(client, "it’s a plan. they don discuss the weather in the meeting")
    words = client.words(uri, 0, 21)
    assert "don’t" in words
    assert "don't" not in words


def test_a_sentence_begins_with_a_capital(client: Client) -> None:
    uri = opened(client, "The garden is full of flowers.  committee will meet.")
    assert client.words(uri, 0, 31)[0][0].isupper()


def test_typed_letters_are_never_changed(client: Client) -> None:
    uri = opened(client, "we will DIS the plan")
    words = client.words(uri, 0, 11)
    assert words[0] == "DISCUSS"
    assert all(word.startswith("DIS") for word in words)


def test_the_typed_word_alone_is_no_suggestion(client: Client) -> None:
    uri = opened(client, "the committee will meet on tuesday to discus the budget")
    assert client.words(uri, 0, 44)[0] == "discuss"
    client.type(uri, 0, 44, "s")
    assert "discuss" not in client.words(uri, 0, 45)


@pytest.mark.parametrize(("confidence", "opens"), [(0.0, True), (1.0, False)])
def test_only_a_sure_list_opens_by_itself_after_a_space(
    start: Start, confidence: float, opens: bool
) -> None:
    client = start(settings={"confidence": confidence})
    client.initialize()
    client.until_ready()
    uri = opened(client, "the team will ")
    assert client.words(uri, 0, 14, INVOKED) != []
    assert bool(client.words(uri, 0, 14, TRIGGER)) == opens
    client.type(uri, 0, 14, "r")
    assert client.words(uri, 0, 15, INCOMPLETE) != []


def test_no_words_in_code_maths_and_front_matter(client: Client) -> None:
    text = (
        "---\ntitle: the committee will\n---\n\n"
        "```\nthe committee will\n```\n\n"
        "the `committee will`\n"
    )
    uri = opened(client, text)
    assert client.complete(uri, 1, 17) is None
    assert client.complete(uri, 5, 14) is None
    assert client.complete(uri, 8, 18) is None


def test_no_words_in_a_language_that_is_not_read(client: Client) -> None:
    uri = opened(client, "the committee will ", "klingon")
    assert client.complete(uri, 0, 19) is None


def test_text_in_another_script_gets_its_own_words(client: Client) -> None:
    uri = opened(client, "комитет обсудит бюджет и комитет ")
    client.until(lambda: "обсудит" in client.words(uri, 0, 33)[:4])


def test_several_carets_and_a_paste_keep_the_text_right(client: Client) -> None:
    uri = opened(client, "we will \nwe will \n")
    client.edit(uri, insertion(1, 8, "dis"), insertion(0, 8, "rev"))
    assert client.words(uri, 0, 11)[0] == "review"
    assert client.words(uri, 1, 11)[0] == "discuss"


def test_a_closed_document_has_no_words(client: Client) -> None:
    uri = opened(client, "the committee will ")
    client.close(uri)
    assert client.complete(uri, 0, 19) is None
