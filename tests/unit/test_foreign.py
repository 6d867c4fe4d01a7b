"""What somebody else wrote, in messages."""

from midword.foreign import shown, value_shown


def test_nothing_in_it_acts() -> None:
    assert shown("a\n\x1b[2J\u202eb\udcff é") == "a\\n\\x1b[2J\\u202eb\\udcff é"


def test_it_is_short() -> None:
    assert shown("x" * 1_000_000, 10) == "x" * 10 + "..."
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
