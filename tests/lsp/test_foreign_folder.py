"""A folder is somebody else's: whatever lies in it, every request is answered and nothing leaks."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from client import Client

from conftest import Start

TEXT = "we will dis"


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3 * 2**30)


def door(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


HOSTILE: dict[str, Callable[[Path], Any]] = {
    "device": lambda path: path.symlink_to("/dev/zero"),
    "pipe": os.mkfifo,
    "socket": door,
    "folder": lambda path: path.mkdir(),
    "sparse": sparse,
    "dangling": lambda path: path.symlink_to("none"),
    "loop": lambda path: path.symlink_to(path.name),
    "nulls": lambda path: path.write_bytes(b"\0" * 100_000),
    "binary": lambda path: path.write_bytes(bytes(range(256)) * 1000),
    "long line": lambda path: path.write_bytes(b"x" * 9_000_000),
    "words": lambda path: path.write_bytes(b"zyxword\n" * 1_200_000),
    "dots": lambda path: path.write_bytes(b"a." * 40_000 + b"a = 1\n"),
    "brackets": lambda path: path.write_bytes(b"a = " + b"[" * 40_000),
}


def limited() -> None:
    """A server that fills memory fails, not the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30, 4 * 2**30))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # A socket's name has to be short.
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "notes.md").write_text("the zyxalpha garden\n")
    return folder


def learnt(client: Client) -> int:
    return sum(folder["indexedFiles"] for folder in client.status()["folders"])


def words(client: Client, folder: Path, prefix: str) -> list[str]:
    client.until_ready()
    uri = client.open(f"we will {prefix}", (folder / f"{prefix}.md").as_uri())
    return client.words(uri, 0, 8 + len(prefix))


def works(client: Client, folder: Path) -> None:
    """Words are suggested and learnt, and the server leaves when it should."""
    assert words(client, folder, "dis")[0] == "discuss"
    client.until(lambda: "zyxalpha" in words(client, folder, "zyxal"))
    assert client.shut_down() == 0


@pytest.mark.parametrize("kind", HOSTILE)
def test_whatever_a_dictionary_is(start: Start, folder: Path, kind: str) -> None:
    HOSTILE[kind](folder / ".midword-words.txt")
    client = start(prepare=limited)
    client.initialize(folder)

    def told() -> list[str]:
        return [message for message in client.messages if "midword-words" in message]

    def asked_and_told() -> bool:
        words(client, folder, "zyxw")
        return kind == "dangling" or bool(told())

    # A long one is read meanwhile, and what is wrong with it is said at a later list.
    client.until(asked_and_told)
    words(client, folder, "zyxw")
    uri = (folder / "notes.md").as_uri()
    added = client.execute("midword.addWord", {"word": "new", "scope": "project", "uri": uri})
    assert added["saved"] == (kind == "dangling")
    if kind != "dangling":
        assert len(told()) == 2, "that it is left out, and that the word could not be saved"
        assert all(len(message) < 500 for message in told())
    works(client, folder)


@pytest.mark.parametrize("kind", HOSTILE)
def test_whatever_lies_about(start: Start, folder: Path, kind: str) -> None:
    (folder / "deep").mkdir()
    for name in (".midword.toml", ".gitignore", "deep/.gitignore", "a.md", "deep/z.txt"):
        HOSTILE[kind](folder / name)
    client = start(prepare=limited)
    client.initialize(folder)
    if kind != "dangling":
        client.wait_for("window/showMessage", lambda params: ".midword.toml" in params["message"])
    for name in ("a.md", ".gitignore", ".midword.toml"):
        change = {"changes": [{"uri": (folder / name).as_uri(), "type": 2}]}
        client.notify("workspace/didChangeWatchedFiles", change)
    works(client, folder)
    assert len(client.messages) == (kind != "dangling"), "told once"


LINES = [
    *(
        "!",
        "\\",
        "a\\",
        "build\\",
        "[z-a]",
        "[[:alpha:]",
        "a*" * 40 + "b",
        "*a" + "?" * 300,
        "\udcff",
    ),
    *("x" * 100_000, "\0", "\n".join(f"name{number}" for number in range(100_000))),
]


