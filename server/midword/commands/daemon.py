"""`midword daemon`: the one process that serves all windows; editors start it by themselves."""

import argparse
import math
import sys
from pathlib import Path

from midword.commands.serve import LOG_LEVELS, address
from midword.daemon import NONE_ON_WINDOWS
from midword.errors import UserError
from midword.heap import lasting

_MOST_MINUTES = 1_000_000  # two years


def run(argv: list[str]) -> int:
    """Serve in the foreground until it is stopped; returns the exit code."""
    options = _parser().parse_args(argv)
    if sys.platform == "win32":
        raise UserError(NONE_ON_WINDOWS)
    with lasting():
        from midword.daemon import daemon

    daemon.run(
        daemon.DaemonOptions(
            log_level=options.log_level,
            log_file=options.log_file,
            idle_minutes=options.idle_minutes,
            model_idle_minutes=options.model_idle_minutes,
            metrics=options.metrics,
        )
    )


def _minutes(text: str) -> float:
    """Minutes from the command line."""
    try:
        minutes = float(text)
    except ValueError:
        minutes = math.nan
    if not 0 <= minutes <= _MOST_MINUTES:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes, such as 15")
    return minutes


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="midword daemon", description=__doc__)
    parser.add_argument("--log-level", choices=LOG_LEVELS, help="how much to log; no text ever is")
    parser.add_argument(
        "--log-file", type=Path, metavar="FILE", help="log there, not to daemon.log in your folder"
    )
    parser.add_argument(
        "--idle-minutes",
        type=_minutes,
        metavar="N",
        help="leave after so long without a window, whatever the settings say",
    )
    parser.add_argument(
        "--model-idle-minutes",
        type=_minutes,
        metavar="N",
        help="let a model go that nobody asked for so long (10); it comes back when needed",
    )
    parser.add_argument(
        "--metrics",
        type=address,
        metavar="HOST:PORT",
        help="tell Prometheus counts and timings there, on this machine only (midword[metrics])",
    )
    return parser
