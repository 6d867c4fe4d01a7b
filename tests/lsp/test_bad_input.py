"""What no client should send and no disk should do: a clear message, never a lost editor."""

from __future__ import annotations

import json
import os
import resource
import shutil
from pathlib import Path
from typing import Any

import pytest
from client import Client, RefusedError, at, completion_at, insertion

from conftest import Start

TEXT = "the committee will meet on tuesday to "
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602


def alive(client: Client) -> None:
    """The server still suggests words."""
    client.until_ready()
    uri = client.open("we will dis the plan", "file:///alive.md")
    assert client.words(uri, 0, 11)[0] == "discuss"


# Texts.


def test_an_empty_file(client: Client) -> None:
    uri = client.open("", "file:///empty.md")
    assert isinstance(client.complete(uri, 0, 0)["items"], list)
    assert client.request("textDocument/hover", at(uri, 0, 0)) is None
    client.type(uri, 0, 0, "T")
    words = client.words(uri, 0, 1)
    assert words
    assert all(word.startswith("T") for word in words)


def test_one_line_of_5_mb(client: Client) -> None:
    text = "the committee will meet on tuesday to discuss the budget " * 92_000
    uri = client.open(text, "file:///long.md")
    middle = len(text) // 2 // 57 * 57
    client.type(uri, 0, middle, "we will dis ")
    assert client.words(uri, 0, middle + 11)[0].startswith("dis")
    client.close(uri)
    alive(client)


def test_a_line_without_a_blank_of_5_mb(client: Client) -> None:
    uri = client.open("x" * 5_000_000, "file:///letters.md")
    client.complete(uri, 0, 2_500_000)
    client.type(uri, 0, 2_500_000, " ")
    client.complete(uri, 0, 2_500_001)
    client.close(uri)
    alive(client)


def test_binary(client: Client) -> None:
    data = bytes(range(256)) * 4000
    for language in ("markdown", "plaintext"):
        uri = client.open(data.decode("latin-1"), f"file:///binary.{language}", language)
        for character in range(0, 200, 20):
            client.complete(uri, 1, character)
        client.close(uri)
    alive(client)


def test_lone_surrogates(client: Client) -> None:
    uri = client.open("the \ud800 garden \udfff behind the ho", "file:///surrogates.md")
    client.type(uri, 0, 0, "\udc00 ")
    items = client.complete(uri, 0, 34)["items"]
    assert items
    assert {item["filterText"] for item in items} == {"ho"}
    assert client.request("textDocument/hover", at(uri, 0, 8)) is not None


def test_positions_past_the_end(client: Client) -> None:
    uri = client.open("we will dis", "file:///past.md")
    assert client.words(uri, 0, 9_999)[0] == "discuss"
    assert client.words(uri, 9_999, 0)[0] == "discuss"
    client.type(uri, 7, 7, "cuss the plan and re")
    assert client.words(uri, 0, 9_999)[0].startswith("re")
    client.edit(
        uri,
        {
            "range": {
                "start": {"line": 5, "character": 5},
                "end": {"line": 0, "character": 8},
            },
            "text": "dis",
        },
    )
    assert client.words(uri, 0, 11)[0] == "discuss"


@pytest.mark.parametrize("position", [-1, 2**31, 1.5, "0", None])
def test_positions_that_are_none(client: Client, position: Any) -> None:
    uri = client.open("we will dis", "file:///none.md")
    params = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": position}}
    try:
        client.request("textDocument/completion", params)
    except RefusedError as refused:
        assert refused.code == INVALID_PARAMS
    alive(client)


def test_a_position_inside_a_character(client: Client) -> None:
    uri = client.open("🙂 we will dis", "file:///inside.md")
    client.complete(uri, 0, 1)
    client.type(uri, 0, 1, "x")
    assert client.words(uri, 0, 15)[0] == "discuss"


@pytest.mark.parametrize("language", ["klingon", "", "🙂", "x" * 10_000])
def test_unknown_languages(client: Client, language: str) -> None:
    uri = client.open(TEXT, "file:///language", language)
    assert client.complete(uri, 0, len(TEXT)) is None
    client.type(uri, 0, 0, "x")
    alive(client)