def test_a_long_gitignore_holds_up_no_learning(start: Start, folder: Path) -> None:
    """It is read once, however many files change below it."""
    lines = "\n".join(f"a*{i}*b*{i}*c" for i in range(6000))
    (folder / ".gitignore").write_text(lines)
    changed = [folder / f"file{i}.md" for i in range(200)]
    for path in changed:
        path.write_text("the zyxbeta garden\n")
    client = start("--stdio")
    client.initialize(folder)
    client.notify(
        "workspace/didChangeWatchedFiles",
        {"changes": [{"uri": path.as_uri(), "type": 2} for path in changed]},
    )
    client.open("the zyxgamma garden", (folder / "new.md").as_uri())
    client.until(lambda: "zyxgamma" in words(client, folder, "zyxgam"))
    assert client.shut_down() == 0


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:9])
def test_bad_lines_of_a_gitignore_are_skipped(start: Start, folder: Path, line: str) -> None:
    name = "a" * 200 + ".md"
    (folder / "deep").mkdir()
    for place in (folder, folder / "deep"):
        (place / name).write_text("the zyxlong garden\n")
        (place / "ignored.md").write_text("the zyxignored garden\n")
        text = f"\ufeffignored.md\n{line}\n"
        (place / ".gitignore").write_bytes(text.encode("utf-8", "surrogateescape"))
    client = start(prepare=limited)
    client.initialize(folder)
    client.until(lambda: learnt(client) == 3)
    assert "zyxignored" not in words(client, folder, "zyxi")
    works(client, folder)


@pytest.mark.parametrize("where", ["editor", "file", "options"])
def test_a_bad_glob_is_named_once(start: Start, folder: Path, where: str) -> None:
    names = ["include", "exclude", "indexExclude"]
    wrong = {name: ["*.tmp", "[z-a]", "\\"] for name in names}
    if where == "file":
        lines = [f"{name} = ['*.tmp', '[z-a]', '\\']\n" for name in names]
        (folder / ".midword.toml").write_text("".join(lines).replace("xE", "x-e"))
    client = start(settings=wrong if where == "editor" else {})
    client.initialize(folder, options=wrong if where == "options" else None)
    works(client, folder)
    (told,) = client.messages
    assert told.count("'[z-a]' is no glob") == 3
    assert told.count("its default, []") == 3


def test_globs_that_would_explode(start: Start, folder: Path) -> None:
    bomb = ["a*a*a*a*a*a*a*a*b", "*a" + "?" * 300] * 4
    name = "a" * 240 + ".md"
    (folder / name).write_text(TEXT)
    client = start(settings={"exclude": bomb, "include": [*bomb, "*"], "indexExclude": bomb})
    client.initialize(folder)
    uri = client.open(TEXT, (folder / name).as_uri())
    client.until_ready()
    assert client.words(uri, 0, 11)[0] == "discuss"
    works(client, folder)


BAD_VALUES: dict[str, Any] = {
    "model": ["x" * 300, "x\0y", "~nosuchuser/x", "x/" * 5000, "\ud800", 7, "a" * 1_000_000],
    "personalDictionary": ["~nosuchuser/x", "x" * 300, "x\0y", {"a": 1}],
    "projectDictionary": ["x\0y", "é" * 200, ["x"] * 100_000],
    "items": ["x" * 1_000_000, 10**4000, [[[["x"]]]]],
    "languages": [{"a" * 1_000_000: 1}, [1] * 1000],
    "exclude": [["x"] * 100_000, ["\ud800"], "*"],
    "\x1b[2J\u202egnp\n": [1],
}


def test_wrong_values_in_the_editors_settings(start: Start, folder: Path) -> None:
    client = start("--stdio", prepare=limited)
    client.initialize(folder)
    client.until_ready()
    for count, (name, value) in enumerate([(n, v) for n in BAD_VALUES for v in BAD_VALUES[n]], 1):
        client.settings = {name: value}
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.until(lambda: len(client.messages) == count)  # noqa: B023 - called at once
        assert len(client.messages[-1]) < 500
        assert client.messages[-1].isprintable()
        assert words(client, folder, "discus")
    works(client, folder)


@pytest.mark.parametrize("number", range(3))
def test_wrong_values_in_the_options(start: Start, folder: Path, number: int) -> None:
    wrong = {name: values[number % len(values)] for name, values in BAD_VALUES.items()}
    client = start(prepare=limited)
    client.initialize(folder, options=wrong)
    works(client, folder)
    (message,) = client.messages
    assert all(f"`{name}`" in message for name in wrong if name.isprintable())
    assert message.isprintable()


def test_a_hundred_thousand_unknown_names(start: Start, folder: Path) -> None:
    unknown = {f"name{number}": number for number in range(100_000)}
    lines = "".join(f"n{number} = 1\n" for number in range(5_000))
    (folder / ".midword.toml").write_text(lines)
    client = start(settings=dict(list(unknown.items())[:5_000]))  # it has to answer in time
    client.initialize(folder, options=unknown)
    client.until(lambda: len(client.messages) == 3)
    works(client, folder)
    assert len(client.messages) == 3, "one for each source"
    assert all(len(message) < 500 for message in client.messages)


