"""Half-typed words are not learnt, wherever the writer left them; whole ones are, at once."""

from __future__ import annotations

from itertools import count

import pytest
from client import Client, Json, insertion

_numbers = count()


def tab(client: Client, text: str = "") -> str:
    return client.open(text, f"file:///unfinished/{next(_numbers)}.md")


def offered(client: Client, prefix: str) -> list[str]:
    """What another tab offers after some letters."""
    uri = tab(client, f"we will {prefix}")
    words = client.words(uri, 0, 8 + len(prefix))
    client.close(uri)
    return words


def type_keys(client: Client, uri: str, line: int, character: int, text: str) -> None:
    for place, key in enumerate(text):
        client.type(uri, line, character + place, key)


def save(client: Client, uri: str) -> None:
    client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})


def replacement(line: int, start: int, end: int, text: str) -> Json:
    return {
        "range": {
            "start": {"line": line, "character": start},
            "end": {"line": line, "character": end},
        },
        "text": text,
    }


def in_another_tab(client: Client, half: str) -> None:
    type_keys(client, tab(client), 0, 0, f"the garden {half}")


def saved_by_the_clock(client: Client, half: str) -> None:
    uri = tab(client)
    type_keys(client, uri, 0, 0, f"the garden {half}")
    save(client, uri)


def left_for_another_line(client: Client, half: str) -> None:
    uri = tab(client, "the garden \n\nthe house\n")
    type_keys(client, uri, 0, 11, half)
    type_keys(client, uri, 2, 9, " and ")


def left_for_a_line_above(client: Client, half: str) -> None:
    uri = tab(client, "the house\n\nthe garden ")
    type_keys(client, uri, 2, 11, half)
    type_keys(client, uri, 0, 9, " is\nfull ")


def at_two_cursors(client: Client, half: str) -> None:
    uri = tab(client, "the garden \nthe garden \n")
    for place, key in enumerate(half):
        client.edit(uri, insertion(1, 11 + place, key), insertion(0, 11 + place, key))


def pasted_and_cut_off(client: Client, half: str) -> None:
    uri = tab(client)
    client.type(uri, 0, 0, f"the board will review the plan in the garden {half}")
    save(client, uri)


def pasted_into_a_word(client: Client, half: str) -> None:
    uri = tab(client, f"the garden {half[:-2]}zz is red")
    client.type(uri, 0, 11 + len(half) - 2, f"{half[-2:]} and the house")


def cut_down(client: Client, half: str) -> None:
    uri = tab(client, f"the garden {half}zzz")
    client.edit(uri, replacement(0, 11 + len(half), 14 + len(half), ""))
    save(client, uri)


def with_the_whole_text_each_time(client: Client, half: str) -> None:
    uri = tab(client, "the garden \n\nthe house\n")
    for end in range(len(half) + 1):
        client.edit(uri, {"text": f"the garden {half[:end]}\n\nthe house\n"})


@pytest.mark.parametrize(
    "leave",
    [
        in_another_tab,
        saved_by_the_clock,
        left_for_another_line,
        left_for_a_line_above,
        at_two_cursors,
        pasted_and_cut_off,
        pasted_into_a_word,
        cut_down,
        with_the_whole_text_each_time,
    ],
)
def test_a_half_typed_word_is_not_learnt(client: Client, leave: object) -> None:
    letters = leave.__name__[:1] + leave.__name__[-4:].replace("_", "")  # type: ignore[attr-defined]
    half, whole = f"zzx{letters}qu", f"zzx{letters}vo"
    leave(client, half)  # type: ignore[operator]
    # What is typed later is learnt later, so that the half would have been learnt by then.
    uri = tab(client)
    type_keys(client, uri, 0, 0, f"the {whole} house ")
    client.until(lambda: whole in offered(client, f"zzx{letters}"))
    assert half not in offered(client, f"zzx{letters}")


@pytest.mark.parametrize(
    ("before", "typed", "after"),
    [
        ("", "We met Zzwalska ", ""),
        ("We met ", "Zzwalska", ", who reads.\n\nShe "),
        ("We met ", "Zzwalska", " in the garden.\n\nShe "),
        ("# Of Anna ", "Zzwalska\n\n", ""),
    ],
)
def test_a_name_is_offered_from_its_first_mention_on(
    client: Client, before: str, typed: str, after: str
) -> None:
    name = f"Zzwalska{chr(ord('a') + next(_numbers) % 26)}x"
    uri = tab(client, before + after)
    type_keys(client, uri, 0, len(before), typed.replace("Zzwalska", name))
    if after:  # the writer leaves for the last line
        type_keys(client, uri, 2, 4, "reads ")
    client.until(lambda: name in offered(client, name[:-2]))
    client.close(uri)


@pytest.mark.parametrize(("half", "letters"), [("elsew", "els"), ("committ", "commi")])
def test_the_half_of_a_known_word_in_a_file_is_no_word(
    client: Client, half: str, letters: str
) -> None:
    uri = tab(client, f"the garden {half} is {letters}")
    assert half not in client.words(uri, 0, 15 + len(half) + len(letters))
    assert half not in offered(client, letters)
    client.close(uri)
