"""The three standard descriptors: a process may be started without, or speak another language."""

import io
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


def print_any_script() -> None:
    """Have `print` take words of every script, wherever they go.

    Into a pipe or a file Windows writes in its code page; UTF-8 is what programs and editors read
    there, unless PYTHONIOENCODING says something else. What an encoding lacks is spelt out.
    """
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if sys.platform == "win32" and not stream.isatty() and not os.getenv("PYTHONIOENCODING"):
            stream.reconfigure(encoding="utf-8")
        stream.reconfigure(errors="backslashreplace")
