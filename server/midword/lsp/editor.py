"""The editor at the other end, as far as a session's parts speak to it."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from lsprotocol import types


class Editor(Protocol):
    """Shows things to the writer, and says what it can and how it is set."""

    @property
    def client_capabilities(self) -> types.ClientCapabilities:
        """What it can."""

    def tell(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Show the writer a message."""

    async def ask(self, question: str, answers: list[str]) -> str | None:
        """Ask the writer; None if they close the question, or it can't ask."""

    async def workspace_configuration_async(
        self, params: types.ConfigurationParams
    ) -> Sequence[Any | None]:
        """Its settings."""

    def background(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something that nobody waits for, as long as it is there."""
