"""Ways in and out: stdin and stdout, one TCP connection, one WebSocket connection.

Each feeds the session's protocol with message bodies and ends when the client leaves. The sockets
serve a single client on this machine: they refuse other hosts' addresses, and a web page may
connect only if it comes from this machine itself (`Origin`), because browsers let any page open a
socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from midword.errors import UserError
from midword.logs import logger
from midword.lsp.frames import MAX_BODY, FrameError, Frames, framed

if TYPE_CHECKING:
    from midword.lsp.session import Session

_CHUNK = 2**16  # bytes read at once


class Outlet(Protocol):
    """Where message bodies go."""

    def write(self, body: bytes) -> None:
        """Send one body; raises OSError where the client is gone."""


def _take(session: Session, item: bytes | FrameError) -> None:
    if isinstance(item, FrameError):
        session.protocol.refuse_frame(str(item))
    else:
        session.protocol.receive(item)


# stdin and stdout.


class Stdio:
    """The process's stdin and stdout, kept for messages alone.

    Whatever else writes to stdout from now on, a library's C code included, goes to stderr, and
    whatever reads stdin finds it empty.
    """

    def __init__(self) -> None:
        sys.stdout.flush()
        self._in = os.dup(0)
        self._out = os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        sys.stdout = sys.stderr

    def write(self, body: bytes) -> None:
        """Send one body."""
        data = memoryview(framed(body))
        while data:
            data = data[os.write(self._out, data) :]

    def listen(self, session: Session) -> None:
        """Read messages until the stream ends, in a thread of its own.

        A thread that is not waited for: the client may keep its end open after we leave.
        """
        loop = asyncio.get_running_loop()

        def deliver(call: Callable[..., None], *args: Any) -> None:
            with contextlib.suppress(RuntimeError):  # the loop closed: the session is over
                loop.call_soon_threadsafe(call, *args)

        def read() -> None:
            frames = Frames()
            while data := self._read():
                for item in frames.feed(data):
                    deliver(_take, session, item)
            deliver(session.client_left)

        threading.Thread(target=read, name="midword-stdin", daemon=True).start()

    def _read(self) -> bytes:
        try:
            return os.read(self._in, _CHUNK)
        except OSError:
            return b""


async def serve_stdio(new_session: Callable[[], Session]) -> int:
    """Talk over stdin and stdout; the exit code."""
    streams = Stdio()
    session = new_session()
    session.connect(streams)
    streams.listen(session)
    return await session.finished


# Sockets.


def check_loopback(host: str) -> None:
    """Refuse addresses that other machines can reach.

    Raises:
        UserError: `host` is not this machine.
    """
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UserError(
            f"{host} can be reached from other machines, and whoever connects could read your text "
            "and run commands here; use 127.0.0.1"
        )


class _TcpOutlet:
    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, body: bytes) -> None:
        self._writer.write(framed(body))


async def serve_tcp(new_session: Callable[[], Session], host: str, port: int) -> int:
    """Talk to the first client that connects; later ones are turned away. The exit code."""
    check_loopback(host)
    over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    taken = False

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        if taken:
            logger.warning("turned a second client away")
            writer.close()
            return
        taken = True
        session = new_session()
        session.connect(_TcpOutlet(writer))
        frames = Frames()

        async def read() -> None:
            try:
                while data := await reader.read(_CHUNK):
                    for item in frames.feed(data):
                        _take(session, item)
            except OSError:
                pass
            session.client_left()

        reading = asyncio.ensure_future(read())
        code = await session.finished
        reading.cancel()
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()
        over.set_result(code)

    try:
        server = await asyncio.start_server(connected, host, port)
    except OSError as error:
        raise UserError(f"can't listen on {host}:{port}: {error.strerror}") from error
    _announce("tcp", server.sockets)
    async with server:
        return await over


class _WebSocketOutlet:
    """Bodies in the order written; websockets' own `send` must be awaited."""

    def __init__(self, websocket: Any) -> None:
        self._websocket = websocket
        self._bodies: asyncio.Queue[bytes] = asyncio.Queue()

    def write(self, body: bytes) -> None:
        self._bodies.put_nowait(body)

    async def pump(self) -> None:
        while True:
            body = await self._bodies.get()
            await self._websocket.send(body.decode("ascii"))

    async def flush(self) -> None:
        while not self._bodies.empty():
            await self._websocket.send(self._bodies.get_nowait().decode("ascii"))


def is_local_origin(origin: str | None) -> bool:
    """Whether a connection comes from no browser (no Origin) or from a page of this machine."""
    if origin is None:
        return True
    try:
        host = urlsplit(origin).hostname
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


async def serve_websocket(new_session: Callable[[], Session], host: str, port: int) -> int:
    """Talk to the first client that connects over a WebSocket. The exit code."""
    check_loopback(host)
    try:
        from websockets.asyncio.server import ServerConnection, serve
        from websockets.exceptions import ConnectionClosed
        from websockets.http11 import Request, Response
    except ImportError as error:
        raise UserError('--ws needs websockets: pip install "midword[ws]"') from error
    over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    taken = False

    def check(connection: ServerConnection, request: Request) -> Response | None:
        # The Host too: a page whose name was rebound to 127.0.0.1 has an Origin of that name.
        own = is_local_origin("http://" + request.headers.get("Host", ""))
        if not own or not is_local_origin(request.headers.get("Origin")):
            logger.warning("turned away a web page of another machine")
            return connection.respond(403, "Only pages of this machine may connect.\n")
        if taken:
            logger.warning("turned a second client away")
            return connection.respond(503, "There is a client already.\n")
        return None

    async def connected(websocket: ServerConnection) -> None:
        nonlocal taken
        if taken:
            return
        taken = True
        session = new_session()
        outlet = _WebSocketOutlet(websocket)
        session.connect(outlet)

        async def read() -> None:
            try:
                while True:
                    data = await websocket.recv(decode=False)
                    session.protocol.receive(bytes(data))
            except ConnectionClosed:
                session.client_left()

        tasks = [asyncio.ensure_future(read()), asyncio.ensure_future(outlet.pump())]
        code = await session.finished
        for task in tasks:
            task.cancel()
        with contextlib.suppress(ConnectionClosed):
            await outlet.flush()
        await websocket.close()
        over.set_result(code)

    try:
        server = await serve(connected, host, port, process_request=check, max_size=MAX_BODY)
    except OSError as error:
        raise UserError(f"can't listen on {host}:{port}: {error.strerror}") from error
    _announce("ws", server.sockets)
    async with server:
        return await over


def _announce(kind: str, sockets: Any) -> None:
    """Say where we listen, on stderr: port 0 means any, and whoever started us must learn it."""
    host, port = next(iter(sockets)).getsockname()[:2]
    print(f"midword: listening on {kind}://{host}:{port}", file=sys.stderr, flush=True)
