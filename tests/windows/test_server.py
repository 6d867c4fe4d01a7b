"""The language server on Windows, over pipes as an editor starts it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest
from client import Client, at
from wine import Folder, Windows, path, vscode_uri

TEXT = "The committee will meet on Tuesday to "


def added(client: Client, word: str, uri: str, scope: str = "project") -> Path:
    """Put a word into a dictionary; the file that it says the word is in."""
    answer = client.execute("midword.addWord", {"word": word, "scope": scope, "uri": uri})
    return Path(answer["path"].removeprefix("z:").removeprefix("Z:").replace("\\", "/"))


def in_capitals(name: str) -> str:
    """Another spelling that Windows takes for the same name; ß has no capital there."""
    return "".join(letter if letter == "ß" else letter.upper() for letter in name)


@pytest.fixture(scope="module")
def document(project: Path) -> str:
    return vscode_uri(project / "new.md")


def test_a_word_is_typed_letter_by_letter(client: Client, document: str) -> None:
    uri = client.open(TEXT, document)
    assert client.words(uri, 0, len(TEXT))[0] == "discuss"
    for count, letter in enumerate("disc"):
        client.type(uri, 0, len(TEXT) + count, letter)
    assert client.words(uri, 0, len(TEXT) + 4)[0] == "discuss"


def test_lines_end_as_windows_ends_them(client: Client, document: str) -> None:
    uri = client.open(f"Über Łódź — 🙂.\r\n{TEXT}dis\r\n", document)
    assert client.words(uri, 1, len(TEXT) + 3)[0] == "discuss"


def test_hover_and_actions(client: Client, document: str) -> None:
    uri = client.open(f"{TEXT}discuss the budget.", document)
    hover = client.request("textDocument/hover", at(uri, 0, len(TEXT) + 2))
    assert hover["contents"]["value"].startswith("**discuss**: ")
    place = {"line": 0, "character": len(TEXT) + 2}
    actions = client.request(
        "textDocument/codeAction",
        {
            "textDocument": {"uri": uri},
            "range": {"start": place, "end": place},
            "context": {"diagnostics": [], "triggerKind": 1},
        },
    )
    assert any("dictionary" in action["title"] for action in actions)


@pytest.mark.parametrize("spelling", ["vscode", "plain", "capitals", "localhost"])
def test_a_file_is_in_its_folder_however_its_uri_is_written(
    client: Client, project: Path, spelling: str
) -> None:
    file = str(project / f"{spelling}.md")
    uri = {
        "vscode": f"file:///z%3A{quote(file)}",
        "plain": f"file:///Z:{quote(file)}",
        "capitals": f"file:///Z:{quote(in_capitals(file))}",
        "localhost": f"file://localhost/Z:{quote(file)}",
    }[spelling]
    client.until(lambda: "zyxgarten" in client.words(client.open("the zyxg", uri), 0, 8))


def test_the_projects_file_and_its_index_are_one(client: Client, project: Path) -> None:
    """A word that is taken out of an open file is not known from the disk either."""
    file = project / "notes.md"
    uri = f"file:///Z:{quote(in_capitals(str(file)))}"
    new = vscode_uri(project / "new.md")
    client.until(lambda: "zyxgarten" in client.words(client.open("the zyxg", new), 0, 8))
    client.open("nothing of it.", uri)
    client.until(lambda: "zyxgarten" not in client.words(client.open("the zyxg", new), 0, 8))
    client.close(uri)
    client.until(lambda: "zyxgarten" in client.words(client.open("the zyxg", new), 0, 8))


def test_status(client: Client, windows: Windows, project: Path) -> None:
    status = client.status()
    assert status["runtime"].startswith("onnx")
    assert 60 < status["memoryMegabytes"] < 1000
    (folder,) = (folder for folder in status["folders"] if folder["path"])
    here = str(path(project))
    assert folder["path"].casefold() == here.casefold()
    assert folder["dictionaries"]["personal"] == f"{path(windows.home)}\\midword\\dictionary.txt"
    project_s = folder["dictionaries"]["project"]
    assert project_s.casefold() == f"{here}\\Wörter\\liste.txt".casefold()


def begun(project: Path, text: str) -> Path:
    """The project's dictionary, with a text in it."""
    words = project / "Wörter" / "liste.txt"
    words.parent.mkdir(exist_ok=True)
    words.write_bytes(text.encode())
    return words


def test_a_dictionary_keeps_its_line_ends_and_its_mark(
    client: Client, project: Path, document: str
) -> None:
    words = begun(project, "\ufeff# unsere\r\nStraße\r\n")
    assert added(client, "zyxłódź", document) == words
    assert words.read_bytes() == "\ufeff# unsere\r\nStraße\r\nzyxłódź\r\n".encode()
    assert "zyxłódź" in client.words(client.open("the zyxł", document), 0, 8)


def test_the_personal_dictionary(client: Client, windows: Windows, document: str) -> None:
    words = windows.home / "midword" / "dictionary.txt"
    assert added(client, "zyxeigen", document, "personal") == words
    assert words.read_bytes().splitlines() == [b"zyxeigen"]


