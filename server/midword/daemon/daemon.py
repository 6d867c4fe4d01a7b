"""`midword daemon`: one process for all windows, a session for each, and the models once.

It listens on a Unix socket in a folder of the user's own and talks to programs of the same user.
When no window has been open for a while it leaves; a model that nobody asks leaves the memory
sooner, and comes back when it is needed.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from midword import __version__, logs, system
from midword.daemon import hello, launch, snapshots
from midword.daemon.address import Address, find, identity
from midword.daemon.journal import body_of
from midword.engine.engine import Engine
from midword.engine.worker import LATER
from midword.errors import UserError
from midword.logs import logger, outline
from midword.lsp import messages, status
from midword.lsp.leaving import run_to_the_end
from midword.lsp.server import new_session
from midword.lsp.session import Session
from midword.lsp.stream import Stream
from midword.lsp.wire import converse
from midword.settings import Layer, Settings

assert sys.platform != "win32"  # see `midword.daemon`

_PATIENCE = 10.0  # seconds in which a client says hello
_SETTLING = 3.0  # seconds in which the first window gets its first list
_PERIOD, _SHORTEST = 30.0, 0.2  # seconds between two looks at what is idle, at most and at least
MODEL_IDLE = 600.0  # seconds without a question after which a model leaves the memory

# What is imported late elsewhere, or by libraries: after an upgrade it would be another version's.
_LATE = ("filelock", "pygls.uris", "midword.model.onnx_runtime", "midword.tokens")


@dataclass(frozen=True, slots=True)
class DaemonOptions:
    """What the command line says."""

    log_level: str | None = None
    log_file: Path | None = None  # None: in the user's folder for logs
    idle_minutes: float | None = None  # None: as the settings say
    model_idle_minutes: float | None = None
    metrics: tuple[str, int] | None = None  # host and port; None: no metrics


def run(options: DaemonOptions) -> NoReturn:
    """Serve until it is told to stop, or nobody is there; ends the process.

    Raises:
        UserError: it can't listen, or another daemon does.
    """
    listening, address = _inherited() or _listen()
    logs.set_up(
        options.log_level or Settings().log_level,
        options.log_file or logs.daemon_file(),
        rotate=True,
    )
    sys.setswitchinterval(0.001)  # as in `lsp.server.run`
    run_to_the_end(Daemon(listening, address, options).serve())


class Daemon:
    """The process: who is connected, and when it ends."""

    def __init__(
        self, listening: socket.socket, address: Address | None, options: DaemonOptions
    ) -> None:
        """Begin with nobody connected.

        Args:
            listening: the socket.
            address: of the socket, if it is ours to remove; None: a service manager made it.
            options: what the command line says.
        """
        self._listening = listening
        self._address = address
        self._options = options
        self._path = str(listening.getsockname())
        self._inode = _inode(self._path)
        self._identity = identity()
        self._began = time.monotonic()
        self._idle_minutes = Settings().idle_minutes
        self._idle_since = self._began
        self._connections: set[Connection] = set()

    async def serve(self) -> None:
        """Serve until the end."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(logs.on_loop_error)
        self._over: asyncio.Future[hello.Reason] = loop.create_future()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self.end, "stop")
        self.engine = Engine(linger=self._model_idle)
        messages.make_ready()
        server = await loop.create_unix_server(lambda: Connection(self), sock=self._listening)
        logger.info("listening on %s", self._path)
        if self._address is not None:
            launch.note_process(self._address)
        if self._options.metrics is not None:
            from midword.daemon import metrics  # an HTTP server, which few ask for

            metrics.serve(*self._options.metrics, self._report_from(loop))
        self.engine.warm_up()
        loop.call_later(self._leaves_after, self._leave_if_idle)
        background = [asyncio.ensure_future(w) for w in (self._get_ready(), self._look_around())]
        reason = await self._over
        for task in background:
            task.cancel()
        # First nobody else comes in, so that whoever is sent away finds the next daemon.
        server.close()
        self._remove_socket()
        await asyncio.gather(*(connection.say_goodbye(reason) for connection in self._connections))
        self.engine.finish()
        logger.info("ended: %s", reason)

    def end(self, reason: hello.Reason) -> None:
        """Say goodbye to everybody and end."""
        if not self._over.done():
            self._over.set_result(reason)

    def arrived(self, connection: Connection) -> None:
        """A client connected."""
        self._connections.add(connection)

    def gone(self, connection: Connection) -> None:
        """A client left; its settings say how long the daemon stays."""
        self._connections.discard(connection)
        if connection.session is not None:
            self._idle_minutes = connection.session.folders.rootless.settings.idle_minutes
            self._idle_since = time.monotonic()
            asyncio.get_running_loop().call_later(self._leaves_after, self._leave_if_idle)

    def accepts(self, said: dict[str, Any]) -> str:
        """Why a client is refused that says hello; "" if it is not."""
        return "" if said.get("identity") == self._identity else "it is another installation's"

    def report(self) -> dict[str, Any]:
        """How it fares: for `midword status`. No text, no names of documents."""
        now = time.monotonic()
        return {
            "version": __version__,
            "pid": os.getpid(),
            "socket": self._path,
            "uptimeSeconds": round(now - self._began),
            "memoryMegabytes": round(system.memory().now / 1e6, 1),
            "idleMinutes": self._leaves_after / 60,
            "windows": [window.report(now) for window in self._windows],
            "models": [status.model(reader) for reader in self.engine.all_readers],
        }

    @property
    def _windows(self) -> list[Connection]:
        return [connection for connection in self._connections if connection.session is not None]

    @property
    def _model_idle(self) -> float:
        given = self._options.model_idle_minutes
        return MODEL_IDLE if given is None else 60 * given

    @property
    def _leaves_after(self) -> float:
        given = self._options.idle_minutes
        return 60 * (self._idle_minutes if given is None else given)

    async def _get_ready(self) -> None:
        """Do now what would cost keys time, or not work after an upgrade."""
        await asyncio.sleep(_SETTLING)
        await messages.warm_up()
        self.engine.learner.submit(_import_late, LATER)

    def _report_from(self, loop: asyncio.AbstractEventLoop) -> Callable[[], dict[str, Any]]:
        """The report, for another thread."""

        async def report() -> dict[str, Any]:
            return self.report()

        return lambda: asyncio.run_coroutine_threadsafe(report(), loop).result(_PATIENCE)

    def _leave_if_idle(self) -> None:
        """Leave when there has been no window for long enough."""
        idle = time.monotonic() - self._idle_since
        if not self._windows and idle >= self._leaves_after:
            self.end("stop")

    async def _look_around(self) -> None:
        """Let idle models go; make way for an upgrade."""
        while True:
            await asyncio.sleep(min(_PERIOD, max(_SHORTEST, self._model_idle)))
            self.engine.rest(self._model_idle)
            with contextlib.suppress(OSError):  # removed, or being upgraded right now
                if identity() != self._identity:
                    self.end("restart")

    def _remove_socket(self) -> None:
        """Remove the socket, unless it is another daemon's by now."""
        if self._address is None:
            return
        with contextlib.suppress(OSError):
            held = launch.lock(self._address, patience=0)
            try:
                if self._inode is not None and _inode(self._path) == self._inode:
                    Path(self._path).unlink()
            finally:
                os.close(held)


