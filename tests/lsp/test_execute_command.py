"""`workspace/executeCommand`: status, switches, models, dictionaries."""

from __future__ import annotations

from pathlib import Path

import pytest
from client import Client, RefusedError

from conftest import Start

TEXT = "the committee will meet on tuesday to "


def test_status_tells_how_the_server_fares(client: Client) -> None:
    uri = client.open(TEXT, "file:///status.md")
    for character in (38, 38, 37):
        client.words(uri, 0, character)
    status = client.status()
    assert status["state"] == "ready"
    assert status["model"] == "tiny-bert"
    assert status["runtime"].startswith("onnx-")
    assert status["device"] == "cpu"
    assert status["memoryMegabytes"] > 10
    (model,) = status["models"]
    assert model["passes"] >= 1
    assert model["cache"]["hits"] >= 1
    assert model["latencyMs"]["p50"] <= model["latencyMs"]["p95"]


def test_switch_a_file(client: Client) -> None:
    one, two = client.open(TEXT, "file:///one.md"), client.open(TEXT, "file:///two.md")
    answer = client.execute("midword.toggle", {"scope": "file", "uri": one})
    assert answer == {"scope": "file", "enabled": False}
    assert client.words(one, 0, 38) == []
    assert client.words(two, 0, 38) != []
    assert client.execute("midword.toggle", {"scope": "file", "uri": one})["enabled"] is True
    assert client.words(one, 0, 38) != []


def test_switch_a_language_and_everything(start: Start) -> None:
    client = start()
    client.initialize(options={"statusNotifications": True})
    client.until_ready()
    markdown = client.open(TEXT, "file:///a.md")
    plain = client.open(TEXT, "file:///a.txt", "plaintext")
    language = {"scope": "language", "languageId": "plaintext"}
    client.execute("midword.toggle", {**language, "enabled": False})
    assert client.words(plain, 0, 38) == []
    assert client.words(markdown, 0, 38) != []
    client.execute("midword.toggle", {"scope": "everywhere", "enabled": False})
    assert client.words(markdown, 0, 38) == []
    client.wait_for("midword/status", lambda params: params["state"] == "paused")
    client.execute("midword.toggle", {"scope": "everywhere", "enabled": True})
    assert client.words(plain, 0, 38) != []


def test_status_says_why_a_document_is_paused(start: Start) -> None:
    client = start()
    client.initialize(options={"languages": {"plaintext": False}})
    markdown, plain = (
        client.open(TEXT, "file:///a.md"),
        client.open(TEXT, "file:///a.txt", "plaintext"),
    )

    def paused(uri: str) -> object:
        return client.execute("midword.status", {"uri": uri})["paused"]

    assert (paused(markdown), paused(plain)) == (None, "settings")
    for scope in ("everywhere", "language", "file"):
        switch = {"scope": scope, "uri": markdown, "languageId": "markdown", "enabled": False}
        client.execute("midword.toggle", switch)
        assert paused(markdown) == scope
    client.execute("midword.toggle", {**switch, "enabled": True})
    assert paused(markdown) is None
    assert "paused" not in client.execute("midword.status", {"uri": "file:///unknown.md"})


def test_status_says_what_is_on(start: Start) -> None:
    client = start()
    client.initialize(options={"languages": {"plaintext": False}})
    markdown, plain = (
        client.open(TEXT, "file:///a.md"),
        client.open(TEXT, "file:///a.txt", "plaintext"),
    )

    def on(uri: str) -> tuple[bool, bool, bool]:
        found = client.execute("midword.status", {"uri": uri})["on"]
        return found["file"], found["language"], found["everywhere"]

    assert on(markdown) == (True, True, True)
    assert on(plain) == (False, False, True)
    of_plain = {"uri": plain, "languageId": "plaintext"}
    client.execute("midword.toggle", {**of_plain, "scope": "file", "enabled": True})
    assert on(plain) == (True, False, True)
    client.execute("midword.toggle", {"scope": "everywhere", "enabled": False})
    assert on(plain) == on(markdown) == (False, False, False)
    client.execute("midword.toggle", {**of_plain, "scope": "language", "enabled": True})
    assert on(plain) == (True, True, False)


def test_choose_another_model(start: Start, tiny_model: Path) -> None:
    client = start("--stdio")
    client.answers["window/showMessageRequest"] = lambda params: params["actions"][0]
    client.initialize()
    client.execute("midword.chooseModel", {"model": str(tiny_model)})
    client.until(lambda: client.status()["model"] == "tiny-bert")
    client.until_ready()
    assert len(client.status()["models"]) == 1


def test_reload(client: Client) -> None:
    assert client.execute("midword.reload") == {}
    client.until_ready()
    assert client.words(client.open(TEXT, "file:///reload.md"), 0, 38) != []


def test_list_models(client: Client) -> None:
    names = [model["name"] for model in client.execute("midword.models")["models"]]
    assert "bundled" in names


def test_add_and_forbid_a_word(start: Start, tmp_path: Path) -> None:
    client = start()
    client.initialize()
    client.until_ready()
    uri = client.open("we will zyx", "file:///a.md")
    assert "zyxomatic" not in client.words(uri, 0, 11)
    saved = client.execute("midword.addWord", {"word": "zyxomatic", "scope": "personal"})
    assert saved["saved"] is True
    path = Path(saved["path"])
    assert path.is_relative_to(tmp_path)
    assert path.read_text() == "zyxomatic\n"
    items = {item["label"]: item for item in client.complete(uri, 0, 11)["items"]}
    assert "dictionary" in items["zyxomatic"]["detail"]
    client.execute("midword.neverSuggest", {"word": "zyxomatic"})
    assert path.read_text() == "-zyxomatic\n"
    assert "zyxomatic" not in client.words(uri, 0, 11)


def test_a_dictionary_edited_by_hand_counts_at_once(start: Start, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    client = start(settings={"personalDictionary": str(words)})
    client.initialize()
    client.until_ready()
    uri = client.open("we will zyx", "file:///a.md")
    words.write_text("# mine\nzyxoxide\n")
    assert "zyxoxide" in client.words(uri, 0, 11)


@pytest.mark.parametrize(
    ("command", "argument"),
    [
        ("midword.toggle", {"scope": "galaxy"}),
        ("midword.toggle", {"scope": "file"}),
        ("midword.addWord", {"word": "two words"}),
        ("midword.addWord", {"word": 7}),
        ("midword.addWord", {"word": "word", "scope": "galaxy"}),
        ("midword.chooseModel", {"model": []}),
        ("midword.toggle", "everywhere"),
        ("midword.fly", {}),
    ],
)
def test_wrong_arguments_are_refused(client: Client, command: str, argument: object) -> None:
    with pytest.raises(RefusedError) as refused:
        client.execute(command, argument)
    assert refused.value.code == -32602
