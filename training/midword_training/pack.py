"""`midword models pack DIR`: one file with a model, for `midword models pull` elsewhere.

A zip archive with what a model folder needs (safetensors, tokenizer, runtime file, word lists, card
and licence; never a pickle, never code) and its checksum beside it. Of two runtime files it has the
one that runs by default, and no path of the machine that trained. The same folder gives the same
bytes.
"""

from __future__ import annotations

import argparse
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from midword.errors import UserError
from midword.foreign import shown
from midword.model import archive, store
from midword.model.manifest import FILE_NAME, Manifest, checksum

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
    if not (folder / FILE_NAME).is_file():
        raise UserError(f"{folder} is no Midword model: run `midword models export {folder}` first")
    if trouble := store.problem(folder):
        raise UserError(f"{folder}: {trouble}")
    if damaged := Manifest.read(folder).damaged(folder):
        raise UserError(
            f"{folder}: {', '.join(damaged)} changed since the model was made; export it again"
        )
    target = target or Path(folder.resolve().name + ".zip")
    inside = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path: path.relative_to(folder).as_posix() for path in inside}
    spare = _spare_body(Manifest.read(folder))
    taken = {p: n for p, n in names.items() if archive.wanted(n) and n != spare}
    changed = {FILE_NAME: _without(Manifest.read(folder), spare)}
    if (folder / "metrics.json").is_file():
        changed["metrics.json"] = _without_paths(folder / "metrics.json")
    aside = target.with_name(target.name + ".partial")
    try:
        _write(aside, taken, changed, folder.resolve().name)
        aside.replace(target)
        digest = checksum(target)
        sums = target.with_name(target.name + ".sha256")
        sums.write_text(f"{digest}  {target.name}\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{target}: {error.strerror}") from error
    finally:
        aside.unlink(missing_ok=True)
    left_out = tuple(n for p, n in names.items() if p not in taken and n != spare)
    return Packed(target, digest, left_out)


def _spare_body(manifest: Manifest) -> str | None:
    """The float32 runtime file, where an int8 one runs by default."""
    bodies = manifest.bodies
    return bodies.get("onnx-fp32") if "onnx-int8" in bodies else None


def _without(manifest: Manifest, body: str | None) -> bytes:
    """The manifest of a folder that lacks this runtime file."""
    left = replace(
        manifest,
        bodies={runtime: file for runtime, file in manifest.bodies.items() if file != body},
        sha256={file: digest for file, digest in manifest.sha256.items() if file != body},
    )
    with TemporaryDirectory() as folder:
        left.write(Path(folder))
        return (Path(folder) / FILE_NAME).read_bytes()


def _without_paths(metrics: Path) -> bytes:
    """`metrics.json` with a folder's name where older versions wrote its path."""
    data = metrics.read_bytes()
    try:
        said = json.loads(data)
        start = said["start"]
    except (ValueError, LookupError, TypeError):
        return data
    if not isinstance(start, str) or not PurePath(start).is_absolute():
        return data
    return (json.dumps({**said, "start": PurePath(start).name}, indent=1) + "\n").encode()


def _write(path: Path, files: dict[Path, str], changed: dict[str, bytes], top: str) -> None:
    """Zip the files under their names in a folder `top`, `changed` with what they hold instead."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
        for source, name in files.items():
            entry = zipfile.ZipInfo(f"{top}/{name}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            if name in changed:
                out.writestr(entry, changed[name])
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
