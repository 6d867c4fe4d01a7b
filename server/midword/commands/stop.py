"""`midword stop`: end the daemon that all windows share."""

import argparse
import sys

from midword.daemon import NONE_ON_WINDOWS
from midword.errors import UserError


def run(argv: list[str]) -> int:
    """End it, if it runs; returns the exit code."""
    argparse.ArgumentParser(prog="midword stop", description=__doc__).parse_args(argv)
    if sys.platform == "win32":
        raise UserError(NONE_ON_WINDOWS)
    from midword.daemon import control

    print("the daemon has ended" if control.stop() else "no daemon runs")
    return 0
