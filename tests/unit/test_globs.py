"""Globs: what git says of them, in linear time, and lines that are none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from midword.globs import LONGEST, MOST_CHARACTERS, Globs

NAMES = st.text("ab.", min_size=1, max_size=4)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PIECES = st.sampled_from(["a", "b", ".", "*", "?", "[ab]", "[!a]", "\\*", "**"])
SEGMENTS = st.lists(PIECES, min_size=1, max_size=3).map("".join)
LINES = st.builds(
    "{}{}{}{}".format,
    # No "!": pathspec's simple matcher has `!**` win over a later `a`, git hasn't.
    st.sampled_from(["", "", "", "/", "#"]),
    st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join),
    st.sampled_from(["", "", "/"]),
    st.sampled_from(["", "", "  "]),
)


@given(lines=st.lists(LINES, max_size=6), path=PATHS, folder=st.booleans())
@settings(max_examples=1000, deadline=None)
def test_they_mean_what_they_mean_in_a_gitignore(lines: list[str], path: str, folder: bool) -> None:
    name = path + "/" * folder
    expected = GitIgnoreSpec.from_lines(lines, backend="simple").match_file(name)
    assert Globs(lines).match(name) == expected


@pytest.mark.parametrize(
    ("lines", "matched", "other"),
    [
        (["!**", "a"], ["a/", "b/a"], ["b"]),
        (["a", "!a"], [], ["a", "b/a/"]),
        (["*.md", "!/keep.md"], ["a.md", "b/keep.md"], ["keep.md"]),
        (["/*", "!/docs/"], ["a.md", "b/"], ["docs/"]),
    ],
)
def test_a_later_line_takes_back(lines: list[str], matched: list[str], other: list[str]) -> None:
    found = Globs(lines)
    assert [name for name in (*matched, *other) if found.match(name)] == matched


def test_later_lines_win_in_long_lists_too() -> None:
    many = [f"name{number}.md" for number in range(3000)]
    found = Globs([*many, "!name7.md", *[f"other{number}" for number in range(3000)]])
    assert found.match("deep/name8.md")
    assert found.match("other2999")
    assert not found.match("name7.md")
    assert not found.match("name3000.md")
    assert found.refused == []


@pytest.mark.parametrize(
    "line",
    [
        *("!", "\\", "a\\", "build\\", "[z-a]", "[a-\\]", "[[:alpha:]", "\ud800", "[\udfff]"),
        *("x" * (LONGEST + 1), "a/**/" * 5000 + "b", "a*" * 50_000),
    ],
)
def test_a_line_that_is_no_glob_is_left_out_by_itself(line: str) -> None:
    found = Globs(["*.tmp", line, "/notes/"])
    assert found.refused == [line]
    assert found.match("a.tmp")
    assert found.match("notes/a.md")
    assert not found.match("a.md")


@pytest.mark.parametrize("line", ["", "# comment", "/", "[a", "   "])
def test_a_line_that_says_nothing_is_no_mistake(line: str) -> None:
    assert Globs([line]).refused == []
    assert not Globs([line])


@pytest.mark.parametrize(
    "line", ["a*" * 400 + "b", "*a" + "?" * 900, "**/a/" * 150 + "b", "[!a-é]*" * 100]
)
def test_no_glob_can_explode(line: str) -> None:
    # The suite's time limit is what fails: a backtracking matcher wouldn't end.
    found = Globs([line] * 50)
    for name in ("a" * 255, "/".join(["a" * 200] * 20), "ab" * 2000):
        found.match(name)


def test_there_is_a_most() -> None:
    lines = [f"{number:09}" for number in range(100_000)]
    found = Globs(lines)
    assert len(found.refused) == len(lines) - MOST_CHARACTERS // 10
    assert found.match("000000000")


@pytest.mark.parametrize(
    "name", ["\udcff.md", "a\nb.md", "\0.md", "\u202e.md", "x" * 100_000 + ".md"]
)
def test_any_name_can_be_asked_for(name: str) -> None:
    assert Globs(["*.md"]).match(name)
