"""What a parser says of a text: which of its lines are code, and which are prose."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from typing import NamedTuple

SECONDS = 60.0  # that another program may take for one file

_WORD = re.compile(r"\w+")


class MissingError(Exception):
    """A parser isn't installed; the message is its name."""


class Lines(NamedTuple):
    """The numbers of a text's lines, from 0, that a parser says something about."""

    code: set[int]
    prose: set[int]


def said(text: str, code: Iterable[str], prose: Iterable[str]) -> Lines:
    """Find the lines of pieces of code and of prose that a parser gives without saying where.

    Code is found by its lines, prose by its words, three or more, so that it may have lost its
    markup. A line found as both says nothing.
    """
    wanted = {line.strip() for piece in code for line in piece.split("\n")}
    words = " / ".join(map(_words, prose))
    found = Lines(set(), set())
    for number, line in enumerate(text.split("\n")):
        if line.strip() in wanted:
            found.code.add(number)
        if _words(line).count(" ") >= 4 and _words(line) in words:
            found.prose.add(number)
    return found


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(text))} "


def ask(command: Sequence[str], text: str) -> str:
    """Return what a program says of a text. Raises `MissingError`, or `OSError` if it fails."""
    if shutil.which(command[0]) is None:
        raise MissingError(command[0])
    try:
        with tempfile.TemporaryFile() as file:  # a pipe would be one that Node can't wait for
            file.write(text.encode())
            file.seek(0)
            done = subprocess.run(
                command, stdin=file, capture_output=True, timeout=SECONDS, check=False
            )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"{command[0]} takes longer than {SECONDS:g} s") from error
    errors = done.stderr.decode(errors="replace")
    if missing := re.search(r"Cannot find module '([\w@/-]+)|No module named '?([\w-]+)", errors):
        raise MissingError(missing[1] or missing[2])
    if done.returncode != 0:
        raise OSError(errors[-200:])
    return done.stdout.decode(errors="replace")
