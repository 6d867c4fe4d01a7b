"""What the command line says to the daemon: how does it fare, stop, start anew."""

from __future__ import annotations

import sys
from typing import Any

from midword.daemon import hello, launch
from midword.daemon.address import find
from midword.errors import UserError

assert sys.platform != "win32"  # see `midword.daemon`

_PATIENCE = 5.0  # seconds


def report() -> dict[str, Any] | None:
    """What the daemon says of itself; None if none runs.

    Raises:
        UserError: it doesn't answer.
    """
    answer = _say("status")
    return None if answer is None else hello.read(answer)


def stop() -> bool:
    """End the daemon, and with it what its windows have of it; whether one ran.

    Raises:
        UserError: it doesn't answer.
    """
    return _say("stop") is not None


def restart() -> None:
    """End the daemon, have its windows go on with a new one, and see that there is one.

    Raises:
        UserError: none can be started.
    """
    _say("restart")
    try:
        launch.reach(hello.hello("status")).close()
    except launch.NoDaemonError as error:
        raise UserError(f"no daemon can be started: {error}") from error


def _say(wish: hello.Wish) -> bytes | None:
    """What the daemon answers until it closes the connection; None if none runs."""
    try:
        connection = launch.reach_running(hello.hello(wish), _PATIENCE)
        if connection is None:
            return None
        answer = b""
        with connection:
            while data := connection.recv(hello.LONGEST):
                answer += data
    except (OSError, launch.NoDaemonError) as error:
        address = find()
        process = launch.noted_process(address) if address is not None else None
        remedy = (
            f"; kill -9 {process} ends it, and its windows go on with another" if process else ""
        )
        raise UserError(f"the daemon can't be asked: {error}{remedy}") from error
    return answer
