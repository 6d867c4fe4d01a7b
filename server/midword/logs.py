"""Logs that help and hold no word of anyone's text.

pygls logs whole messages and the texts of exceptions, which quote what they stumbled over, so its
loggers are silenced and errors are logged as their type and the places they went through.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from pathlib import Path
from typing import Any

logger = logging.getLogger("midword")

LEVELS = {
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
}


def set_up(level: str, file: Path | None) -> str | None:
    """Log to a file, or to stderr; a message where the file can't be written."""
    logging.raiseExceptions = False  # a full disk must not fill stderr with tracebacks
    for name in ("pygls", "asyncio", "websockets"):
        silent = logging.getLogger(name)
        silent.setLevel(logging.CRITICAL + 1)
        silent.propagate = False
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    problem = None
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handler = logging.FileHandler(file, encoding="utf-8")
        except OSError as error:
            problem = f"can't log to {file} ({error.strerror}); logging to stderr instead"
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.handlers[:] = [handler]
    logger.propagate = False
    set_level(level)
    return problem


def set_level(level: str) -> None:
    """Change how much is logged."""
    logger.setLevel(LEVELS[level])


def outline(error: BaseException) -> str:
    """An error's type and the calls it came through, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[-8:]]
    return f"{type(error).__name__} in {' > '.join(places)}"


def on_loop_error(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """asyncio's exception handler; its default one would print arguments, which hold text."""
    error = context.get("exception")
    logger.error("unexpected: %s", outline(error) if error else "unknown")