@pytest.mark.parametrize("depth", [500, 20_000])
@pytest.mark.parametrize("where", ["editor", "options", "section"])
def test_settings_as_deep_as_a_well(start: Start, folder: Path, depth: int, where: str) -> None:
    client = start()
    mark = "deep in the well"
    options: Any = {"options": {"items": mark}, "section": {"midword": mark}}.get(where, {})
    client.settings = {"items": mark} if where == "editor" else {}
    send = client.send_body
    well = b"[" * depth + b"]" * depth
    client.send_body = lambda body: send(body.replace(b'"deep in the well"', well))  # type: ignore[method-assign]
    client.initialize(folder, options=options)
    if where != "section":
        client.wait_for("window/showMessage", lambda params: "`items`" in params["message"])
    works(client, folder)


# What is written, and what is read through links.


@pytest.mark.parametrize(
    ("where", "target"),
    [
        *(("editor", "{away}/words.txt"), ("editor", "../words.txt"), ("editor", "to.txt")),
        *(("options", "link/words.txt"), ("file", "{away}/words.txt"), ("file", "link/words.txt")),
    ],
)
def test_the_projects_dictionary_stays_in_the_folder(
    start: Start, folder: Path, tmp_path: Path, where: str, target: str
) -> None:
    (folder / "link").symlink_to(tmp_path)
    (folder / "to.txt").symlink_to(tmp_path / "words.txt")
    path = target.format(away=tmp_path)
    values = {"projectDictionary": path}
    if where == "file":
        (folder / ".midword.toml").write_text(f"project-dictionary = '{path}'\n")
    client = start(settings=values if where == "editor" else {})
    client.initialize(folder, options=values if where == "options" else None)
    client.wait_for("window/showMessage", lambda params: "ictionary" in params["message"])
    client.until_ready()
    uri = (folder / "notes.md").as_uri()
    saved = client.execute("midword.addWord", {"word": "new", "scope": "project", "uri": uri})
    assert saved == {"saved": True, "path": str(folder / ".midword-words.txt")}
    assert not (tmp_path / "words.txt").exists()


