"""A real session in this process, spoken to in bytes: what both fuzzers drive.

One engine with one loaded model serves all conversations of a process, as it would in a daemon.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from midword.engine.choice import ModelChoice
from midword.engine.engine import Engine
from midword.engine.reader import Reader
from midword.logs import logger
from midword.lsp.frames import FrameError, Frames
from midword.lsp.server import new_session
from midword.settings import Settings

Json = dict[str, Any]

PATIENCE = 30.0  # seconds; an answer that takes longer never comes
NOT_NOW = {-32800, -32801}  # cancelled, overtaken


class World:
    """The event loop and the engine."""

    def __init__(self, model: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.model = str(model)
        self.errors = _Errors()
        logger.propagate = False
        logger.handlers[:] = [self.errors]
        logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)
        self.engine = self.loop.run_until_complete(self._load())

    async def _load(self) -> Engine:
        engine = Engine()
        # Held by the world, so that it is there for the next conversation.
        reader = engine.reader(self, ModelChoice.of(Settings(model=self.model)))
        await asyncio.wrap_future(reader.settled)
        assert reader.state == "ready", reader.problem
        return engine

    def model_changed(self, reader: Reader) -> None:
        """See `midword.engine.engine.Owner`."""

    def close(self) -> None:
        self.engine.close()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


class _Errors(logging.Handler):
    """What is logged as an error is a fault: a handler that failed, an unexpected exception."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


class Conversation:
    """One session, what was said to it, and what it said."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.errors.lines.clear()
        self._frames = Frames()
        self.bodies: list[bytes] = []
        self.frame_errors: list[str] = []
        self.answers: list[Json] = []
        self.session = world.loop.run_until_complete(self._begin())

    async def _begin(self) -> Any:
        session = new_session(self._world.engine, {"model": self._world.model})
        session.connect(self)
        return session

    # What the session needs of a wire.

    def write(self, body: bytes) -> None:
        message = json.loads(body)
        if "method" not in message:
            self.answers.append(message)
        elif "id" in message and message["method"] != "window/showMessageRequest":
            count = len((message["params"] or {}).get("items", ()))
            result = [None] * count if message["method"] == "workspace/configuration" else None
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
            self._world.loop.call_soon(self.session.protocol.receive, json.dumps(answer).encode())

    def close(self) -> None:
        """The client has left."""
        self._world.loop.call_soon(self.session.close)
        self._world.loop.run_until_complete(asyncio.sleep(0))

    # What a client does.

    def send(self, message: Json) -> None:
        self._world.loop.run_until_complete(self._receive(json.dumps(message).encode()))

    async def _receive(self, body: bytes) -> None:
        self.session.protocol.receive(body)

    def feed(self, chunks: Iterable[bytes]) -> None:
        """Send bytes as they come, until the session has ended."""
        self._world.loop.run_until_complete(self._feed(chunks))

    async def _feed(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            for item in self._frames.feed(chunk):
                if self.session.finished.done():
                    return
                if isinstance(item, FrameError):
                    self.frame_errors.append(str(item))
                    self.session.protocol.refuse_frame(str(item))
                else:
                    self.bodies.append(item)
                    self.session.protocol.receive(item)
            await asyncio.sleep(0)

    def settle(self, expected: int) -> None:
        """Wait until there are so many answers, and see that no more come."""

        async def wait() -> None:
            deadline = time.monotonic() + PATIENCE
            while len(self.answers) < expected and not self.session.finished.done():
                assert time.monotonic() < deadline, f"{len(self.answers)} of {expected} answers"
                await asyncio.sleep(0.0002)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

        self._world.loop.run_until_complete(wait())
        assert not self._world.errors.lines, self._world.errors.lines

    @property
    def answered(self) -> Counter[Any]:
        """How often each id was answered."""
        return Counter(answer["id"] for answer in self.answers)