@pytest.mark.parametrize(
    "uri", ["", "untitled:Untitled-1", "file:///%00", "file://%", "no uri at all", "file:///" * 99]
)
def test_odd_names_of_documents(client: Client, uri: str) -> None:
    client.open("we will dis", uri)
    assert client.words(uri, 0, 11)[0] == "discuss"
    client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    client.close(uri)
    alive(client)


# Messages out of step.


def test_versions_out_of_order(client: Client) -> None:
    uri = client.open("", "file:///versions.md")
    for version, letters in ((7, "we "), (3, "will "), (3, "dis")):
        client.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": version},
                "contentChanges": [insertion(0, 999, letters)],
            },
        )
    assert client.words(uri, 0, 11)[0] == "discuss"


def test_did_change_before_did_open(client: Client) -> None:
    uri = "file:///never-opened.md"
    client.type(uri, 0, 0, "we will dis")
    assert client.complete(uri, 0, 11) is None
    client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    client.close(uri)
    alive(client)


def test_opened_twice_and_closed_twice(client: Client) -> None:
    uri = client.open("the garden")
    client.open("we will dis", uri)
    assert client.words(uri, 0, 11)[0] == "discuss"
    client.close(uri)
    client.close(uri)
    alive(client)


def test_requests_before_initialize(start: Start) -> None:
    client = start()
    client.open("we will dis")
    with pytest.raises(RefusedError) as refused:
        client.complete("file:///text.md", 0, 11)
    assert refused.value.code == -32002
    client.initialize()
    alive(client)


def test_initialize_twice(client: Client) -> None:
    with pytest.raises(RefusedError) as refused:
        client.initialize()
    assert refused.value.code == INVALID_REQUEST


# No JSON-RPC.


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", PARSE_ERROR),
        (b"\xff\xfe\x00", PARSE_ERROR),
        (b"[" * 100_000, PARSE_ERROR),
        (b"[]", INVALID_REQUEST),
        (b"null", INVALID_REQUEST),
        (b'"text"', INVALID_REQUEST),
        (b'{"id": 1, "method": "shutdown"}', INVALID_REQUEST),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "shutdown"}', INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 7}', INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "shutdown"}', INVALID_REQUEST),
        (b'{"jsonrpc": "2.0", "id": "x", "method": "no/such"}', METHOD_NOT_FOUND),
        (b'{"jsonrpc": "2.0", "id": "x", "method": "textDocument/hover"}', INVALID_PARAMS),
        (
            b'{"jsonrpc": "2.0", "id": "x", "method": "textDocument/hover", "params": [1]}',
            INVALID_PARAMS,
        ),
    ],
)
def test_messages_that_are_none(client: Client, body: bytes, code: int) -> None:
    before = len(client.strays)
    client.send_body(body)
    client.until(lambda: len(client.strays) > before)
    assert client.strays[-1]["error"]["code"] == code
    alive(client)


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc": "2.0", "id": 77777, "result": 1}',
        b'{"jsonrpc": "2.0", "id": null, "error": {"code": 1, "message": "?"}}',
        b'{"jsonrpc": "2.0", "method": "no/such"}',
        b'{"jsonrpc": "2.0", "method": "$/no/such", "params": {}}',
        b'{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"no": 1}}',
        b'{"jsonrpc": "2.0", "method": "textDocument/didOpen"}',
        b'{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": 7}',
    ],
)
def test_messages_that_need_no_answer(client: Client, body: bytes) -> None:
    before = len(client.strays)
    client.send_body(body)
    alive(client)
    assert len(client.strays) == before


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"Content-Length: many\r\n\r\n",
        b"Content-Length: -5\r\n\r\n",
        b"\r\n\r\n\n\n",
        b"\x00\x01\x02\r\n\r\n",
        b"Content-Length: 3\r\n\r\n{}Content-Length: 2\r\n\r\n",
        b"x" * 200_000 + b"\r\n\r\n",
    ],
)
def test_bytes_that_are_no_message(client: Client, data: bytes) -> None:
    client.send_bytes(data)
    client.send_bytes(b"\r\n\r\n")
    alive(client)


