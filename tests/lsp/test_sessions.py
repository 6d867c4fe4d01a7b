"""Several clients of one engine in a process: nobody notices others, nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from midword.engine.engine import Engine
from midword.lsp.server import new_session
from midword.lsp.session import Session

Json = dict[str, Any]
TEXT = "the committee will meet on tuesday to "
PATIENCE = 30.0


class Talk:
    """A conversation with a session, without a wire between."""

    def __init__(self, engine: Engine, **settings: Any) -> None:
        self.session: Session = new_session(engine)
        self.session.connect(self)
        self.said: list[Json] = []
        self._settings = settings
        self._ids = 0

    def write(self, body: bytes) -> None:
        message = json.loads(body)
        if message.get("method") == "workspace/configuration":
            answers = [self._settings for _ in message["params"]["items"]]
            reply = {"jsonrpc": "2.0", "id": message["id"], "result": answers}
            asyncio.get_running_loop().call_soon(self._receive, reply)
        self.said.append(message)

    def notify(self, method: str, params: Json) -> None:
        self._receive({"jsonrpc": "2.0", "method": method, "params": params})

    async def request(self, method: str, params: Json) -> Any:
        return (await self.answer_to(self.ask(method, params)))["result"]

    def ask(self, method: str, params: Json) -> str:
        self._ids += 1
        msg_id = f"mine-{self._ids}"
        self._receive({"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params})
        return msg_id

    async def answer_to(self, msg_id: str) -> Json:
        async with asyncio.timeout(PATIENCE):
            while True:
                for message in self.said:
                    if message.get("id") == msg_id:
                        return message
                await asyncio.sleep(0.005)

    async def begin(self, state: str = "ready") -> None:
        params = {
            "processId": None,
            "rootUri": None,
            "capabilities": {"workspace": {"configuration": True}},
            "initializationOptions": {"statusNotifications": True},
        }
        await self.request("initialize", params)
        self.notify("initialized", {})
        async with asyncio.timeout(PATIENCE):
            while (await self.status())["state"] != state:
                await asyncio.sleep(0.01)

    async def status(self) -> Json:
        found: Json = await self.request(
            "workspace/executeCommand", {"command": "midword.status", "arguments": []}
        )
        return found

    def open(self, text: str, uri: str = "file:///text.md") -> None:
        item = {"uri": uri, "languageId": "markdown", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def type(self, text: str, character: int, uri: str = "file:///text.md") -> None:
        at = {"line": 0, "character": character}
        change = {"range": {"start": at, "end": at}, "text": text}
        self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]},
        )

    async def words(self, character: int, uri: str = "file:///text.md") -> list[str]:
        at = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": character}}
        found = await self.request("textDocument/completion", at)
        return [item["label"] for item in found["items"]]

    def _receive(self, message: Json) -> None:
        self.session.protocol.receive(json.dumps(message).encode())


@pytest.fixture
async def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    engine = Engine()
    yield engine
    engine.close()


async def test_settings_of_one_keep_the_models_of_others(
    engine: Engine, tiny_model: Path, build_model: Any
) -> None:
    one = Talk(engine, model="bundled")
    other = Talk(engine, model="")
    await one.begin()
    await other.begin()
    (reader,) = engine.readers(one.session)
    assert engine.readers(other.session) == [reader], 'the default and "bundled" are one model'
    assert engine.all_readers == [reader]
    other.notify("workspace/didChangeConfiguration", {"settings": {}})
    other.session.close()
    assert engine.readers(one.session) == [reader], "still the same, not loaded anew"
    one.open(TEXT)
    assert "discuss" in await one.words(len(TEXT))
    one.session.close()


@pytest.mark.parametrize(("model", "state"), [("", "ready"), ("no-such-model", "degraded")])
async def test_who_comes_later_is_told_how_the_model_fares(
    engine: Engine, model: str, state: str
) -> None:
    for _ in range(2):
        talk = Talk(engine, model=model)
        await talk.begin(state)
        said: Json = {}
        async with asyncio.timeout(PATIENCE):
            while said.get("midword/status", {}).get("state") != state:
                said = {m["method"]: m["params"] for m in talk.said if "method" in m}
                await asyncio.sleep(0.01)
        assert ("window/showMessage" in said) == (state == "degraded")


async def test_who_left_is_told_nothing_and_holds_nothing(engine: Engine) -> None:
    stays = Talk(engine)
    await stays.begin()
    stays.open(TEXT)
    assert await stays.words(len(TEXT))
    before = {thread for thread in threading.enumerate() if thread.is_alive()}
    gone = []
    for _ in range(5):
        visitor = Talk(engine)
        await visitor.begin()
        visitor.open("Zebulon went to the garden. " + TEXT)
        visitor.type("d", 4)
        assert await visitor.words(len(TEXT) + 28)
        visitor.session.close()
        said = len(visitor.said)
        gone.append((weakref.ref(visitor.session), visitor, said))
    assert {thread for thread in threading.enumerate() if thread.is_alive()} <= before
    await stays.request("workspace/executeCommand", {"command": "midword.reload", "arguments": []})
    async with asyncio.timeout(PATIENCE):
        while (await stays.status())["state"] != "ready":
            await asyncio.sleep(0.01)
    for _, visitor, said in gone:
        assert len(visitor.said) == said, "nothing is said to who has left"
        del visitor.session
    del visitor
    sessions = [reference for reference, _, _ in gone]
    async with asyncio.timeout(PATIENCE):
        while any(reference() is not None for reference in sessions):
            gc.collect()
            await asyncio.sleep(0.05)
    assert await stays.words(len(TEXT))
    stays.session.close()


async def test_what_was_cancelled_is_not_called_overtaken(engine: Engine) -> None:
    """Neovim tells the writer of any error but RequestCancelled, and sends both in one write."""
    talk = Talk(engine)
    await talk.begin()
    talk.open(TEXT)
    at = {"textDocument": {"uri": "file:///text.md"}}
    first = talk.ask("textDocument/completion", {**at, "position": {"line": 0, "character": 10}})
    talk.notify("$/cancelRequest", {"id": first})
    second = talk.ask("textDocument/completion", {**at, "position": {"line": 0, "character": 22}})
    assert (await talk.answer_to(first))["error"]["code"] == -32800
    assert (await talk.answer_to(second))["result"]["items"]
    talk.session.close()


async def test_a_gap_read_ahead_is_not_lost_to_another_writer(engine: Engine) -> None:
    one, other = Talk(engine), Talk(engine)
    await one.begin()
    await other.begin()
    texts = [f"the {n} committee will meet on tuesday to discuss" for n in range(8)]
    for talk, uri in ((one, "file:///one.md"), (other, "file:///other.md")):
        for number, text in enumerate(texts):
            talk.open(f"{uri} {text}", f"{uri}{number}")
    (reader,) = engine.readers(one.session)
    for number, text in enumerate(texts):
        # Both type a space in the same moment, before either gap can be read.
        for talk, uri in ((one, "file:///one.md"), (other, "file:///other.md")):
            talk.type(" ", len(f"{uri} {text}"), f"{uri}{number}")
        for talk, uri in ((one, "file:///one.md"), (other, "file:///other.md")):
            document = talk.session.documents.get(f"{uri}{number}")
            assert document is not None
            cloze = talk.session.documents.cloze_at(document, len(document), 500)
            assert cloze is not None
            async with asyncio.timeout(PATIENCE):
                while not reader.can_answer(cloze):
                    await asyncio.sleep(0.002)
    one.session.close()
    other.session.close()


async def test_a_words_first_list_holds_up_nobody(engine: Engine) -> None:
    """It takes milliseconds, and is made beside the event loop; letters only narrow it."""
    talk = Talk(engine)
    await talk.begin()
    talk.open(TEXT)
    await talk.words(len(TEXT))  # so the gap is read
    at_once = []
    for end, letter in enumerate("discus", len(TEXT)):
        talk.type(letter, end)
        asked = talk.ask(
            "textDocument/completion",
            {
                "textDocument": {"uri": "file:///text.md"},
                "position": {"line": 0, "character": end + 1},
            },
        )
        at_once.append(any(message.get("id") == asked for message in talk.said))
        answer = await talk.answer_to(asked)
        assert answer["result"]["items"][0]["label"] == "discuss"
    assert not at_once[0]
    assert any(at_once), "once a second, when what was typed is learnt, all is gathered anew"
    talk.session.close()
