"""`midword connect`: what an editor starts; it leads to the daemon that all windows share.

Where none can be had this is a server of its own, as `midword serve --stdio`.
"""

import argparse
import sys

from midword import system
from midword.commands.serve import add_server_options, address, serve


def run(argv: list[str]) -> int:
    """Talk over stdin and stdout until the client leaves; returns the exit code."""
    parent = system.parent()  # before anything slow: it may be gone soon
    parser = _parser()
    options = parser.parse_args(argv)
    if options.tcp is not None:
        return _run_over_tcp(parser, options)
    if options.token_file is not None:
        parser.error("--token-file belongs to --tcp")
    code = _run_through_daemon(options, parent)
    if code is not None:
        return code
    options.ws = None
    return serve(options, parent)


def _run_through_daemon(options: argparse.Namespace, parent: int) -> int | None:
    """Lead to the daemon; None if there can be none."""
    if sys.platform == "win32":
        return None
    import socket

    from midword.daemon import launch, shim
    from midword.daemon.hello import hello

    arguments = []  # for the daemon, if it is to be started
    if options.log_level:
        arguments += ["--log-level", options.log_level]
    if options.log_file:
        from pathlib import Path

        arguments += ["--log-file", str(Path(options.log_file).resolve())]

    def reach() -> socket.socket:
        return launch.reach(hello("converse", model=options.model), arguments)

    try:
        connection = reach()
    except launch.NoDaemonError as error:
        print(f"midword: no daemon, so a server of its own: {error}", file=sys.stderr)
        return None
    return shim.Shim(reach, connection, parent).run()


def _run_over_tcp(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Lead to a server that listens on a port."""
    if options.token_file is None:
        parser.error("--tcp needs --token-file: the server names the file when it starts")
    if options.model or options.log_level or options.log_file:
        parser.error("--model, --log-level and --log-file belong to the server that listens")
    from pathlib import Path

    from midword.daemon import tcp
    from midword.tokens import read_token

    host, port = options.tcp
    return tcp.run(host, port, read_token(Path(options.token_file)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="midword connect", description=__doc__)
    parser.add_argument(
        "--tcp",
        type=address,
        metavar="HOST:PORT",
        help="lead to a 'midword serve --tcp' there instead",
    )
    parser.add_argument(
        "--token-file", metavar="FILE", help="the file that the server named on stderr"
    )
    add_server_options(parser)
    parser.add_argument(
        "--stdio", action="store_true", help=argparse.SUPPRESS
    )  # some clients add it
    return parser
