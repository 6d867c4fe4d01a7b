"""`midword serve`: the language server, from its options to its exit code."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from midword import logs
from midword.engine.engine import Engine
from midword.lsp import actions, commands, completion, hover, inline, lifecycle
from midword.lsp.leaving import leave_with_parent, run_to_the_end
from midword.lsp.reception import check_loopback
from midword.lsp.session import Session
from midword.lsp.sockets import serve_tcp
from midword.lsp.stdio import Stdio
from midword.lsp.websocket import serve_websocket
from midword.lsp.wire import converse
from midword.settings import Layer, Settings
from midword.tokens import make_token, read_token

_FEATURES: tuple[Callable[[Session], None], ...] = (
    lifecycle.register,
    completion.register,
    hover.register,
    actions.register,
    inline.register,
    commands.register,
)


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What the command line says."""

    model: str | None = None
    tcp: tuple[str, int] | None = None
    ws: tuple[str, int] | None = None  # neither: stdin and stdout
    token_file: Path | None = None  # None: a token is made
    log_level: str | None = None  # None: as the settings say
    log_file: Path | None = None
    parent: int = 0  # the process that started this one


def new_session(
    engine: Engine, command_line: Layer | None = None, *, folder: Path | None = None
) -> Session:
    """A session with every feature; what the command line sets wins over other settings.

    Args:
        engine: what reads.
        command_line: what it sets.
        folder: the client's working directory, where it shares this process with others; None
            where the process is the client's own.
    """
    session = Session(engine, command_line or {}, folder=folder)
    for register in _FEATURES:
        register(session)
    return session


def run(options: ServeOptions) -> NoReturn:
    """Serve until the client leaves, then end the process: 2 is the code where it can't serve."""
    problem = logs.set_up(options.log_level or Settings().log_level, options.log_file)
    if problem is not None:
        logs.say(problem)
    # Learning is Python code in a thread; the event loop must not wait for it long (default: 5 ms).
    sys.setswitchinterval(0.001)
    run_to_the_end(_serve(options))


async def _serve(options: ServeOptions) -> int:
    asyncio.get_running_loop().set_exception_handler(logs.on_loop_error)
    engine = Engine()
    given = {"model": options.model, "log_level": options.log_level}
    command_line: Layer = {name: value for name, value in given.items() if value}

    def start() -> Session:
        return new_session(engine, command_line)

    engine.warm_up()
    try:
        if options.tcp is not None:
            return await _serve_socket(start, "tcp", options.tcp, options.token_file)
        if options.ws is not None:
            return await _serve_socket(start, "ws", options.ws, options.token_file)
        session = start()
        session.background(leave_with_parent(session, options.parent))
        return await converse(Stdio(), session)
    finally:
        engine.finish()


async def _serve_socket(
    start: Callable[[], Session], kind: str, address: tuple[str, int], token_file: Path | None
) -> int:
    host, port = address
    check_loopback(host)
    token = make_token(f"{kind}-{port}") if token_file is None else read_token(token_file)
    serve = serve_tcp if kind == "tcp" else serve_websocket
    try:
        return await serve(start, host, port, token)
    finally:
        token.discard()