def test_a_word_waits_for_a_program_that_reads_the_dictionary(
    client: Client, windows: Windows, project: Path, document: str
) -> None:
    words = begun(project, "one\r\n")
    code = "import sys, time; f = open(sys.argv[1]); print('open', flush=True); time.sleep(0.5)"
    with windows.start(code, str(path(words))) as reader:
        assert _line(reader) == b"open"
        added(client, "zyxwait", document)
        assert words.read_bytes() == b"one\r\nzyxwait\r\n"


def test_a_folder_on_another_machine(client: Client) -> None:
    uri = "file://zyxserver/Gemeinsam%20B%C3%BCro"
    folder = {"uri": uri, "name": "Büro"}
    client.notify(
        "workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}}
    )
    text = client.open(TEXT, f"{uri}/Ma%C3%9F.md")
    assert client.words(text, 0, len(TEXT))[0] == "discuss"
    paths = [folder["path"] for folder in client.status()["folders"]]
    assert "\\\\zyxserver\\Gemeinsam Büro\\" in paths
    client.notify(
        "workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}}
    )


def test_a_folders_file_leads_to_no_other_machine(client: Client, tmp_path: Path) -> None:
    """Windows would tell it who is logged in."""
    names = {"model": "\\\\zyxhost\\model", "project-dictionary": "//zyxhost/words.txt"}
    (tmp_path / ".midword.toml").write_text(
        "".join(f"{name} = '{value}'\n" for name, value in names.items())
    )
    folder = {"uri": vscode_uri(tmp_path), "name": "clone"}
    client.notify(
        "workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}}
    )
    for name in names:
        client.wait_for(
            "window/showMessage",
            lambda params: f"`{name}`" in params["message"],  # noqa: B023 - called at once
        )
    told = [message for message in client.messages if "zyxhost" in message]
    assert all("lies on another machine" in message for message in told)
    client.notify(
        "workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}}
    )


@pytest.fixture(scope="module")
def second(windows: Windows, project: Path) -> Client:
    """What `midword connect` is where no server listens: one of its own."""
    client = windows.serve("--stdio", command="connect")
    client.initialize(Folder(vscode_uri(project), project.name))
    return client


def test_connect_without_a_daemon(second: Client, document: str) -> None:
    second.until_ready()
    uri = second.open(f"{TEXT}dis", document)
    assert second.words(uri, 0, len(TEXT) + 3)[0] == "discuss"


def test_two_servers_lose_no_word(
    client: Client, second: Client, project: Path, document: str
) -> None:
    words = begun(project, "one\r\n")
    numbers = ["eins", "zwei", "drei", "vier", "acht", "neun", "zehn", "elf"]
    asked = [
        (server, server.ask("workspace/executeCommand", _add(f"zyx{name}{number}", document)))
        for number in numbers
        for name, server in (("erst", client), ("zweit", second))
    ]
    for server, request in asked:
        server.answer_to(request)
    kept = words.read_bytes().decode().split("\r\n")
    expected = [f"zyx{name}{number}" for number in numbers for name in ("erst", "zweit")]
    assert sorted(kept) == sorted(["", "one", *expected])
    assert [other.name for other in words.parent.iterdir()] == ["liste.txt"]


def _add(word: str, uri: str) -> dict[str, object]:
    arguments = {"word": word, "scope": "project", "uri": uri}
    return {"command": "midword.addWord", "arguments": [arguments]}


def test_shutting_down(second: Client) -> None:
    assert second.shut_down() == 0


EDITOR = """
import os, subprocess, sys, time
if "--serve" in sys.argv:
    command = [sys.executable, "-m", "midword", "serve", "--stdio"]
    subprocess.Popen(command, stdin=sys.stdin, stdout=sys.stdout)
else:
    print(os.getpid(), flush=True)
time.sleep(100)
"""


def test_the_editor_is_killed(windows: Windows) -> None:
    """While somebody else, here the test, keeps the pipe open."""
    with windows.start(EDITOR) as editor:
        client = windows.serve("--stdio")
        client.initialize(process_id=int(_line(editor)))
        client.status()
        editor.kill()
        editor.wait()
        assert client.wait(timeout=20) == 1


def test_an_editor_that_does_not_say_who_it_is_is_killed(windows: Windows) -> None:
    """The server is its child; the test keeps its pipes."""
    windows.starts += 1
    with windows.start(EDITOR, "--serve") as editor:
        assert editor.stdin is not None
        assert editor.stdout is not None
        params = '{"processId": null, "rootUri": null, "capabilities": {}}'
        body = f'{{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {params}}}'
        editor.stdin.write(f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        editor.stdin.flush()
        assert _line(editor).startswith(b"Content-Length: ")
        editor.kill()
        editor.wait()
        editor.stdout.read()  # until the server, which has the other end, is gone


def _line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    return process.stdout.readline().rstrip()