def test_a_link_to_a_secret_is_neither_read_nor_written(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("zyxsecret\n")
    (folder / ".midword-words.txt").symlink_to(secret)
    (folder / "diary.md").symlink_to(secret)
    client = start()
    client.initialize(folder)
    client.until(lambda: learnt(client) == 1)
    assert words(client, folder, "zyxs") == []
    uri = (folder / "notes.md").as_uri()
    for command in ("midword.addWord", "midword.neverSuggest"):
        saved = client.execute(command, {"word": "new", "scope": "project", "uri": uri})
        assert saved["saved"] is False
    assert secret.read_text() == "zyxsecret\n"
    assert (folder / ".midword-words.txt").is_symlink()
    assert any("out of its folder" in message for message in client.messages)


def test_a_link_inside_the_folder_stays_one(start: Start, folder: Path) -> None:
    (folder / "lists").mkdir()
    target = folder / "lists" / "words.txt"
    target.write_bytes(b"\xef\xbb\xbfzyxone\r\n")
    target.chmod(0o640)
    (folder / ".midword-words.txt").symlink_to("lists/words.txt")
    client = start()
    client.initialize(folder)
    uri = (folder / "notes.md").as_uri()
    assert "zyxone" in words(client, folder, "zyxo")
    client.execute("midword.addWord", {"word": "zyxtwo", "scope": "project", "uri": uri})
    assert (folder / ".midword-words.txt").is_symlink()
    assert target.read_bytes() == b"\xef\xbb\xbfzyxone\r\nzyxtwo\r\n"
    assert target.stat().st_mode & 0o777 == 0o640
    assert "zyxtwo" in words(client, folder, "zyxt")


def test_a_file_that_is_no_dictionary_is_not_written_to(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    profile = tmp_path / "home" / ".profile"
    profile.write_text("export A=1\nalias ll='ls -l'\n")
    client = start(settings={"personalDictionary": "~/.profile"})
    client.initialize(folder)
    client.until_ready()
    client.until(lambda: "personal" in client.status()["folders"][0]["dictionaries"])
    assert client.execute("midword.addWord", {"word": "rm"})["saved"] is False
    assert profile.read_text() == "export A=1\nalias ll='ls -l'\n"


def test_a_long_dictionary_counts_as_soon_as_it_is_read(start: Start, folder: Path) -> None:
    letters = "bcdfghjklmnpqrstvwxz"
    lines = [
        f"zyx{a}{b}{c}{d}\n" for a in letters for b in letters for c in letters for d in letters
    ]
    (folder / ".midword-words.txt").write_text("".join(lines))
    client = start()
    client.initialize(folder)
    client.until(lambda: words(client, folder, "zyxzzz") != [])
    works(client, folder)


def test_words_that_two_servers_save_at_once(start: Start, folder: Path) -> None:
    path = folder / ".midword-words.txt"
    saved: list[str] = []

    def add(client: Client, name: str, count: int) -> None:
        for number in range(count):
            word = name + "".join("abcdefghij"[int(digit)] for digit in str(number))
            arguments = {"word": word, "scope": "project", "uri": (folder / "notes.md").as_uri()}
            if client.execute("midword.addWord", arguments)["saved"]:
                saved.append(word)

    clients = [start(), start()]
    for client in clients:
        client.initialize(folder)
    threads = [
        threading.Thread(target=add, args=(client, name, 100))
        for client, name in zip(clients, "xy", strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(saved) == 200
    clients[0].process.kill()
    add(clients[1], "z", 10)
    assert sorted(path.read_text().split()) == sorted(saved)


# Trees.


@pytest.fixture
def deep_tree(folder: Path) -> Iterator[Path]:
    """Folders in folders, a file in each of the first; the path as a whole is too long."""
    here = os.open(folder, os.O_RDONLY)
    for number in range(1500):
        os.mkdir("deep", dir_fd=here)
        below = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
        if number < 200:
            file = os.open("a.md", os.O_WRONLY | os.O_CREAT, dir_fd=here)
            os.write(file, f"the zyxdeep garden {number}\n".encode())
            os.close(file)
    os.close(here)
    yield folder
    # Python's own way is recursive too, and pytest's.
    subprocess.run(["rm", "-r", str(folder / "deep")], check=True)


def test_a_deep_tree_is_learnt_as_far_as_a_bound(start: Start, deep_tree: Path) -> None:
    client = start(prepare=limited)
    client.initialize(deep_tree)
    client.until(lambda: learnt(client) >= 50)
    assert "zyxdeep" in words(client, deep_tree, "zyxd")
    works(client, deep_tree)


def test_names_that_are_no_text(start: Start, folder: Path) -> None:
    (folder / ".gitignore").write_text("*.tmp\n")
    (folder / "\udcff\n").mkdir()
    for letter, name in zip(
        "abcd", ["\udcff.md", "a\nb.md", "\udcff\n/c.md", "\x1b[2J.md"], strict=True
    ):
        (folder / name).write_text(f"the zyxname{letter} garden\n")
    client = start()
    client.initialize(folder)
    client.until(lambda: learnt(client) == 5)
    assert len(words(client, folder, "zyxname")) >= 4
    works(client, folder)


@pytest.mark.parametrize("place", ["/proc", "/dev", "/proc/self/fd", "{tmp}/none", "{tmp}/link"])
def test_a_workspace_that_is_none(start: Start, folder: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "link").symlink_to(folder)
    client = start(prepare=limited)
    client.initialize(Path(place.format(tmp=tmp_path)), folder)
    works(client, folder)


def test_a_workspace_that_goes_while_it_is_learnt(start: Start, folder: Path) -> None:
    away = folder.with_name("away")
    for number in range(300):
        (folder / f"{number}.md").write_text("the zyxaway garden\n")
    client = start()
    client.initialize(folder)
    folder.rename(away)
    client.until_ready()
    assert words(client, folder, "dis")[0] == "discuss"
    away.rename(folder)
    client.execute("midword.reload")
    works(client, folder)


@pytest.mark.parametrize("name", ["/" + "a" * 40_000, "/a" * 1000])
def test_what_is_said_of_a_long_name_can_be_read(start: Start, name: str) -> None:
    """Of one that no folder can have, and of one that is too deep to be made."""
    folder = Path(name)
    client = start()
    client.initialize(folder)
    client.until_ready()
    uri = client.open("the comm", (folder / "a.md").as_uri())
    assert client.words(uri, 0, 8)
    arguments = {"word": "kubelet", "uri": uri, "scope": "project"}
    assert client.execute("midword.addWord", arguments)["saved"] is False
    assert "setting `midword.projectDictionary`" in client.messages[-1]
    assert all(len(message) < 1000 for message in client.messages)
