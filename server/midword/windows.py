"""Calls of Windows' own that Python's library doesn't have.

Each is as https://learn.microsoft.com/windows/win32/api has it; `midword.system` says what they
are for.
"""

import ctypes
import os
import sys
import time
from collections.abc import Callable
from ctypes import wintypes
from typing import TypeVar

# For type checkers on other systems: what follows is Windows' only.
assert sys.platform == "win32"

import msvcrt  # noqa: E402

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)

_QUERY_LIMITED, _SET_QUOTA, _TERMINATE, _SYNCHRONIZE = 0x1000, 0x0100, 0x0001, 0x00100000
_SHARING_VIOLATION, _LOCK_VIOLATION = 32, 33
_ACCESS_DENIED = 5  # said, too, of a file that is open elsewhere or about to be deleted
_INVALID_PARAMETER = 87  # what OpenProcess says of a number that no process has
_SIGNALLED = 0  # what waiting for a process says of one that has ended


class _MemoryCounters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("page_faults", wintypes.DWORD),
        ("peak_working_set", ctypes.c_size_t),
        ("working_set", ctypes.c_size_t),
        ("others", ctypes.c_size_t * 6),
    )


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("load", wintypes.DWORD),
        ("physical", ctypes.c_uint64),
        ("others", ctypes.c_uint64 * 6),
    )


class _ProcessInformation(ctypes.Structure):
    """PROCESS_BASIC_INFORMATION."""

    _fields_ = (
        ("others", ctypes.c_size_t * 5),
        ("parent", ctypes.c_size_t),
    )


class _JobLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", wintypes.DWORD),
        ("least_working_set", ctypes.c_size_t),
        ("most_working_set", ctypes.c_size_t),
        ("processes", wintypes.DWORD),
        ("affinity", ctypes.c_size_t),
        ("priority", wintypes.DWORD),
        ("scheduling", wintypes.DWORD),
        ("io", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peaks", ctypes.c_size_t * 2),
    )


_EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation
_PROCESS_MEMORY, _KILL_ON_CLOSE = 0x0100, 0x2000  # JOB_OBJECT_LIMIT_...


def _function(name: str, result: object, *arguments: object) -> Callable[..., int]:
    found = getattr(_kernel32, name)
    found.restype, found.argtypes = result, arguments
    return found  # type: ignore[no-any-return]


_close = _function("CloseHandle", wintypes.BOOL, wintypes.HANDLE)
_this_process = _function("GetCurrentProcess", wintypes.HANDLE)
_open_process = _function(
    "OpenProcess", wintypes.HANDLE, wintypes.DWORD, wintypes.BOOL, wintypes.DWORD
)
_wait = _function("WaitForSingleObject", wintypes.DWORD, wintypes.HANDLE, wintypes.DWORD)
_memory_info = _function(
    "K32GetProcessMemoryInfo", wintypes.BOOL, wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD
)
_memory_status = _function("GlobalMemoryStatusEx", wintypes.BOOL, ctypes.c_void_p)
_create_job = _function("CreateJobObjectW", wintypes.HANDLE, ctypes.c_void_p, wintypes.LPCWSTR)
_limit_job = _function(
    *("SetInformationJobObject", wintypes.BOOL),
    *(wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD),
)
_assign_to_job = _function(
    "AssignProcessToJobObject", wintypes.BOOL, wintypes.HANDLE, wintypes.HANDLE
)
_end_job = _function("TerminateJobObject", wintypes.BOOL, wintypes.HANDLE, wintypes.UINT)
_create_file = _function(
    *("CreateFileW", wintypes.HANDLE),
    *(wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p),
    *(wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE),
)


