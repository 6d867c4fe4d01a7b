"""`midword serve`: the language server, from its options to its exit code."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from midword import logs
from midword.engine.engine import Engine
from midword.errors import UserError
from midword.lsp import actions, commands, completion, hover, inline, lifecycle
from midword.lsp.session import Session
from midword.lsp.transport import serve_stdio, serve_tcp, serve_websocket
from midword.settings import Layer, Settings

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
    log_level: str | None = None  # None: as the settings say
    log_file: Path | None = None


def new_session(engine: Engine, command_line: Layer | None = None) -> Session:
    """A session with every feature; what the command line sets wins over other settings."""
    session = Session(engine, command_line or {})
    for register in _FEATURES:
        register(session)
    return session


def run(options: ServeOptions) -> NoReturn:
    """Serve until the client leaves, then end the process: 2 is the code where it can't serve."""
    problem = logs.set_up(options.log_level or Settings().log_level, options.log_file)
    if problem is not None:
        print(f"midword: {problem}", file=sys.stderr)
    # Learning is Python code in a thread; the event loop must not wait for it long (default: 5 ms).
    sys.setswitchinterval(0.001)
    try:
        code = asyncio.run(_serve(options))
    except UserError as error:
        print(f"midword: {error}", file=sys.stderr)
        code = 2
    except KeyboardInterrupt:
        code = 130
    # A model may be loading or running in a thread, in native code that an interpreter on its way
    # out would abort. Nothing is left to be done, so there is no need to take that way.
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)


async def _serve(options: ServeOptions) -> int:
    asyncio.get_running_loop().set_exception_handler(logs.on_loop_error)
    engine = Engine()
    engine.warm_up()
    given = {"model": options.model, "log_level": options.log_level}
    command_line: Layer = {name: value for name, value in given.items() if value}

    def start() -> Session:
        return new_session(engine, command_line)

    if options.tcp is not None:
        return await serve_tcp(start, *options.tcp)
    if options.ws is not None:
        return await serve_websocket(start, *options.ws)
    return await serve_stdio(start)
