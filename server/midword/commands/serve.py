"""`midword serve`: the language server, for the editor that started it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, get_args

from midword import system
from midword.choices import LogLevel

if TYPE_CHECKING:
    from pathlib import Path

LOG_LEVELS = get_args(LogLevel)


def run(argv: list[str]) -> int:
    """Serve until the client leaves; returns the exit code."""
    parent = system.parent()  # before anything slow: it may be gone soon
    options = _parser().parse_args(argv)
    return serve(options, parent)


def serve(options: argparse.Namespace, parent: int) -> int:
    """Serve as the options say, for the process that started this one; the exit code."""
    from midword.heap import lasting

    with lasting():  # pygls takes 0.3 s, which --help need not wait for
        from midword.lsp.server import ServeOptions
        from midword.lsp.server import run as run_server

    return run_server(
        ServeOptions(
            model=options.model,
            tcp=options.tcp,
            ws=options.ws,
            token_file=_path(options.token_file),
            log_level=options.log_level,
            log_file=_path(options.log_file),
            parent=parent,
        )
    )


def _path(name: str | None) -> Path | None:
    """A path, if one was given. Not argparse's `type`: `midword connect` has no need of pathlib."""
    from pathlib import Path

    return Path(name) if name is not None else None


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Add what holds for every way to a server."""
    parser.add_argument(
        "--model", metavar="NAME_OR_PATH", help="the model to use, whatever the settings say"
    )
    parser.add_argument(
        "--log-level",
        choices=LOG_LEVELS,
        help="how much to log, whatever the settings say; your text never is",
    )
    parser.add_argument("--log-file", metavar="FILE", help="log there, not to stderr")
    # vscode-languageclient adds this by itself.
    parser.add_argument("--clientProcessId", help=argparse.SUPPRESS)


def address(text: str) -> tuple[str, int]:
    """A `HOST:PORT` from the command line; `[::1]:4711` for IPv6."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:4711")
    return host.removeprefix("[").removesuffix("]") or "127.0.0.1", int(port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="midword serve", description=__doc__)
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--stdio", action="store_true", help="talk over stdin and stdout, as editors do (default)"
    )
    way.add_argument("--tcp", type=address, metavar="HOST:PORT", help="serve one client over TCP")
    way.add_argument(
        "--ws", type=address, metavar="HOST:PORT", help="serve one client over WebSocket"
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        help="what a client of --tcp and --ws must show; without it a token is made, and its file "
        "named on stderr",
    )
    add_server_options(parser)
    return parser
