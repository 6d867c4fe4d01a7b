"""`midword models pack DIR`: one file with a model, for `midword models pull` elsewhere.

A zip archive with what `midword.model.parcel` gives to others, and its checksum beside it. The same
folder gives the same bytes.
"""

from __future__ import annotations

import argparse
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from midword import files
from midword.errors import UserError
from midword.foreign import shown
from midword.model import store
from midword.model.manifest import checksum
from midword.model.parcel import Parcel, parcel

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date that zip knows


@dataclass(frozen=True, slots=True)
class Packed:
    """The archive, its checksum in hexadecimal digits, and the names that were left out."""

    path: Path
    sha256: str
    left_out: tuple[str, ...]


def pack(folder: Path, target: Path | None = None) -> Packed:
    """Write `target` (default: the folder's name with .zip, here) and `target.sha256`.

    Raises:
        UserError: the folder is no whole model, or the archive cannot be written.
    """
    sent = parcel(folder)
    target = target or Path(folder.resolve().name + ".zip")
    try:
        with files.writing(target) as out:
            _write(out, sent, folder.resolve().name)
        digest = checksum(target)
        sums = target.with_name(target.name + ".sha256")
        files.replace(sums, f"{digest}  {target.name}\n".encode())
    except OSError as error:
        raise UserError(f"{target}: {error.strerror}") from error
    return Packed(target, digest, sent.left_out)


def _write(file: BinaryIO, sent: Parcel, top: str) -> None:
    """Zip the files under their names in a folder `top`."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
        for name, source in sent.files.items():
            entry = zipfile.ZipInfo(f"{top}/{name}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            if name in sent.changed:
                out.writestr(entry, sent.changed[name])
                continue
            with source.open("rb") as data, out.open(entry, "w", force_zip64=True) as sink:
                while chunk := data.read(1 << 20):
                    sink.write(chunk)


def command(argv: list[str]) -> int:
    """`midword models pack`."""
    parser = argparse.ArgumentParser(
        prog="midword models pack", description="Put a model into one file that others can pull."
    )
    parser.add_argument("model", help="a model's folder, or its name in the store")
    parser.add_argument("-o", "--output", type=Path, help="the archive (default: NAME.zip here)")
    options = parser.parse_args(argv)
    packed = pack(store.resolve(options.model), options.output)
    size = packed.path.stat().st_size / 1e6
    print(f"{shown(packed.path)} ({size:.1f} MB), sha256 {packed.sha256}")
    if packed.left_out:
        print(f"left out: {', '.join(map(shown, packed.left_out))}")
    print(f"for the others: midword models pull {shown(packed.path)} --sha256 {packed.sha256}")
    return 0
