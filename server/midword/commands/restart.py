"""`midword restart`: end the daemon and start a new one, with which open windows go on."""

import argparse


def run(argv: list[str]) -> int:
    """Start it anew, or for the first time; returns the exit code."""
    argparse.ArgumentParser(prog="midword restart", description=__doc__).parse_args(argv)
    from midword.daemon import control

    control.restart()
    print("the daemon runs")
    return 0
