"""Files that somebody else may have put there, read so that none can hang or fill the process.

A folder's files are what its author made of them: a link to /dev/zero, a pipe that nobody writes
to, three gigabytes of nothing. Whatever a folder can name is opened here and nowhere else: plain
files only, opened without waiting, never more read than the caller's limit. What is written goes
aside first, so that a full disk or a killed process costs no word.
"""

import codecs
import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from midword import system


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
        descriptor = system.open_to_read(path)
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


def beginning(path: Path, most: int) -> bytes:
    """The first bytes of a plain file, however long it is.

    Raises:
        OSError: as for :func:`open_plain`.
    """
    with open_plain(path) as file:
        return file.read(most) or b""


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


def encoded(text: str, like: bytes) -> bytes:
    """A text as bytes, with the byte-order mark and in the encoding of the file's earlier ones."""
    encoding = encoding_of(like)
    if encoding == "utf-16":  # the codec would take this machine's byte order
        mark = like[:2]
        return mark + text.encode("utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be")
    return text.encode(encoding)


def encoding_of(data: bytes) -> str:
    """The codec for a text file's bytes, by its byte-order mark; UTF-8 where it has none."""
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8"


def replace(path: Path, data: bytes, mode: int | None = None) -> None:
    """Write a file whole or not at all; see :func:`writing`."""
    with writing(path, mode) as file:
        file.write(data)


@contextlib.contextmanager
def writing(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """A file to be written whole or not at all: aside, and in place when the block has ended well.

    Its mode and owner stay, and a link to it. On Windows it gets the folder's access list, as a new
    file does.

    Args:
        path: the file, or a link that is followed, as of whoever keeps dotfiles elsewhere.
        mode: of a new file; None: the usual one.

    Raises:
        OSError: it can't be written, or may not; it is as it was.
    """
    path = Path(os.path.realpath(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except RecursionError as error:  # a thousand folders that aren't there
        raise OSError(errno.ENAMETOOLONG, "it lies too deep in folders", str(path)) from error
    try:
        before = path.stat()
    except FileNotFoundError:
        before = None
    if before is not None and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "it may only be read", str(path))
    # Not `tempfile`, which on Windows tries names for hours where no file may be made.
    aside = path.with_name(f".{path.name[:100]}.{os.urandom(8).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(aside, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if hasattr(os, "fchmod"):
                if before is not None:
                    mode = stat.S_IMODE(before.st_mode)
                os.fchmod(descriptor, _usual_mode() if mode is None else mode)
            if before is not None and hasattr(os, "fchown"):
                with contextlib.suppress(OSError):  # only root may give files away
                    os.fchown(descriptor, before.st_uid, before.st_gid)
            yield file
            file.flush()
            os.fsync(descriptor)
        system.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def lies_in(path: Path, folder: Path) -> bool:
    """Whether a file lies in a folder when all links are followed; it need not be there."""
    try:
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    except (OSError, ValueError):
        return False


def can_be_named(name: str) -> bool:
    """Whether a file can have this name: no NUL, no half character, no part too long."""
    try:
        parts = [len(os.fsencode(part)) for part in Path(name).parts]
    except UnicodeEncodeError:
        return False
    return "\0" not in name and len(name) < 4096 and all(length < 256 for length in parts)


def _usual_mode() -> int:
    """The mode of new files, which a temporary one is kept from."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


def _check_plain(status: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a plain file", str(path))
