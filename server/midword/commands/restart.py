"""`midword restart`: end the daemon and start a new one, with which open windows go on."""

import argparse
import sys

from midword.daemon import NONE_ON_WINDOWS
from midword.errors import UserError


def run(argv: list[str]) -> int:
    """Start it anew, or for the first time; returns the exit code."""
    argparse.ArgumentParser(prog="midword restart", description=__doc__).parse_args(argv)
    if sys.platform == "win32":
        raise UserError(NONE_ON_WINDOWS)
    from midword.daemon import control

    control.restart()
    print("the daemon runs")
    return 0
