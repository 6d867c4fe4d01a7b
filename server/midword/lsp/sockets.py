"""Messages over a TCP connection, behind a gate."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from midword.logs import logger
from midword.lsp.frames import FrameError, header
from midword.lsp.reception import PATIENCE, Guest, Reception
from midword.lsp.stream import Stream
from midword.tokens import Token, bearer

_LONGEST_HEADER = 8192  # bytes before the token
_BEGUN_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]*(:.*)?|\r?", re.DOTALL)


async def serve_tcp(new_session: Callable[[], Guest], host: str, port: int, token: Token) -> int:
    """Talk to the first client that shows the token and initializes; the exit code.

    Raises:
        UserError: it can't listen there.
    """
    reception = Reception(new_session, token)
    loop = asyncio.get_running_loop()
    opening = loop.create_server(lambda: _Connection(reception), host, port)
    return await reception.listen("tcp", f"{host}:{port}", opening)


class Gate:
    """Reads a connection's first header block as far as the line that shows the token.

    `Authorization: Bearer TOKEN` stands in the first message's header block. Until it has come,
    nothing but header lines is let in, so that what begins in another way, as a browser's request
    or a TLS greeting does, fails at its first bytes.
    """

    def __init__(self) -> None:
        self.received = bytearray()
        self._judged = 0  # bytes of whole lines

    def feed(self, data: bytes) -> bytes | None:
        """What the client shows as the token; None while it may still come.

        Raises:
            FrameError: it will not come.
        """
        self.received += data
        while (end := self.received.find(b"\n", self._judged)) >= 0:
            line = bytes(self.received[self._judged : end]).rstrip(b"\r")
            self._judged = end + 1
            if not line:
                raise FrameError("it shows no token (see --token-file)")
            read = header(line)
            if read is None:
                raise FrameError("it is no language client's")
            name, value = read
            if name == b"authorization":
                return bearer(value)
        if not _BEGUN_HEADER.fullmatch(self.received, self._judged):
            raise FrameError("it is no language client's")
        if len(self.received) > _LONGEST_HEADER:
            raise FrameError("its header is too long")
        return None


class _Connection(Stream):
    """One connection: first before the gate, then a wire."""

    def __init__(self, reception: Reception) -> None:
        super().__init__()
        self._reception = reception
        self._gate: Gate | None = Gate()  # None once the token was shown
        self._conversation: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the token."""
        super().connection_made(transport)
        if self._reception.taken:
            logger.warning("turned a second client away")
            transport.close()
            return
        self._reception.arrived(self, self._transport.abort)
        asyncio.get_running_loop().call_later(PATIENCE, self._has_waited)

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        if self._gate is not None:
            try:
                given = self._gate.feed(data)
            except FrameError as error:
                logger.warning("turned away a connection: %s", error)
                self._transport.abort()
                return
            if given is None:
                return
            if not self._reception.admits(given):
                self._transport.abort()
                return
            data, self._gate = bytes(self._gate.received), None
            self._conversation = asyncio.ensure_future(self._reception.converse(self, self))
        self.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that nothing more comes."""
        self._reception.gone(self)
        super().connection_lost(exc)

    def _has_waited(self) -> None:
        if self._gate is not None and not self._transport.is_closing():
            logger.warning("turned away a connection: it showed no token in %d s", PATIENCE)
            self._transport.abort()
