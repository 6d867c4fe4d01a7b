"""JSON that is nested deeper than Python reads."""

import json

import pytest

from midword.lsp.deep_json import loads


@pytest.mark.parametrize("depth", [0, 1, 99, 100, 101, 500, 5_000, 100_000])
@pytest.mark.parametrize(
    "brackets", [("[", "]", "1"), ('{"a":', "}", "1"), ('[1,{"]": ', "}]", "[]")]
)
def test_what_lies_beside_it_is_read(depth: int, brackets: tuple[str, str, str]) -> None:
    opening, closing, inner = brackets
    well = opening * depth + inner + closing * depth
    found = loads(
        f'{{"id": "[\\\\\\"]}}", "well": {well}, "next": [{well}, "{{"], "n": 2}}'.encode()
    )
    assert (found["id"], found["next"][1], found["n"]) == ('[\\"]}', "{", 2)
    if depth < 50:
        assert found["well"] == json.loads(well)


@pytest.mark.parametrize(
    "text",
    ["", "[" * 20_000, "[" * 20_000 + "]" * 19_999, "[" * 20_000 + "]" * 20_001, "{" * 20_000],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        loads(text.encode())
