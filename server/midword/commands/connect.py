"""`midword connect`: what an editor starts; it leads to a server that listens, or is one."""

import argparse
import os
from pathlib import Path

from midword.commands import serve


def run(argv: list[str]) -> int:
    """Talk over stdin and stdout until the client leaves; returns the exit code."""
    parent = os.getppid()
    parser = _parser()
    options = parser.parse_args(argv)
    if options.tcp is None:
        if options.token_file is not None:
            parser.error("--token-file belongs to --tcp")
        options.ws = None
        return serve.serve(options, parent)
    if options.token_file is None:
        parser.error("--tcp needs --token-file: the server names the file when it starts")
    if options.model or options.log_level or options.log_file:
        parser.error("--model, --log-level and --log-file belong to the server that listens")
    from midword.daemon import shim
    from midword.tokens import read_token

    host, port = options.tcp
    return shim.run(host, port, read_token(options.token_file))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="midword connect", description=__doc__)
    parser.add_argument(
        "--tcp",
        type=serve.address,
        metavar="HOST:PORT",
        help="where 'midword serve --tcp' listens; without it this is a server of its own",
    )
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE", help="the file that the server named on stderr"
    )
    serve.add_server_options(parser)
    parser.add_argument(
        "--stdio", action="store_true", help=argparse.SUPPRESS
    )  # some clients add it
    return parser
