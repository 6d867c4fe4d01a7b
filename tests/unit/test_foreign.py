"""Somebody else's text, shown."""

import pytest

from midword.foreign import shown, value_shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("café 日本語 \U0001f642", "café 日本語 \U0001f642"),
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("two\nlines\r\n", "two\\nlines\\r\\n"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\x9b1m", "\\x9b1m"),
        ("\ud800", "\\ud800"),
        ("\0", "\\x00"),
        (OSError("gone"), "gone"),
    ],
)
def test_what_a_terminal_would_obey_is_spelt_out(text: object, expected: str) -> None:
    assert shown(text) == expected


def test_it_is_not_too_long() -> None:
    assert shown("x" * 1_000_000, 10) == "x" * 10 + "..."
    assert shown("x" * 10, 10) == "x" * 10


def test_what_is_said_of_a_long_name_is_shown() -> None:
    said = shown(f"/home/{'a' * 900_000}/words.txt can't be read: mend it", 2000)
    assert len(said) < 600
    assert said.startswith("/home/aaa")
    assert said.endswith("aaa/words.txt can't be read: mend it")
    usual = f"/home/{'a/' * 240}"
    assert shown(usual, 2000) == usual


def test_a_value_is_short_however_large_or_deep() -> None:
    deep: list[object] = []
    for _ in range(20_000):
        deep = [deep]
    for value in (
        "x" * 1_000_000,
        10**6000,
        deep,
        ["x"] * 9999,
        dict.fromkeys(range(9999), "y" * 999),
    ):
        assert len(value_shown(value)) < 400
