"""What is remembered over restarts: nothing unasked; then words that were typed, and only those."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from client import Client

from conftest import environment

Start = Callable[..., Client]
ON = {"remember": True}
# The language has these.
PROSE = "The committee will discuss the budget on Tuesday. "
_numbers = count()


@pytest.fixture
def book(home: Path) -> Path:
    return home / "data" / "midword" / "memory.tsv"


@pytest.fixture
def writer(start: Start) -> Iterator[Callable[..., Client]]:
    """A client whose server remembers."""

    def begin(*folders: Path, **options: Any) -> Client:
        client = start(settings={**ON, **options})
        client.initialize(*folders)
        client.until_ready()
        client.until(lambda: client.status()["remembers"])
        return client

    yield begin


def type_text(client: Client, text: str, uri: str = "", language: str = "markdown") -> str:
    """Type a text into a new document, a key at a time."""
    uri = client.open("", uri or f"file:///remembering/{next(_numbers)}.md", language)
    for place, key in enumerate(text):
        before = text[:place]
        client.type(uri, before.count("\n"), len(before.rpartition("\n")[2]), key)
    return uri


def entries(book: Path) -> dict[str, int]:
    """Words and pairs of the file with their counts."""
    found = {}
    for line in book.read_text("utf-8").splitlines() if book.exists() else []:
        if not line.startswith(("#", "?")):
            times, _, entry = line.split("\t")
            found[entry] = int(times)
    return found


def say(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "midword", "memory", *arguments],
        env={**os.environ, **environment(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_remembered_unasked(start: Start, book: Path) -> None:
    client = start()
    client.initialize()
    client.until_ready()
    type_text(client, PROSE * 3)
    assert not client.status()["remembers"]
    client.shut_down()
    assert not list(book.parent.glob("memory*"))


def test_typed_words_come_back_after_a_restart(writer: Callable[..., Client], book: Path) -> None:
    client = writer()
    assert any(str(book) in message for message in client.messages), "the writer isn't told where"
    type_text(client, "zanzibarite " * 3 + PROSE)
    client.shut_down()
    assert stat.S_IMODE(book.stat().st_mode) == 0o600
    assert entries(book)["zanzibarite"] == 3
    assert entries(book)["Tuesday"] == 1
    client = writer()
    uri = client.open("we need zanz", "file:///other.md")
    client.until(lambda: "zanzibarite" in client.words(uri, 0, 12))


def test_a_word_that_the_language_lacks_waits_until_it_was_typed_three_times(
    writer: Callable[..., Client], book: Path
) -> None:
    for times in (1, 2):
        client = writer()
        type_text(client, "zanzibarite of the budget ")
        client.shut_down()
        assert "zanzibarite" not in book.read_text("utf-8"), times
        assert entries(book)["budget"] == times
    client = writer()
    type_text(client, "zanzibarite ")
    client.shut_down()
    assert entries(book)["zanzibarite"] == 3


def test_what_was_pasted_or_opened_is_nobody_s(writer: Callable[..., Client], book: Path) -> None:
    client = writer()
    client.open(PROSE * 3, "file:///opened.md")
    uri = client.open("", "file:///pasted.md")
    client.type(uri, 0, 0, "Somebody else's parliament ")
    client.type(uri, 0, 27, "h")
    client.type(uri, 0, 28, " ")
    type_text(client, "budget ")
    client.shut_down()
    assert set(entries(book)) == {"budget"}


def test_what_was_pasted_while_it_was_off_is_not_typed(
    writer: Callable[..., Client], book: Path
) -> None:
    client = writer()
    uri = type_text(client, "committees ")
    client.execute("midword.toggle", {"scope": "file", "enabled": False, "uri": uri})
    client.edit(uri, {"text": "parliament"})
    client.execute("midword.toggle", {"scope": "file", "enabled": True, "uri": uri})
    client.type(uri, 0, 10, " ")
    client.shut_down()
    assert set(entries(book)) == {"committees"}


def test_a_word_from_the_list_is_the_writer_s(writer: Callable[..., Client], book: Path) -> None:
    client = writer()
    uri = type_text(client, "The com")
    words = client.words(uri, 0, 7)
    taken = max(words, key=len)
    assert len(taken) > 7
    client.type(uri, 0, 7, taken[3:])
    client.type(uri, 0, 4 + len(taken), " ")
    client.shut_down()
    assert taken.lower() in {word.lower() for word in entries(book)}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("my password is budget committee ", {"my", "password"}),
        ("The API key: budget ", {"the", "API", "key"}),
        ("see budget/committee or budget.example or a@budget ", {"see", "or"}),
        ("The PIN of the door:\nbudget ", {"the", "PIN"}),
        ("xKqZbTwV xKqZbTwV xKqZbTwV budget ", {"budget"}),
        ("a1b2c3 budget42 42 ", set()),
        ("(budget) *committee*, “discuss” ", {"budget", "committee", "discuss"}),
        ("use `budget` here ", {"use", "here"}),
        (
            "However it was. Tuesday came, but: Perhaps ",
            {"however", "it", "was", "Tuesday", "came", "but", "perhaps"},
        ),
        ("we asked Perhaps ", {"we", "asked", "Perhaps"}),
    ],
)
def test_what_may_be_kept(
    writer: Callable[..., Client], book: Path, text: str, kept: set[str]
) -> None:
    client = writer()
    type_text(client, text)
    client.shut_down()
    assert {word for word in entries(book) if len(word) > 1} == kept


@pytest.mark.parametrize(
    "name", [".hidden.md", "notes/.private/a.md", "passwords.md", "ignored.md", "secret/b.md"]
)
def test_private_files_are_left_alone(
    writer: Callable[..., Client], book: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "project"
    (folder / "secret").mkdir(parents=True)
    (folder / ".gitignore").write_text("ignored.md\nsecret/\n")
    client = writer(folder)
    type_text(client, PROSE, (folder / name).as_uri())
    type_text(client, "committee ", (folder / "open.md").as_uri())
    client.shut_down()
    assert set(entries(book)) == {"committee"}


def test_outside_of_folders_a_repository_s_gitignore_counts(
    writer: Callable[..., Client], book: Path, tmp_path: Path
) -> None:
    (tmp_path / "clone" / ".git").mkdir(parents=True)
    (tmp_path / "clone" / ".gitignore").write_text("drafts/\n")
    client = writer()
    type_text(client, PROSE, (tmp_path / "clone" / "drafts" / "a.md").as_uri())
    type_text(client, "committee ", (tmp_path / "clone" / "a.md").as_uri())
    client.shut_down()
    assert set(entries(book)) == {"committee"}


def test_code_is_no_prose(writer: Callable[..., Client], book: Path) -> None:
    client = writer()
    type_text(client, "budget = committee ", "file:///a.py", "python")
    type_text(client, "# discuss this ", "file:///b.py", "python")
    client.shut_down()
    assert set(entries(book)) == {"discuss", "this"}


def test_two_windows_and_a_writer_s_own_hand(
    writer: Callable[..., Client], book: Path, home: Path
) -> None:
    first, second = writer(), writer()
    type_text(first, "budget " * 5)
    type_text(second, "committee " * 5)
    first.shut_down()
    book.write_text("7\t2026-01-02\tHelsinki\nnonsense\n" + book.read_text("utf-8"), "utf-8")
    second.shut_down()
    assert entries(book) == {"budget": 5, "committee": 5, "Helsinki": 7}
    assert say(home, "forget", "BUDGET").returncode == 0
    assert "budget" not in entries(book)
    assert say(home, "forget", "budget").returncode == 1
    assert "Helsinki" in say(home, "show").stdout


def test_off_is_off_whatever_the_settings_say(
    writer: Callable[..., Client], start: Start, book: Path, home: Path
) -> None:
    client = writer()
    type_text(client, "budget ")
    assert say(home, "off", "--keep").returncode == 0
    client.shut_down()
    assert not book.exists(), "what was noted before was written all the same"
    client = start(settings=ON)
    client.initialize()
    client.until_ready()
    type_text(client, "committee ")
    assert not client.status()["remembers"]
    client.shut_down()
    assert not book.exists()
    assert say(home, "on").returncode == 0
    client = writer()
    type_text(client, "discuss ")
    client.shut_down()
    assert set(entries(book)) == {"discuss"}
    assert say(home, "off", "--delete").returncode == 0
    assert not list(book.parent.glob("memory.tsv")) + list(book.parent.glob("memory.key"))


@pytest.mark.parametrize("answer", ["Delete it", "Keep it"])
def test_turning_it_off_asks_what_to_keep(
    writer: Callable[..., Client], book: Path, answer: str
) -> None:
    client = writer()
    type_text(client, "budget ")
    client.shut_down()
    client = writer()
    client.answers["window/showMessageRequest"] = {"title": answer}
    client.settings["remember"] = False
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    client.until(lambda: any("What to do with what was" in m for m in client.messages))
    client.until(lambda: book.exists() == (answer == "Keep it"))
    type_text(client, "committee ")
    client.shut_down()
    assert set(entries(book)) == ({"budget"} if answer == "Keep it" else set())


def test_a_folder_can_t_turn_it_on(start: Start, book: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    folder.mkdir()
    (folder / ".midword.toml").write_text("remember = true\n")
    client = start()
    client.initialize(folder)
    client.until_ready()
    client.until(lambda: any("remember" in message for message in client.messages))
    type_text(client, PROSE, (folder / "a.md").as_uri())
    client.shut_down()
    assert not book.exists()


def test_a_book_that_can_t_be_read_is_said(start: Start, book: Path) -> None:
    book.mkdir(parents=True)
    client = start(settings=ON)
    client.initialize()
    client.until(lambda: any("nothing is remembered: can't read" in m for m in client.messages))
    type_text(client, "budget ")
    assert not client.status()["remembers"]
    assert client.shut_down() == 0


def test_a_book_of_nonsense_stops_nothing(writer: Callable[..., Client], book: Path) -> None:
    book.parent.mkdir(parents=True, exist_ok=True)
    book.write_bytes(b"\xff\xfe\x00" + b"9" * 5000 + b"\t2026-01-01\tx\n?z\t1\t2026-01-01\tq\n" * 3)
    client = writer()
    type_text(client, "budget ")
    client.shut_down()
    assert entries(book) == {"budget": 1}
