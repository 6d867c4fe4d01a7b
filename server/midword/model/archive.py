"""Unpacking a model archive that somebody else made, as if it were hostile.

Only plain files with names that a model folder needs come out; links, devices, absolute names
and names with `..` make the whole archive suspect, and sizes are counted while they are written,
since the sizes that an archive states may be lies. What an archive says of its entries is read into
memory by the standard library, so that is counted too.
"""

import bz2
import errno
import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path, PurePosixPath
from typing import IO, cast

from midword import files
from midword.foreign import shown
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
MAX_DEPTH = 16  # folders inside each other, as in `fingerprint`
_CHUNK = 1 << 20
_MOST_SKIPPED = 4 * MAX_BYTES  # unpacked, taken or left out
# What may be read to find out what the next entry is: names and attributes. A zip's are in one
# list at its end.
_MOST_OF_HEADER, _MOST_OF_LIST = 1 << 20, 16 << 20
# What the standard library raises on broken archives, one kind for each format.
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    ValueError,  # numbers that are none; UnicodeDecodeError
    OverflowError,
    RecursionError,  # headers about headers
    MemoryError,  # a dictionary of gigabytes in an .xz
)


def wanted(name: str) -> bool:
    """Whether a file of this name belongs into a model folder."""
    path = PurePosixPath(name)
    return path.suffix.lower() in SUFFIXES or path.name in PLAIN_NAMES


def unpack(
    archive: Path, folder: Path, *, name: str | None = None, max_bytes: int = MAX_BYTES
) -> list[str]:
    """Unpack a .zip or .tar(.gz|.bz2|.xz) model archive into a new, empty folder.

    A single folder that holds everything is peeled off. Returns the names that were left out
    because a model doesn't need them.

    Args:
        name: what to call the archive in messages, if not by its file's name.

    Raises:
        ModelError: not an archive, a name or kind of entry that could reach outside of `folder`,
            or more than `max_bytes` bytes or `MAX_ENTRIES` entries.
    """
    title = shown(name or archive.name, 100)
    left_out = []
    budget = max_bytes
    try:
        with _opened(archive, title) as entries:
            for entry, source in entries:
                parts = _safe_parts(title, entry)
                if not wanted(entry):
                    left_out.append(shown(entry))
                    continue
                target = folder.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                budget -= _copy(source, target, budget, title)
    except _DAMAGE as error:
        reason = shown(error) or type(error).__name__
        raise ModelError(f"{title} is damaged or no archive ({reason})") from error
    except OSError as error:
        # gzip's and bz2's errors have no number; a zip's false offsets end in an invalid seek.
        if error.errno not in (None, errno.EINVAL):
            raise  # the disk's
        raise ModelError(f"{title} is damaged ({shown(error)})") from error
    return left_out


def peel(folder: Path) -> Path:
    """The folder inside that holds everything, where an archive has just one; else `folder`."""
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


class _Metered:
    """A stream of which only so much may be read until more is allowed.

    Attributes:
        allowance: bytes that may still be read; None: any number.
    """

    def __init__(self, stream: IO[bytes], title: str) -> None:
        self._stream = stream
        self._title = title
        self.allowance: int | None = None
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, size: int = -1) -> bytes:
        if self.allowance is None:
            return self._stream.read(size)
        data = b""
        if size <= self.allowance:  # else there is no need to look
            data = self._stream.read(size if size >= 0 else self.allowance + 1)
        if max(size, len(data)) > self.allowance:
            raise ModelError(f"{self._title} says more of its files than any model needs")
        self.allowance -= len(data)
        return data


_Entries = Iterator[tuple[str, IO[bytes]]]

_PACKED: dict[bytes, Callable[[IO[bytes]], IO[bytes]]] = {
    b"\x1f\x8b": lambda stream: cast(IO[bytes], gzip.GzipFile(fileobj=stream)),
    b"BZh": lambda stream: cast(IO[bytes], bz2.BZ2File(stream)),
    b"\xfd7zXZ\0": lambda stream: cast(IO[bytes], lzma.LZMAFile(stream)),  # noqa: SIM115
}
"""How a tar is unpacked, by its first bytes."""


