"""Files that somebody else may have put there, read so that none can hang or fill the process.

A folder's files are what its author made of them: a link to /dev/zero, a pipe that nobody writes
to, three gigabytes of nothing. Whatever a folder can name is opened here and nowhere else: plain
files only, opened without waiting, never more read than the caller's limit.
"""

import codecs
import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_plain(path: Path) -> BinaryIO:
    """Open a plain file for reading; links are followed.

    Raises:
        FileNotFoundError: there is none.
        OSError: it is a folder, pipe, device or socket, may not be read, or can't have that name;
            `strerror` says so in words for the writer.
    """
    try:
        # Before it is opened too: opening alone makes some devices do something.
        _check_plain(os.stat(path), path)  # noqa: PTH116 - a name that can't be is a ValueError
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags | getattr(os, "O_NOCTTY", 0))
    except ValueError as error:  # a NUL, half of a surrogate pair
        raise OSError(errno.EINVAL, "no file can have this name", str(path)) from error
    try:
        _check_plain(os.fstat(descriptor), path)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_bytes(path: Path, most: int) -> bytes:
    """All of a plain file of at most `most` bytes.

    Raises:
        OSError: as for :func:`open_plain`; or the file is larger.
    """
    with open_plain(path) as file:
        too_large = OSError(errno.EFBIG, f"it is larger than {most / 1e6:g} MB", str(path))
        if os.fstat(file.fileno()).st_size > most:
            raise too_large
        # What the system says of the size may be wrong (/proc) or old.
        data = file.read(most + 1)
        if data is None:
            raise OSError(errno.EAGAIN, "it can't be read without waiting", str(path))
        if len(data) > most:
            raise too_large
        return data


def read_text(path: Path, most: int, errors: str = "strict") -> str:
    """The text of a plain file of at most `most` bytes: UTF-8, or what its byte-order mark says.

    The mark itself is no part of the text.

    Raises:
        OSError: as for :func:`read_bytes`.
        UnicodeDecodeError: it is another encoding; never with `errors` "replace".
    """
    return decoded(read_bytes(path, most), errors)


def decoded(data: bytes, errors: str = "strict") -> str:
    """Bytes of a text file as text; see :func:`read_text`."""
    return data.decode(encoding_of(data), errors)


def encoding_of(data: bytes) -> str:
    """The codec for a text file's bytes, by its byte-order mark; UTF-8 where it has none."""
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8"


def _check_plain(status: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a plain file", str(path))
