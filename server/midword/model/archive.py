"""Unpacking a model archive that somebody else made, as if it were hostile.

Only plain files with names that a model folder needs come out; links, devices, absolute names
and names with `..` make the whole archive suspect, and sizes are counted while they are written,
since the sizes that an archive states may be lies.
"""

import errno
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from midword.model.errors import ModelError

# What a model folder may hold. Pickles (.bin, .pt, .ckpt) and code (.py) are left out on
# purpose: loading them can run anything. The .npz word lists are read without pickles.
SUFFIXES = frozenset(
    {
        ".safetensors",
        ".json",
        ".txt",
        ".model",
        ".onnx",
        ".npz",
        ".md",
        ".toml",
        ".csv",
        ".png",
        ".svg",
    }
)
PLAIN_NAMES = frozenset({"LICENSE", "NOTICE", "README"})

MAX_BYTES = 4 << 30
MAX_ENTRIES = 10_000
_CHUNK = 1 << 20
# What the standard library raises on broken archives, one kind for each format.
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    UnicodeDecodeError,
)


def wanted(name: str) -> bool:
    """Whether a file of this name belongs into a model folder."""
    path = PurePosixPath(name)
    return path.suffix.lower() in SUFFIXES or path.name in PLAIN_NAMES


def unpack(archive: Path, folder: Path, *, max_bytes: int = MAX_BYTES) -> list[str]:
    """Unpack a .zip or .tar(.gz|.bz2|.xz) model archive into a new, empty folder.

    A single folder that holds everything is peeled off. Returns the names that were left out
    because a model doesn't need them.

    Raises:
        ModelError: not an archive, a name or kind of entry that could reach outside of `folder`,
            or more than `max_bytes` bytes or `MAX_ENTRIES` entries.
    """
    left_out = []
    budget = max_bytes
    try:
        with _opened(archive) as entries:
            for count, (name, source) in enumerate(entries, start=1):
                if count > MAX_ENTRIES:
                    raise ModelError(f"{archive.name} holds more than {MAX_ENTRIES} files")
                parts = _safe_parts(archive, name)
                if not wanted(name):
                    left_out.append(name)
                    continue
                target = folder.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                budget -= _copy(source, target, budget, archive)
    except _DAMAGE as error:
        raise ModelError(f"{archive.name} is damaged or no archive ({error})") from error
    except OSError as error:
        # gzip's and bz2's errors have no number; a zip's false offsets end in an invalid seek.
        if error.errno not in (None, errno.EINVAL):
            raise  # the disk's
        raise ModelError(f"{archive.name} is damaged ({error})") from error
    return left_out


def peel(folder: Path) -> Path:
    """The folder inside that holds everything, where an archive has just one; else `folder`."""
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


@contextmanager
def _opened(archive: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """The archive's plain files as (name, stream) pairs, in the archive's order."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            yield _zip_files(archive, opened)
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as opened_tar:
            yield _tar_files(archive, opened_tar)
    else:
        raise ModelError(f"{archive.name} is no archive: expected .zip, .tar.gz, .tar.xz or .tar")


def _zip_files(archive: Path, opened: zipfile.ZipFile) -> Iterator[tuple[str, IO[bytes]]]:
    for info in opened.infolist():
        if info.is_dir():
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise ModelError(f"{archive.name} holds a link or special file: {info.filename!r}")
        if info.flag_bits & 0x1:
            raise ModelError(f"{archive.name} is encrypted: ask for one without a password")
        with opened.open(info) as source:
            yield info.filename, source


def _tar_files(archive: Path, opened: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for member in opened:
        if member.isdir():
            continue
        if not member.isreg():
            raise ModelError(f"{archive.name} holds a link or special file: {member.name!r}")
        source = opened.extractfile(member)
        assert source is not None  # a regular file always has a stream
        with source:
            yield member.name, source


def _safe_parts(archive: Path, name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    suspicious = (
        path.is_absolute()
        or ".." in path.parts
        or not path.parts
        or any(character in name for character in "\\:\0")
    )
    if suspicious:
        raise ModelError(f"{archive.name} holds a file that would land elsewhere: {name!r}")
    return path.parts


def _copy(source: IO[bytes], target: Path, budget: int, archive: Path) -> int:
    """Copy at most `budget` bytes into a file that must be new; returns the bytes written."""
    written = 0
    try:
        with target.open("xb") as sink:
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                if written > budget:
                    raise ModelError(f"{archive.name} unpacks to more than the limit for a model")
                sink.write(chunk)
    except FileExistsError as error:
        raise ModelError(f"{archive.name} holds {target.name!r} twice") from error
    return written
