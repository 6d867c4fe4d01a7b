"""Open folders: their prose is learnt in the background, within limits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from client import Client

from conftest import Start


def project(path: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def listed(client: Client, folder: Path, prefix: str) -> list[str]:
    client.until_ready()
    uri = client.open(f"we will {prefix}", (folder / "new.md").as_uri())
    return client.words(uri, 0, 8 + len(prefix))


def offers(client: Client, folder: Path, prefix: str) -> set[str]:
    # Plurals of one's own words are offered too, wherever the words come from.
    return {word for word in listed(client, folder, prefix) if not word.endswith("s")}


def indexed(client: Client) -> int:
    return sum(folder["indexedFiles"] for folder in client.status()["folders"])


def test_words_of_the_folders_files(start: Start, tmp_path: Path) -> None:
    folder = project(
        tmp_path / "project",
        {
            "notes.md": "the zyxalpha garden",
            "deep/er/chapter.txt": "the zyxbeta garden",
            "script.py": "# the zyxcode garden",
            ".hidden/a.md": "the zyxhidden garden",
            "node_modules/a.md": "the zyxforeign garden",
            "ignored/a.md": "the zyxignored garden",
            ".gitignore": "/ignored/\n",
            "deep/.gitignore": "*.tmp.md\n",
            "deep/a.tmp.md": "the zyxtemporary garden",
            "binary.txt": b"the zyxbinary garden \0",
            "code.md": "```\nthe zyxblock garden\n```\n",
        },
    )
    client = start()
    client.initialize(folder)
    client.until(lambda: indexed(client) == 3)
    assert offers(client, folder, "zyx") == {"zyxalpha", "zyxbeta"}


@pytest.mark.parametrize(
    "setting",
    [
        "index-workspace = false",
        "index-max-files = 0",
        "index-max-megabytes = 0",
        'index-exclude = ["*.md"]',
        'exclude = ["notes*"]',
    ],
)
def test_limits(start: Start, tmp_path: Path, setting: str) -> None:
    notes = {"notes.md": "the zyxalpha garden", ".midword.toml": setting}
    folder = project(tmp_path / "project", notes)
    other = project(tmp_path / "other", {"notes.md": "the zyxbeta garden"})
    client = start()
    client.initialize(folder, other)
    # Folders are learnt in turn: by then the first one would have been too.
    client.until(lambda: "zyxbeta" in offers(client, other, "zyx"))
    assert "zyxalpha" not in offers(client, folder, "zyx")
    assert indexed(client) == 1


def test_folders_keep_their_words_apart(start: Start, tmp_path: Path) -> None:
    one = project(tmp_path / "one", {"a.md": "the zyxone garden"})
    two = project(tmp_path / "two", {"a.md": "the zyxtwo garden"})
    client = start()
    client.initialize(one, two)
    client.until(lambda: indexed(client) == 2)
    assert offers(client, one, "zyx") == {"zyxone"}
    assert offers(client, two, "zyx") == {"zyxtwo"}


def test_a_file_that_changed_and_one_that_is_gone(start: Start, tmp_path: Path) -> None:
    folder = project(
        tmp_path / "project", {"a.md": "the zyxold garden", "b.md": "the zyxgone garden"}
    )
    client = start()
    client.initialize(folder)
    client.until(lambda: indexed(client) == 2)
    project(
        folder,
        {
            "a.md": "the zyxnew garden",
            "node_modules/c.md": "the zyxforeign garden",
            ".gitignore": "ignored\n",
            "ignored/d.md": "the zyxignored garden",
        },
    )
    (folder / "b.md").unlink()
    changes = [
        {"uri": (folder / name).as_uri(), "type": 2}
        for name in ("node_modules/c.md", "ignored/d.md", "a.md", "b.md")
    ]
    client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    client.until(lambda: offers(client, folder, "zyx") == {"zyxnew"})


def test_the_editors_text_counts_while_it_is_open(start: Start, tmp_path: Path) -> None:
    folder = project(tmp_path / "project", {"a.md": "the zyxdisk garden"})
    client = start()
    client.initialize(folder)
    client.until(lambda: indexed(client) == 1)
    uri = client.open("the zyxeditor garden", (folder / "a.md").as_uri())
    client.until(lambda: offers(client, folder, "zyx") == {"zyxeditor"})
    client.close(uri)
    client.until(lambda: offers(client, folder, "zyx") == {"zyxdisk"})


def notebook(*cells: tuple[str, str]) -> str:
    """A notebook's file; a picture lies in it that is longer than other files may be."""
    picture = {"output_type": "display_data", "data": {"image/png": "iVBORw0K" * 2**17}}
    listed = [{"cell_type": kind, "source": [text], "outputs": [picture]} for kind, text in cells]
    return json.dumps({"cells": listed, "nbformat": 4})


def test_words_of_a_notebooks_markdown_cells(start: Start, tmp_path: Path) -> None:
    cells = (
        ("markdown", "the zyxalpha garden\n\n```\nthe zyxblock garden"),
        ("raw", "the zyxraw one"),
    )
    folder = project(
        tmp_path / "project",
        {
            "a.ipynb": notebook(*cells),
            "b.ipynb": "the zyxnone garden",
            "c.ipynb": notebook(("code", "# the zyxcode garden")),
            ".ipynb_checkpoints/a.ipynb": notebook(("markdown", "the zyxold garden")),
        },
    )
    client = start()
    client.initialize(folder)
    client.until(lambda: indexed(client) == 2)
    assert offers(client, folder, "zyx") == {"zyxalpha"}
    project(folder, {"a.ipynb": notebook(("markdown", "the zyxnew garden"))})
    changes = [{"uri": (folder / "a.ipynb").as_uri(), "type": 2}]
    client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    client.until(lambda: offers(client, folder, "zyx") == {"zyxnew"})


def test_a_closed_draft_without_a_file_is_forgotten(client: Client) -> None:
    uri = client.open("the zyxdraft garden", "untitled:draft")
    other = client.open("we will zyxd", "file:///other.md")
    client.until(lambda: "zyxdraft" in client.words(other, 0, 12))
    client.close(uri)
    client.until(lambda: "zyxdraft" not in client.words(other, 0, 12))


def test_folders_come_and_go(start: Start, tmp_path: Path) -> None:
    one = project(tmp_path / "one", {"a.md": "the garden"})
    two = project(tmp_path / "two", {"a.md": "the zyxtwo garden", ".midword.toml": "items = 1\n"})
    client = start()
    client.initialize(one)
    event = {"added": [{"uri": two.as_uri(), "name": "two"}], "removed": []}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    client.until(lambda: offers(client, two, "zyx") == {"zyxtwo"})
    assert len(listed(client, two, "")) == 1
    event = {"added": [], "removed": [{"uri": two.as_uri(), "name": "two"}]}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    client.until(lambda: len(client.status()["folders"]) == 2)
    assert len(offers(client, two, "")) > 1


def test_switched_off_documents_are_not_remembered(start: Start) -> None:
    client = start()
    client.initialize()
    client.until_ready()
    secret = client.open("the zyxsecret garden", "file:///secret.md")
    other = client.open("we will zyxs", "file:///other.md")
    client.until(lambda: "zyxsecret" in client.words(other, 0, 12))
    client.execute("midword.toggle", {"scope": "file", "uri": secret, "enabled": False})
    client.until(lambda: "zyxsecret" not in client.words(other, 0, 12))
