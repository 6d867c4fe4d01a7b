"""The way to the daemon: to the one that listens, or to one that is started for it.

Whoever starts one holds a lock, and looks once more whether somebody was faster. The socket listens
before the daemon's program does, so that nobody has to try again until it is up; the daemon gets it
as systemd's services get theirs (sd_listen_fds(3)).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import struct
import sys
import time
from collections.abc import Sequence

from midword.daemon import hello
from midword.daemon.address import Address, find

assert sys.platform != "win32"  # see `midword.daemon`

_LOCKING = 5.0  # seconds; who holds the lock longer hangs
_GREETING = 10.0  # seconds for a daemon to start on a busy machine
_BACKLOG = 128

LISTENING = 3  # the descriptor that a service gets its socket in


class NoDaemonError(Exception):
    """There is none, and none can be had; the message says why."""


def reach(said: bytes, arguments: Sequence[str] = ()) -> socket.socket:
    """A connection to the daemon, which has answered a hello.

    Args:
        said: the hello.
        arguments: for `midword daemon`, if it is started.

    Raises:
        NoDaemonError: go on without.
    """
    address = _address()
    for _ in range(2):  # one that answers nothing may just be leaving
        connection = dial(address) or _start(address, arguments)
        if greets(connection, said):
            return connection
        connection.close()
    raise NoDaemonError("the daemon ends as soon as it starts")


def reach_running(said: bytes, patience: float) -> socket.socket | None:
    """A connection to the daemon that runs, which has answered a hello; None if none does.

    Args:
        said: the hello.
        patience: seconds in which it answers.

    Raises:
        NoDaemonError: it doesn't answer.
    """
    connection = dial(_address(), patience)
    if connection is None or greets(connection, said):
        return connection
    connection.close()
    return None


def dial(address: Address, patience: float = _GREETING) -> socket.socket | None:
    """A connection to whoever listens; None if nobody does.

    Raises:
        NoDaemonError: somebody else does, or it can't be found out.
    """
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(patience)
    try:
        connection.connect(address.socket)
        if peer(connection) not in (os.getuid(), None):
            raise NoDaemonError(f"{address.socket} belongs to another user")
    except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError):
        connection.close()
        return None
    except (OSError, NoDaemonError) as error:
        connection.close()
        raise NoDaemonError(str(error)) from error
    return connection


def greets(connection: socket.socket, said: bytes) -> bool:
    """Say hello, and hear the daemon do so; whether it did, for it may be leaving.

    Raises:
        NoDaemonError: it says or does something else.
    """
    received = b""
    try:
        connection.sendall(said)
        while not received.endswith(b"\n"):
            # Byte by byte: what follows the line is for somebody else to read.
            byte = connection.recv(1)
            if not byte:
                return False
            received += byte
            if len(received) > hello.LONGEST:
                raise NoDaemonError("what listens is no daemon")
        answer = hello.read(received)
    except (BrokenPipeError, ConnectionResetError):
        return False
    except (OSError, ValueError) as error:
        raise NoDaemonError(f"the daemon doesn't answer ({error})") from error
    if "refused" in answer:
        raise NoDaemonError(f"the daemon says: {answer['refused']}")
    return True


def listen(address: Address) -> socket.socket:
    """The daemon's socket; whoever calls this holds the lock and knows that nobody listens.

    Raises:
        OSError: it can't be had.
    """
    with contextlib.suppress(FileNotFoundError):
        os.unlink(address.socket)
    listening = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o177)
    try:
        listening.bind(address.socket)
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(mask)
    return listening


def lock(address: Address, patience: float = _LOCKING) -> int:
    """Hold the lock of those who start daemons; a descriptor, which closing lets go.

    Raises:
        OSError: somebody holds it too long, or it can't be had.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(address.lock, flags, 0o600)
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EINTR) or time.monotonic() > deadline:
                os.close(descriptor)
                raise
            time.sleep(0.02)
        else:
            return descriptor


def note_process(address: Address) -> None:
    """Keep beside the socket who listens on it, for who must end a process that doesn't answer."""
    with contextlib.suppress(OSError), open(address.lock, "w") as file:
        file.write(f"{os.getpid()} {os.stat(address.socket).st_ino}")


def noted_process(address: Address) -> int | None:
    """The number of the process that listens; None if another one's socket is there by now."""
    try:
        with open(address.lock) as file:
            process, inode = map(int, file.read(100).split())
        return process if os.stat(address.socket).st_ino == inode else None
    except (OSError, ValueError):
        return None


def peer(connection: socket.socket) -> int | None:
    """The user at the other end of a Unix socket; None where the system doesn't say."""
    if hasattr(socket, "SO_PEERCRED"):  # Linux: struct ucred, unix(7)
        size = struct.calcsize("3i")
        data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        return int(struct.unpack("3i", data)[1])
    if sys.platform == "darwin":  # struct xucred, sys/ucred.h; SOL_LOCAL 0, LOCAL_PEERCRED 1
        size = struct.calcsize("2Ih16I")
        data = connection.getsockopt(0, 1, size)
        return int(struct.unpack_from("2I", data)[1])
    return None


def _address() -> Address:
    address = find()
    if address is None:
        raise NoDaemonError("there is nowhere for it to listen")
    return address


def _start(address: Address, arguments: Sequence[str]) -> socket.socket:
    """A connection to a daemon that starts, or that somebody else started meanwhile."""
    try:
        held = lock(address)
        try:
            connection = dial(address)
            if connection is None:
                with listen(address) as listening:
                    _spawn(listening, arguments)
                    connection = dial(address)
        finally:
            os.close(held)
    except OSError as error:
        raise NoDaemonError(f"it can't be started: {error.strerror or error}") from error
    if connection is None:
        raise NoDaemonError("it ended at once")
    return connection


def _spawn(listening: socket.socket, arguments: Sequence[str]) -> None:
    """Start the daemon, detached whole: an editor waits for who holds its pipes, and ends the
    processes below its own.
    """
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.chdir("/")
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nothing, number)
        os.dup2(listening.fileno(), LISTENING)
        os.set_inheritable(LISTENING, True)  # dup2 leaves one that is there already as it is
        os.closerange(LISTENING + 1, os.sysconf("SC_OPEN_MAX"))
        environment = {**os.environ, "LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
        # -P: not what lies in the working directory.
        command = [sys.executable, "-P", "-m", "midword", "daemon", *arguments]
        os.execve(sys.executable, command, environment)
    finally:
        os._exit(127)