def test_headers_in_other_shapes(client: Client) -> None:
    body = json.dumps(
        {"jsonrpc": "2.0", "id": "shape", "method": "no/such", "params": {"a": "é"}},
        ensure_ascii=False,
    ).encode()
    header = (
        b"content-type: application/vscode-jsonrpc; charset=utf-8\r\n"
        b"content-length:%d\r\n\r\n" % len(body)
    )
    before = len(client.strays)
    for byte in header + body:
        client.send_bytes(bytes([byte]))
    client.until(lambda: len(client.strays) > before)
    assert client.strays[-1]["id"] == "shape"


# Models, disks and homes.


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "text"])
def test_a_model_that_cannot_be_loaded(
    start: Start, tmp_path: Path, tiny_model: Path, damage: str
) -> None:
    model = tmp_path / "model"
    if damage == "empty":
        model.mkdir()
    elif damage != "missing":
        shutil.copytree(tiny_model, model)
        for file in [*model.glob("*.onnx"), *model.glob("*.safetensors")]:
            data = file.read_bytes()
            file.write_bytes(data[: len(data) // 2] if damage == "cut" else b"text\n" * 1000)
    client = start("--stdio", "--model", str(model))
    client.initialize()
    uri = client.open("the zyxgarden is red. the zyx")
    shown = client.wait_for("window/showMessage")
    assert shown["type"] == 1
    assert str(model) in shown["message"]
    client.until_ready("degraded")
    assert "zyxgarden" in client.words(uri, 0, 29)
    assert len(client.messages) == 1
    assert client.request("textDocument/hover", at(uri, 0, 6)) is None
    assert client.shut_down() == 0


def cannot_write() -> None:
    """A disk without room: no file can grow."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_a_full_disk(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    client = start("--stdio", "--log-file", str(log), "--log-level", "debug", prepare=cannot_write)
    client.initialize()
    client.until_ready()
    answer = client.execute("midword.addWord", {"word": "garden", "scope": "personal"})
    assert answer["saved"] is False
    (message,) = client.messages
    assert "could not be saved" in message
    assert "Make room" in message
    uri = client.open("we will dis")
    assert client.words(uri, 0, 11) != []
    assert client.shut_down() == 0


def test_a_read_only_home(start: Start, tmp_path: Path) -> None:
    """A file where the folder should be: root may write to any folder."""
    shutil.rmtree(tmp_path / "home" / "data")
    (tmp_path / "home" / "data").write_text("")
    client = start()
    client.initialize()
    client.until_ready()
    assert client.execute("midword.addWord", {"word": "garden"})["saved"] is False
    assert "could not be saved" in client.messages[0]
    assert "bundled" in [m["name"] for m in client.execute("midword.models")["models"]]
    alive(client)


def test_a_log_that_cannot_be_written(start: Start, tiny_model: Path) -> None:
    client = start("--stdio", "--model", str(tiny_model), "--log-file", "/proc/no/such.log")
    client.initialize()
    alive(client)
    assert client.shut_down() == 0
    assert b"can't log to /proc/no/such.log" in client.stderr


def test_a_dictionary_that_is_none(start: Start, tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(os.urandom(100_000))
    for path in (binary, tmp_path, Path("/dev/zero")):
        client = start(settings={"personalDictionary": str(path)})
        client.initialize()
        client.until_ready()
        alive(client)


def test_many_requests_at_once(client: Client) -> None:
    uri = client.open(TEXT * 50, "file:///many.md")
    asked = [
        client.ask("textDocument/completion", completion_at(uri, 0, character))
        for character in range(0, 1800, 6)
    ]
    for msg_id in asked[::2]:
        client.notify("$/cancelRequest", {"id": msg_id})
    *others, latest = asked
    for msg_id in others:
        try:
            client.answer_to(msg_id)
        except RefusedError as refused:
            assert refused.code in (-32800, -32801)
    assert client.answer_to(latest)["isIncomplete"] is True, "nothing overtook or cancelled it"
    alive(client)
