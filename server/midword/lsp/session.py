"""One client's conversation: its documents, folders and settings, and the engine that reads."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, cast

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from midword import __version__
from midword.engine.engine import Engine
from midword.engine.reader import Reader
from midword.foreign import shown
from midword.logs import logger, outline
from midword.lsp.activity import Activity
from midword.lsp.configuration import Configuration
from midword.lsp.dictionaries import Shelf
from midword.lsp.documents import Documents
from midword.lsp.folders import Folders
from midword.lsp.learner import Learner
from midword.lsp.messages import converter
from midword.lsp.models import Models
from midword.lsp.notebooks import SYNC, Notebooks
from midword.lsp.protocol import Protocol
from midword.lsp.remembering import Remembering
from midword.lsp.toggles import Toggles
from midword.lsp.wire import Outlet
from midword.settings import Layer
from midword.text.document import PositionEncoding

_LONGEST_MESSAGE = 2000  # characters; an editor shows a few lines


class Session(LanguageServer):
    """The server as one client sees it."""

    protocol: Protocol

    def __init__(self, engine: Engine, command_line: Layer, *, folder: Path | None = None) -> None:
        """Begin a conversation.

        Args:
            engine: what reads; several sessions may share it.
            command_line: what it sets, which wins over other settings.
            folder: the client's working directory, where relative paths begin; None where that is
                the process's, which is the client's own then.
        """
        super().__init__(
            "midword",
            __version__,
            types.TextDocumentSyncKind.Incremental,
            SYNC,
            protocol_cls=Protocol,
            converter_factory=converter,
        )
        self._shelf = Shelf(self.tell)
        self.folders = Folders(self._shelf)
        self.toggles = Toggles()
        self.activity = Activity(self.folders, self.toggles)
        self.models = Models(engine, self, self.folders)
        self.learner = Learner(self.folders, self.activity, engine.learner)
        self.remembering = Remembering(self.folders, self, engine.save)
        self.documents = Documents(
            self.folders,
            self.activity,
            self.learner,
            self.remembering,
            self.models,
            encoding=lambda: self.encoding,
            tell=self.tell,
        )
        self.notebooks = Notebooks(self.documents, self.folders, self.learner)
        self.configuration = Configuration(
            self,
            self.folders,
            self.documents,
            self.models,
            self.remembering,
            command_line,
            folder=folder,
        )
        self.finished: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.client_name = ""  # and version, as far as it says
        self.parent = 0  # the process that started this one, if that is watched
        self._outlet: Outlet | None = None
        self._told: set[str] = set()
        self.on_model: Callable[[Reader], None] = lambda _: None
        self._tasks: set[asyncio.Future[object]] = set()

    # The connection.

    def connect(self, outlet: Outlet) -> None:
        """Send what is said from now on through `outlet`."""
        self._outlet = outlet

    def write(self, body: bytes) -> None:
        """Send one message."""
        if self._outlet is not None and not self.finished.done():
            self._outlet.write(body)

    def stop(self, code: int) -> None:
        """End the conversation; `code` is the process's exit code, if it has no other."""
        if not self.finished.done():
            self.finished.set_result(code)

    def close(self) -> None:
        """Give back all that the conversation held; nothing of it goes on or is told any more."""
        self._outlet = None
        for task in list(self._tasks):
            task.cancel()
        self.protocol.close()
        self.configuration.close()
        self.learner.close()
        self.remembering.close()
        self._shelf.close()
        self.documents.clear()
        self.models.release()

    def client_left(self) -> None:
        """The connection ended; all is well if the client had asked to shut down."""
        self.stop(0 if self.protocol.is_shut_down else 1)

    @property
    def encoding(self) -> PositionEncoding:
        """The unit of positions that was agreed on."""
        chosen = self.server_capabilities.position_encoding
        value = chosen.value if isinstance(chosen, enum.Enum) else chosen
        return cast(PositionEncoding, value or "utf-16")

    def background(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something that nobody waits for."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)  # asyncio itself keeps no hold on it
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Future[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.warning("in the background: %s", outline(error))

    def model_changed(self, reader: Reader) -> None:
        """See :class:`midword.engine.engine.Owner`."""
        self.on_model(reader)

    # The writer.

    def tell(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Show the writer a message."""
        message = f"Midword: {shown(message, _LONGEST_MESSAGE)}"
        self.window_show_message(types.ShowMessageParams(type=kind, message=message))

    def tell_once(self, message: str) -> None:
        """Warn the writer, unless they were told so before, with whatever details in brackets."""
        gist = message.partition(" (")[0]
        if gist not in self._told:
            self._told.add(gist)
            self.tell(message)

    async def ask(self, question: str, answers: list[str]) -> str | None:
        """Ask the writer; None if they close the question, or their editor can't ask."""
        params = types.ShowMessageRequestParams(
            type=types.MessageType.Info,
            message=f"Midword: {question}",
            actions=[types.MessageActionItem(title=answer) for answer in answers],
        )
        try:
            chosen = await self.window_show_message_request_async(params)
        except Exception:  # whatever an editor that can't ask answers
            return None
        return chosen.title if chosen is not None else None
