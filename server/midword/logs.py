"""Logs that help, hold no word of anyone's text, and never hold anybody up.

pygls logs whole messages and the texts of exceptions, which quote what they stumbled over, so its
loggers are silenced and errors are logged as their type and the places they went through.

Lines are written by a thread, from a queue that drops what doesn't fit: a client that doesn't read
its server's stderr, and many don't, would stop the server otherwise. A warning that comes again and
again is written once, and then with how often it came.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import math
import queue
import sys
import time
import traceback
from dataclasses import dataclass
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from typing import Any

from midword.foreign import shown

logger = logging.getLogger("midword")

_MOST_WAITING = 1000  # lines
_LONGEST, _OLD = 2**20, 2  # bytes of a log that is rotated, and how many old ones are kept
_PERIOD = 60.0  # seconds in which the same warning is counted, not repeated
_MOST_COUNTED = 100  # different warnings
_PATIENCE = 0.5  # seconds for the last lines, when the process ends
_LONGEST_SAID = 4000  # characters of a line
_SAID = "said"  # the name of records that are no log

_stderr: _Unhurried | None = None  # once logging is set up


def daemon_file() -> Path:
    """Where the daemon logs: in the user's folder for logs."""
    from midword.own_folders import log_folder

    return log_folder() / "daemon.log"


def set_up(level: str, file: Path | None, *, rotate: bool = False) -> str | None:
    """Log to a file, or to stderr; a message where the file can't be written.

    With `rotate` a file that has grown is put aside, and the oldest such is removed.
    """
    global _stderr
    logging.raiseExceptions = False  # a full disk must not fill stderr with tracebacks
    for name in ("pygls", "asyncio", "websockets"):
        silent = logging.getLogger(name)
        silent.setLevel(logging.CRITICAL + 1)
        silent.propagate = False
    handler = _stderr = _Unhurried(logging.StreamHandler(sys.stderr))
    problem = None
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handler = _Unhurried(
                RotatingFileHandler(file, maxBytes=_LONGEST, backupCount=_OLD, encoding="utf-8")
                if rotate
                else logging.FileHandler(file, encoding="utf-8")
            )
        except OSError as error:
            problem = f"can't log to {file} ({error.strerror}); logging to stderr instead"
    logger.handlers[:] = [handler]
    logger.propagate = False
    set_level(level)
    return problem


def set_level(level: str) -> None:
    """Change how much is logged: one of :data:`midword.choices.LogLevel`."""
    logger.setLevel(level.upper())


def say(line: str) -> None:
    """Tell whoever started the server something, on stderr, wherever it logs and how much.

    It may name a folder or a file, which are called whatever somebody called them.
    """
    line = shown(line, _LONGEST_SAID)
    if _stderr is None:
        print(f"midword: {line}", file=sys.stderr)
    else:
        said = {"name": _SAID, "levelno": logging.NOTSET, "msg": f"midword: {line}"}
        _stderr.handle(logging.makeLogRecord(said))


def finish() -> None:
    """Write what still waits, as far as somebody reads it soon; the process ends."""
    deadline = time.monotonic() + _PATIENCE
    for handler in {*logger.handlers, _stderr}:
        if isinstance(handler, _Unhurried):
            handler.finish(deadline)


def outline(error: BaseException) -> str:
    """An error's type and the calls it came through, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[-8:]]
    return f"{type(error).__name__} in {' > '.join(places)}"


def on_loop_error(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """asyncio's exception handler; its default one would print arguments, which hold text."""
    error = context.get("exception")
    logger.error("unexpected: %s", outline(error) if error else "unknown")


class _Lines(logging.Formatter):
    """What is said stands alone; what is logged has a time, a level and a name."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as a line."""
        return record.getMessage() if record.name == _SAID else super().format(record)


class _Unhurried(QueueHandler):
    """Leaves writing to a thread; counts what comes again, and what doesn't fit."""

    def __init__(self, target: logging.Handler) -> None:
        self._lines: queue.Queue[logging.LogRecord] = queue.Queue(_MOST_WAITING)
        super().__init__(self._lines)
        self._dropped = 0
        self._again: dict[tuple[int, str], _Count] = {}
        target.setFormatter(_Lines("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        QueueListener(self._lines, target).start()  # a daemon: it may wait for ever

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record, unless it is one more of the same."""
        now = time.monotonic()
        self._tell_counts(now)
        if record.levelno >= logging.WARNING:
            message = record.levelno, record.getMessage()
            if (count := self._again.get(message)) is not None:
                count.times += 1
                return
            if len(self._again) < _MOST_COUNTED:
                self._again[message] = _Count(copy.copy(record), now + _PERIOD)
        super().emit(record)

    def enqueue(self, record: logging.LogRecord) -> None:
        """Queue a line without waiting."""
        self._dropped += not (self._tell_dropped() and self._put(record))

    def finish(self, deadline: float) -> None:
        """Queue what was counted, and wait until all is written or it is too late."""
        self.acquire()
        self._tell_counts(math.inf)
        self.release()
        self._wait(deadline)
        self._tell_dropped()
        self._wait(deadline)

    def _put(self, record: logging.LogRecord) -> bool:
        try:
            self._lines.put_nowait(record)
        except queue.Full:
            return False
        return True

    def _wait(self, deadline: float) -> None:
        with self._lines.all_tasks_done:
            self._lines.all_tasks_done.wait_for(
                lambda: not self._lines.unfinished_tasks, max(0.0, deadline - time.monotonic())
            )

    def _tell_dropped(self) -> bool:
        """Say how many lines are missing here, if any are; whether there was room for that."""
        if self._dropped:
            message = f"{self._dropped} lines didn't fit here"
            if not self._put(
                logger.makeRecord("midword", logging.WARNING, "", 0, message, (), None)
            ):
                return False
            self._dropped = 0
        return True

    def _tell_counts(self, now: float) -> None:
        for message, count in list(self._again.items()):
            if count.until <= now:
                del self._again[message]
                if count.times:
                    line = f"{message[1]} (repeated {count.times} times)"
                    super().emit(_altered(count.record, line))


@dataclass(slots=True)
class _Count:
    record: logging.LogRecord
    until: float  # on the monotonic clock
    times: int = 0


def _altered(record: logging.LogRecord, message: str) -> logging.LogRecord:
    changed = copy.copy(record)
    changed.msg, changed.args, changed.exc_info = message, None, None
    return changed
