"""The rooms of the server: who imports whom, and that CONTRIBUTING's picture and paths say so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "server" / "midword"
TRAINING = ROOT / "training" / "midword_training"
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PICTURE = re.search(r"```mermaid\n(.*?)```", CONTRIBUTING, re.DOTALL)
WAY = re.search(r"### A keystroke's way\n(.*?)\n### ", CONTRIBUTING, re.DOTALL)
ROOMS = {path.parent.name for path in SERVER.glob("*/__init__.py")}
DOOR = "api"  # the one module beside the rooms that imports them; `cli` is told their names


def imports(path: Path) -> Iterator[str]:
    """The modules and names of the server that a file imports, for type checkers or late too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def arrows() -> set[tuple[str, str]]:
    """Which room of the server imports which other one, and what training imports of them."""
    found = set()
    for path in [*SERVER.rglob("*.py"), *TRAINING.rglob("*.py")]:
        room = "training"
        if path.is_relative_to(SERVER):
            room = path.relative_to(SERVER).parts[0].removesuffix(".py")
        for name in imports(path):
            package, _, rest = name.partition(".")
            other = rest.partition(".")[0]
            if package == "midword" and other in {*ROOMS, DOOR} and other != room:
                found.add((room, other))
    return found


def drawn() -> set[tuple[str, str]]:
    """The arrows of the picture that stand for imports, and those that they come to together."""
    assert PICTURE is not None
    text = re.sub(r'\["[^"]*"\]|\(\["[^"]*"\]\)', "", PICTURE[1])
    found = set(re.findall(r"^ *(\w+) --> (\w+)$", text, re.MULTILINE))
    names = {name for arrow in found for name in arrow}
    for middle, first, last in product(names, repeat=3):
        if (first, middle) in found and (middle, last) in found:
            found.add((first, last))
    return found


def test_the_picture_has_every_room_and_no_circle() -> None:
    names = {name for arrow in drawn() for name in arrow}
    assert names == {*ROOMS, DOOR, "training"}
    assert not [arrow for arrow in drawn() if arrow[0] == arrow[1]]


def test_rooms_import_along_the_arrows() -> None:
    found = arrows() - {("__init__", DOOR)}  # names that come when they are asked for
    assert len(found) > 15
    assert found <= drawn()


def test_the_server_does_without_the_training_package() -> None:
    for path in SERVER.rglob("*.py"):
        assert not [name for name in imports(path) if name.startswith("midword_training")], path


@pytest.mark.parametrize("row", range(15))
def test_the_table_of_changes_leads_somewhere(row: int) -> None:
    assert WAY is not None
    rows = WAY[1].partition("| --- | --- | --- |\n")[2].strip().splitlines()
    assert len(rows) == 15
    paths = re.findall(r"`([\w./]+)`", rows[row])
    assert len(paths) >= 2
    for path in paths:
        assert (ROOT / path).exists() or (SERVER / path).exists(), path


def test_a_keystroke_s_way_enters_rooms_that_are_there_once() -> None:
    assert WAY is not None
    steps = re.findall(r"^\d\. \*\*(.*?)\*\*(.*?)(?=^\d\. |\n\n)", WAY[1], re.MULTILINE | re.DOTALL)
    rooms = [name.strip("`/") for name, _ in steps[1:]]
    assert rooms == ["daemon", "lsp", "text", "engine", "model", "suggest"]
    for room, (_, text) in zip(rooms, steps[1:], strict=True):
        files = re.findall(r"`(\w+(?:\.py|/))`", text)
        assert files
        for file in files:
            assert (SERVER / room / file).exists(), f"{room}/{file}"