class Connection(Stream):
    """One client: first its hello, then a wire or an answer."""

    def __init__(self, daemon: Daemon) -> None:
        super().__init__()
        self.session: Session | None = None
        self._daemon = daemon
        self._received: bytearray | None = bytearray()  # None once the hello was said
        self._hello: dict[str, Any] = {}
        self._reason: hello.Reason = "left"
        self._talk: asyncio.Future[None] | None = None
        self._heard_at = time.monotonic()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Look who it is, and wait for the hello."""
        super().connection_made(transport)
        self._daemon.arrived(self)
        user = launch.peer(transport.get_extra_info("socket"))
        if user not in (os.getuid(), None):
            logger.warning("turned away a connection of another user")
            self._transport.abort()
            return
        asyncio.get_running_loop().call_later(_PATIENCE, self._has_waited)

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        self._heard_at = time.monotonic()
        if self._received is None:
            self.feed(data)
            return
        self._received += data
        line, end, rest = self._received.partition(b"\n")
        if not end and len(line) <= hello.LONGEST:
            return
        self._received = None
        try:
            self._hello = hello.read(bytes(line))
        except ValueError:
            logger.warning("turned away a connection that said no hello")
            self._transport.abort()
            return
        self._begin(bytes(rest))

    def eof_received(self) -> bool:
        """The client sends no more; it may still hear what it is told last."""
        self._left()
        return self.session is not None

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that nothing more comes."""
        self._daemon.gone(self)
        super().connection_lost(exc)

    # What the daemon calls.

    async def say_goodbye(self, reason: hello.Reason) -> None:
        """End, for this reason."""
        if self.session is None or self._talk is None:
            self._transport.close()
            return
        self._reason = reason
        self.session.stop(0)
        await asyncio.wait([self._talk])

    def report(self, now: float) -> dict[str, Any]:
        """The window, for `midword status`."""
        assert self.session is not None
        return {
            "client": self.session.client_name,
            "pid": self._hello.get("pid"),
            "folder": self._hello.get("cwd"),
            "documents": len(self.session.documents),
            "idleSeconds": round(now - self._heard_at),
        }

    # What a wire does.

    async def close(self) -> None:
        """Say goodbye and why, and end the connection."""
        assert self.session is not None
        params = {"reason": self._reason, "code": self.session.finished.result()}
        with contextlib.suppress(OSError):
            self.write(body_of({"jsonrpc": "2.0", "method": hello.GOODBYE, "params": params}))
        await super().close()

    def _begin(self, rest: bytes) -> None:
        """Do what the hello asks for."""
        daemon, wish = self._daemon, self._hello.get("do")
        if refused := daemon.accepts(self._hello):
            self._transport.write(hello.line(refused=refused))
            self._transport.close()
            return
        self._transport.write(hello.line(pid=os.getpid()))
        if wish == "converse":
            self._talk = asyncio.ensure_future(self._converse())
            self.feed(rest)
        elif wish == "status":
            self._transport.write(hello.line(**daemon.report()))
            self._transport.close()
        elif wish in ("stop", "restart"):
            daemon.end(wish)  # the process's end closes the connection
        else:
            self._transport.close()

    async def _converse(self) -> None:
        command_line: Layer = {}
        if isinstance(model := self._hello.get("model"), str) and model:
            command_line["model"] = model
        folder = Path(str(self._hello.get("cwd") or "/"))
        try:
            self.session = new_session(self._daemon.engine, command_line, folder=folder)
            snapshots.register(self.session)
            await converse(self, self.session)
        except Exception as error:
            logger.error("a conversation failed: %s", outline(error))
            self._transport.abort()

    def _has_waited(self) -> None:
        if self._received is not None and not self._transport.is_closing():
            logger.warning("turned away a connection: it said nothing in %d s", _PATIENCE)
            self._transport.abort()


