"""Messages over a WebSocket, as a web page of this machine speaks them.

Its handshake shows the token as `Authorization: Bearer TOKEN`, or as `?token=TOKEN` where a page
can't set headers. Browsers let any page open a WebSocket anywhere, and say in `Origin` whose page
it is: only this machine's are let in.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from midword.addresses import is_loopback
from midword.errors import UserError
from midword.logs import logger
from midword.lsp.frames import MAX_BODY
from midword.lsp.reception import PATIENCE, Guest, Reception
from midword.lsp.wire import FAREWELL, MOST_UNSENT, Heard, UnreadError
from midword.tokens import Token, bearer

# Of two, a proxy may read the one and we the other.
_ONCE = ("Host", "Origin", "Authorization", "Sec-WebSocket-Key")


async def serve_websocket(
    new_session: Callable[[], Guest], host: str, port: int, token: Token
) -> int:
    """Talk to the first client that shows the token and initializes; the exit code.

    Raises:
        UserError: it can't listen there, or websockets is missing.
    """
    try:
        from websockets.asyncio.server import ServerConnection, serve
        from websockets.http11 import Request, Response
    except ImportError as error:
        raise UserError('--ws needs websockets: pip install "midword[ws]"') from error
    reception = Reception(new_session, token)

    class Connection(ServerConnection):
        """A connection that waits at the reception, from before its handshake."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            if not reception.taken:
                reception.arrived(self, self.transport.abort)

        def connection_lost(self, exc: Exception | None) -> None:
            reception.gone(self)
            super().connection_lost(exc)

    def check(connection: ServerConnection, request: Request) -> Response | None:
        for name in _ONCE:
            if len(request.headers.get_all(name)) > 1:
                return connection.respond(HTTPStatus.BAD_REQUEST, f"{name} comes once.\n")
        # The Host too: a page whose name was rebound to 127.0.0.1 has an Origin of that name.
        own = is_local_origin("http://" + request.headers.get("Host", ""))
        if not own or not is_local_origin(request.headers.get("Origin")):
            logger.warning("turned away a web page of another machine")
            return connection.respond(
                HTTPStatus.FORBIDDEN, "Only pages of this machine may connect.\n"
            )
        given = token_shown(request.path, request.headers.get_all("Authorization"))
        if given is None:
            logger.warning("turned away a connection: it shows no token (see --token-file)")
            return connection.respond(HTTPStatus.UNAUTHORIZED, "The token is missing.\n")
        if not reception.admits(given):
            return connection.respond(HTTPStatus.FORBIDDEN, "The token is another one.\n")
        if reception.taken:
            logger.warning("turned a second client away")
            return connection.respond(
                HTTPStatus.SERVICE_UNAVAILABLE, "There is a client already.\n"
            )
        return None

    async def connected(connection: ServerConnection) -> None:
        await reception.converse(connection, _WebSocket(connection))

    opening = serve(
        connected,
        host,
        port,
        create_connection=Connection,
        process_request=check,
        open_timeout=PATIENCE,
        max_size=MAX_BODY,
    )
    return await reception.listen("ws", f"{host}:{port}", opening)


def is_local_origin(origin: str | None) -> bool:
    """Whether a connection comes from no browser (no Origin) or from a page of this machine."""
    if origin is None:
        return True
    try:
        return is_loopback(urlsplit(origin).hostname or "")
    except ValueError:
        return False


def token_shown(path: str, authorizations: list[str]) -> bytes | None:
    """The token that a handshake shows; None if it shows none. Two different ones are wrong."""
    shown = {bearer(value.encode("utf-8", "surrogateescape")) for value in authorizations}
    with contextlib.suppress(ValueError):  # no URL
        shown |= {given.encode() for given in parse_qs(urlsplit(path).query).get("token", ())}
    if not shown:
        return None
    return shown.pop() if len(shown) == 1 else b""


class _WebSocket:
    """A wire; websockets' own `send` must be awaited."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._bodies: asyncio.Queue[bytes] = asyncio.Queue()
        self._unsent = 0  # bytes
        self._tasks: list[asyncio.Future[None]] = []

    def write(self, body: bytes) -> None:
        """Send one body."""
        if self._unsent > MOST_UNSENT:
            self._connection.transport.abort()
            raise UnreadError
        self._unsent += len(body)
        self._bodies.put_nowait(body)

    def listen(self, heard: Heard, left: Callable[[], None]) -> None:
        """Hand in what comes."""
        self._tasks = [
            asyncio.ensure_future(self._read(heard, left)),
            asyncio.ensure_future(self._send()),
        ]

    async def close(self) -> None:
        """End the connection once the client has read the last messages, or will not."""
        reading, _ = self._tasks
        reading.cancel()
        try:
            async with asyncio.timeout(FAREWELL):
                await self._bodies.join()
                await self._connection.close()
        except TimeoutError:
            self._connection.transport.abort()
        for task in self._tasks:
            task.cancel()

    async def _read(self, heard: Heard, left: Callable[[], None]) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            while True:
                heard(bytes(await self._connection.recv(decode=False)))
        except ConnectionClosed:
            left()

    async def _send(self) -> None:
        from websockets.exceptions import ConnectionClosed

        while True:
            body = await self._bodies.get()
            with contextlib.suppress(ConnectionClosed):  # then what waits is for nobody
                await self._connection.send(body.decode("ascii"))
            self._unsent -= len(body)
            self._bodies.task_done()