@contextmanager
def _opened(archive: Path, title: str) -> Iterator[_Entries]:
    """The archive's plain files as (name, stream) pairs, in the archive's order."""
    with files.open_plain(archive) as stream:
        start = stream.read(6)
        metered = _Metered(stream, title)
        metered.allowance = _MOST_OF_LIST
        if start.startswith(b"PK") and zipfile.is_zipfile(cast(IO[bytes], metered)):
            with zipfile.ZipFile(cast(IO[bytes], metered)) as opened:
                metered.allowance = None
                yield _zip_files(title, opened)
            return
        stream.seek(0)
        unpack = next((way for magic, way in _PACKED.items() if start.startswith(magic)), None)
        with unpack(stream) if unpack else nullcontext(stream) as plain:
            metered = _Metered(plain, title)
            metered.allowance = _MOST_OF_HEADER
            try:
                opened_tar = tarfile.TarFile(fileobj=cast(IO[bytes], metered))
            except tarfile.ReadError as error:
                raise ModelError(
                    f"{title} is no archive: expected .zip, .tar.gz, .tar.xz or .tar"
                ) from error
            with opened_tar:
                yield _tar_files(title, opened_tar, metered)


def _zip_files(title: str, opened: zipfile.ZipFile) -> _Entries:
    if len(opened.infolist()) > MAX_ENTRIES:
        raise _too_many(title)
    for info in opened.infolist():
        if info.is_dir():
            continue
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise ModelError(f"{title} holds a link or special file: {shown(info.filename)!r}")
        if info.flag_bits & 0x1:
            raise ModelError(f"{title} is encrypted: ask for one without a password")
        # The others are unpacked without a bound: 1 MB of them can be gigabytes.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ModelError(f"{title} is packed in a rare way: ask for a zip made with deflate")
        with opened.open(info) as source:
            yield info.filename, source


def _tar_files(title: str, opened: tarfile.TarFile, metered: _Metered) -> _Entries:
    count = skipped = 0
    while True:
        metered.allowance = _MOST_OF_HEADER
        member = opened.next()
        if member is None:
            return
        count += 1
        if count > MAX_ENTRIES:
            raise _too_many(title)
        # What is kept of those before: names, and the attributes that hold for all.
        opened.members = []  # type: ignore[attr-defined]
        opened.pax_headers = {}
        skipped += member.size
        if skipped > _MOST_SKIPPED:
            raise ModelError(f"{title} holds far more than a model")
        if member.isdir():
            continue
        if not member.isreg() or member.issparse():
            raise ModelError(f"{title} holds a link or special file: {shown(member.name)!r}")
        source = opened.extractfile(member)
        assert source is not None  # a regular file always has a stream
        metered.allowance = None
        with source:
            yield member.name, source


def _too_many(title: str) -> ModelError:
    return ModelError(f"{title} holds more than {MAX_ENTRIES} files")


def _safe_parts(title: str, name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    suspicious = (
        path.is_absolute()
        or ".." in path.parts
        or not path.parts
        or any(character in name for character in "\\:\0")
    )
    if suspicious:
        raise ModelError(f"{title} holds a file that would land elsewhere: {shown(name)!r}")
    if len(path.parts) > MAX_DEPTH:
        raise ModelError(f"{title} holds folders nested deeper than {MAX_DEPTH}")
    if not name.isprintable():
        raise ModelError(f"{title} holds a file whose name can't be shown: '{shown(name)}'")
    return path.parts


def _copy(source: IO[bytes], target: Path, budget: int, title: str) -> int:
    """Copy at most `budget` bytes into a file that must be new; returns the bytes written."""
    written = 0
    try:
        with target.open("xb") as sink:
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                if written > budget:
                    raise ModelError(f"{title} unpacks to more than the limit for a model")
                sink.write(chunk)
    except FileExistsError as error:
        raise ModelError(f"{title} holds '{shown(target.name)}' twice") from error
    return written