def _inherited() -> tuple[socket.socket, Address | None] | None:
    """The socket that whoever started us has made, as services get theirs (sd_listen_fds(3))."""
    process, count = (os.environ.pop(name, "") for name in ("LISTEN_PID", "LISTEN_FDS"))
    is_managed = os.environ.pop("LISTEN_FDNAMES", None) is not None
    if process != str(os.getpid()) or count != "1":
        return None
    os.set_inheritable(launch.LISTENING, False)
    listening = socket.socket(fileno=launch.LISTENING)
    return listening, None if is_managed else find()


def _listen() -> tuple[socket.socket, Address | None]:
    address = find()
    if address is None:
        raise UserError("there is nowhere for a daemon to listen: set XDG_RUNTIME_DIR")
    try:
        held = launch.lock(address)
        try:
            if (connection := launch.dial(address)) is not None:
                connection.close()
                raise UserError("a daemon runs already: see 'midword status'")
            return launch.listen(address), address
        finally:
            os.close(held)
    except (OSError, launch.NoDaemonError) as error:
        raise UserError(f"can't listen on {address.socket}: {error}") from error


def _import_late() -> None:
    """Import what would be another version's after an upgrade."""
    for name in _LATE:
        importlib.import_module(name)


def _inode(path: str) -> int | None:
    try:
        return Path(path).stat().st_ino
    except OSError:
        return None
