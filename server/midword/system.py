"""What the operating system is asked where Linux, macOS and Windows differ.

Linux is where the tests run, and Windows through Wine; what is said for macOS is from its manual
pages. Calls of Windows' own are in `windows.py`, and imported there only. What few commands need is
imported where they do, for a client that only connects starts with every window.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

if sys.platform == "win32":
    from midword import windows


class Memory(NamedTuple):
    """What this process holds of the machine's memory, in bytes."""

    now: int
    most: int  # since it began


def memory() -> Memory:
    """The memory of this process that is not swapped out; the most for both where `now` is unknown.

    Linux says both in /proc (proc_pid_status(5)), Windows by GetProcessMemoryInfo, macOS only the
    most it ever was, by getrusage(2).
    """
    if sys.platform == "win32":
        return Memory(*windows.working_set())
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if sys.platform == "darwin":
        return Memory(most, most)  # in bytes there, everywhere else in kilobytes
    most *= 1024
    try:
        with open("/proc/self/status", errors="replace") as status:
            rows = status.read().splitlines()
        said = {name: value.split() for name, _, value in (row.partition(":") for row in rows)}
        return Memory(int(said["VmRSS"][0]) * 1024, int(said["VmHWM"][0]) * 1024)
    except (OSError, ValueError, LookupError):  # no /proc, or one without these
        return Memory(most, most)


def machine_memory() -> int | None:
    """The machine's memory in bytes; None where the system doesn't say."""
    if sys.platform == "win32":
        return windows.physical_memory()
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None


def watch(process_id: int) -> Callable[[], bool]:
    """A function that says whether the process of this number still lives, as far as can be seen.

    On Windows it keeps the process in hand, for another one may soon have its number.
    """
    if sys.platform == "win32":
        return windows.watch(process_id)

    def lives() -> bool:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return False
        except (OSError, OverflowError):
            return True  # somebody else's, but there
        return True

    return lives


def parent() -> int:
    """The process that started this one."""
    # Python 3.13 makes a snapshot of the whole process for it on Windows, which Wine can't.
    if sys.platform == "win32":
        return windows.parent()
    return os.getppid()


def watch_parent(parent: int) -> Callable[[], bool]:
    """A function that says whether the process that started this one still lives.

    Windows goes on to name a parent that is gone; elsewhere, an orphan gets another one at once,
    while the number of one that nobody waited for stays taken.
    """
    if sys.platform == "win32":
        return windows.watch(parent)
    return lambda: os.getppid() == parent


def comparable(path: str | Path) -> str:
    """A path as a key: the same for all names that the system takes for one.

    Windows and, as it is delivered, macOS take capitals and small letters for the same, macOS
    letters with accents too, whether they are one character or two.
    """
    if sys.platform == "darwin":
        import unicodedata

        return unicodedata.normalize("NFC", str(path)).casefold()
    return os.path.normcase(path)


def is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether a folder's entry is Windows' other kind of link, which it calls a folder."""
    if sys.platform == "win32":
        tag = entry.stat(follow_symlinks=False).st_reparse_tag
        return tag == stat.IO_REPARSE_TAG_MOUNT_POINT
    return False


def names_another_machine(name: str) -> bool:
    r"""Whether Windows would go to the network, or to a device, for a mere look at this file.

    At `\\HOST\SHARE` it greets the host with proof of who is logged in, so such a name is nothing
    to be followed unless the writer typed it.
    """
    return sys.platform == "win32" and name[:2].replace("/", "\\") == "\\\\"


def open_to_read(path: str | Path) -> int:
    """A descriptor of a file, had without waiting; others may go on to write, rename or delete it.

    As Python opens it, Windows would keep it from being renamed, and an editor's saving would fail.

    Raises:
        OSError: it can't be opened.
        ValueError: no file can have this name.
    """
    if sys.platform == "win32":
        return windows.patiently(lambda: windows.open_shared(os.fspath(path)))
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)


def replace(new: str | Path, path: str | Path) -> None:
    """Rename a file over another one; wait a moment where Windows has that open.

    A scanner for viruses, an index or an editor reads a file just when it has changed.

    Raises:
        OSError: it can't be renamed, or the other one stays open.
    """
    if sys.platform == "win32":
        windows.patiently(lambda: os.replace(new, path), or_denied=True)
    else:
        os.replace(new, path)


def why(error: OSError) -> str:
    """What an error of the file system says, and what to do where Windows keeps a file."""
    reason = error.strerror or str(error)
    if sys.platform == "win32" and windows.is_in_use(error):
        return f"{reason} A program may have it open: end your editors first."
    return reason


class Group:
    """A process and all that it starts, to be ended together.

    The process must have been started with `start_new_session`, which POSIX needs. On Windows the
    group also ends when this process does, and none of it gets more memory than `megabytes`.
    """

    def __init__(self, process: subprocess.Popen[bytes], megabytes: int) -> None:
        self._process = process
        if sys.platform == "win32":
            self._job = windows.Job(process.pid, megabytes)

    def kill(self) -> None:
        """End all of them; nothing where the process has been waited for."""
        if sys.platform == "win32":
            self._job.end()
        if self._process.returncode is not None:
            return
        if sys.platform == "win32":
            self._process.kill()
        else:
            import signal

            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)


def quoted(argument: str) -> str:
    """An argument as the system's usual shell takes it."""
    if sys.platform == "win32":
        import subprocess

        return subprocess.list2cmdline([argument])
    import shlex

    return shlex.quote(argument)


def neovim_folders(name: str) -> tuple[Path, Path]:
    """Where a Neovim of this name keeps its data and its configuration; `:help standard-path`."""
    from pathlib import Path

    data, config = os.environ.get("XDG_DATA_HOME"), os.environ.get("XDG_CONFIG_HOME")
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(data or local, f"{name}-data"), Path(config or local, name)
    home = Path.home()
    return Path(data or home / ".local" / "share", name), Path(config or home / ".config", name)


def program() -> Path:
    """The `midword` command that pip made for this Python; it need not be on the PATH."""
    import sysconfig
    from pathlib import Path

    name = "midword.exe" if sys.platform == "win32" else "midword"
    schemes = (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user"))
    places = [Path(sysconfig.get_path("scripts", scheme), name) for scheme in schemes]
    return next((place for place in places if place.exists()), places[0])