class _Handle:
    """Something of the kernel's that this process holds until nobody here asks for it."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __del__(self) -> None:
        if self.value:
            _close(self.value)


def working_set() -> tuple[int, int]:
    """Bytes of memory that this process holds now, and the most that it held.

    Raises:
        OSError: the system doesn't say.
    """
    counters = _MemoryCounters(size=ctypes.sizeof(_MemoryCounters))
    if not _memory_info(_this_process(), ctypes.byref(counters), counters.size):
        raise ctypes.WinError(ctypes.get_last_error())
    return counters.working_set, counters.peak_working_set


def physical_memory() -> int | None:
    """The machine's memory in bytes."""
    status = _MemoryStatus(size=ctypes.sizeof(_MemoryStatus))
    return status.physical if _memory_status(ctypes.byref(status)) else None


def parent() -> int:
    """The number of the process that started this one; 0 where the system doesn't say."""
    known = _ProcessInformation()
    query = ctypes.WinDLL("ntdll").NtQueryInformationProcess
    query.argtypes = wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.ULONG, ctypes.c_void_p
    failed = query(_this_process(), 0, ctypes.byref(known), ctypes.sizeof(known), None)
    return 0 if failed else known.parent


def watch(process_id: int) -> Callable[[], bool]:
    """See :func:`midword.system.watch`."""
    if not 0 < process_id < 1 << 32:
        return lambda: False
    process = _Handle(_open_process(_SYNCHRONIZE | _QUERY_LIMITED, False, process_id) or 0)
    if not process.value:
        # What is there but not to be looked at is somebody else's.
        is_there = ctypes.get_last_error() != _INVALID_PARAMETER
        return lambda: is_there
    return lambda: _wait(process.value, 0) != _SIGNALLED


def open_shared(path: str) -> int:
    """A descriptor to read a file with that others may write, rename and delete.

    Raises:
        OSError: it can't be opened.
    """
    read, share_all, existing, normal = 0x80000000, 0x1 | 0x2 | 0x4, 3, 0x80
    handle = _create_file(path, read, share_all, None, existing, normal, None)
    if handle in (None, 0, ctypes.c_void_p(-1).value):
        error = ctypes.WinError(ctypes.get_last_error())
        error.filename = path
        raise error
    try:
        return msvcrt.open_osfhandle(handle, os.O_RDONLY | os.O_BINARY | os.O_NOINHERIT)
    except BaseException:
        _close(handle)
        raise


_T = TypeVar("_T")
_WAITS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.3)  # seconds, one after the other


def patiently(action: Callable[[], _T], *, or_denied: bool = False) -> _T:
    """Do something to a file again, for a second, while another program has it open.

    Args:
        action: what to do.
        or_denied: whether "access denied" may mean that too.

    Raises:
        OSError: another error, or still this one.
    """
    for seconds in _WAITS:
        try:
            return action()
        except OSError as error:
            if not is_in_use(error, or_denied=or_denied):
                raise
        time.sleep(seconds)
    return action()


def is_in_use(error: OSError, *, or_denied: bool = True) -> bool:
    """Whether an error says that another program has a file open."""
    denied = or_denied and error.winerror == _ACCESS_DENIED
    return denied or error.winerror in (_SHARING_VIOLATION, _LOCK_VIOLATION)


class Job:
    """A job object: a process and those that it starts, bounded and ended together.

    Where the system refuses it, as under a job that takes none inside of it, there is none.
    """

    def __init__(self, process_id: int, megabytes: int) -> None:
        """Put a process that has just begun, and has started no other yet, into a new job."""
        self._job = _Handle(_create_job(None, None) or 0)
        limits = _JobLimits(
            flags=_PROCESS_MEMORY | _KILL_ON_CLOSE, process_memory=megabytes * 1_000_000
        )
        size = ctypes.sizeof(limits)
        _limit_job(self._job.value, _EXTENDED_LIMITS, ctypes.byref(limits), size)
        process = _Handle(_open_process(_SET_QUOTA | _TERMINATE, False, process_id) or 0)
        _assign_to_job(self._job.value, process.value)

    def end(self) -> None:
        """End every process of the job."""
        _end_job(self._job.value, 1)
