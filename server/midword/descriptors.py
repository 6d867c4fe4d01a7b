"""The three standard descriptors, which a process may be started without."""

import os
import sys


def open_missing() -> None:
    """Open what is closed of stdin, stdout and stderr, so that nothing else gets their numbers.

    The next file or connection would: a traceback would go into it, and `print` to a stderr that is
    None goes to stdout.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this
            os.set_inheritable(number, True)
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for the process's life
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
