"""What of a model's folder goes to others, in an archive or to a hub.

What a model needs (safetensors, tokenizer, runtime file, word lists), its card and its licence;
never a pickle, never code, nothing that a link leads out to. Of two runtime files the one that runs
by default, and no path of the machine that trained.
"""

import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from midword import files
from midword.foreign import shown
from midword.model import archive, store
from midword.model.errors import ModelError
from midword.model.manifest import FILE_NAME, Manifest

_METRICS = "metrics.json"
_MOST_OF_METRICS = 64 << 20  # bytes
_TELLS = {".md", ".json", ".csv"}  # suffixes of files that a program wrote about the model
_TOKENS = {"tokenizer.json", "vocab.json"}  # words of a language, "/home/" perhaps among them


@dataclass(frozen=True, slots=True)
class Parcel:
    """Files by their names in the folder, with what they hold where that is not what they do here.

    Attributes:
        left_out: the names of files that don't belong to a model.
    """

    files: dict[str, Path]
    changed: dict[str, bytes]
    left_out: tuple[str, ...]


def parcel(folder: Path) -> Parcel:
    """What of a model's folder goes to others.

    Raises:
        ModelError: it is no whole model, its files changed since it was made, or one of them names
            a folder of this machine.
    """
    if not (folder / FILE_NAME).is_file():
        name = shown(folder)
        raise ModelError(f"{name} is no Midword model: run `midword models export {name}` first")
    if trouble := store.problem(folder):
        raise ModelError(f"{shown(folder)}: {shown(trouble)}")
    described = Manifest.read(folder)
    if damaged := described.damaged(folder):
        raise ModelError(
            f"{shown(folder)}: {shown(', '.join(damaged))} changed since the model was made; "
            "export it again"
        )
    spare = _spare_body(described)
    taken: dict[str, Path] = {}
    left_out: list[str] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        inside = path.relative_to(folder)
        if inside.as_posix() == spare or any(part.startswith(".") for part in inside.parts):
            continue
        if archive.wanted(inside.as_posix()) and files.lies_in(path, folder):
            taken[inside.as_posix()] = path
        else:
            left_out.append(inside.as_posix())
    if missing := described.sha256.keys() - taken.keys() - {spare}:
        raise ModelError(f"{shown(folder)}: {shown(min(missing))} is a link that leads out of it")
    changed = {FILE_NAME: _without(described, spare)}
    if _METRICS in taken:
        changed[_METRICS] = _with_names(taken[_METRICS])
    _check_paths(folder, taken, changed)
    return Parcel(taken, changed, tuple(left_out))


def _spare_body(described: Manifest) -> str | None:
    """The float32 runtime file, where an int8 one runs by default."""
    bodies = described.bodies
    return bodies.get("onnx-fp32") if "onnx-int8" in bodies else None


def _without(described: Manifest, body: str | None) -> bytes:
    """The manifest of a folder that lacks this runtime file."""
    left = replace(
        described,
        bodies={runtime: file for runtime, file in described.bodies.items() if file != body},
        sha256={file: digest for file, digest in described.sha256.items() if file != body},
    )
    with tempfile.TemporaryDirectory() as folder:
        left.write(Path(folder))
        return (Path(folder) / FILE_NAME).read_bytes()


def _with_names(metrics: Path) -> bytes:
    """`metrics.json` with a folder's name where older versions wrote its path."""
    data = files.read_bytes(metrics, _MOST_OF_METRICS)
    try:
        said = json.loads(data)
        start = PurePath(said["start"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return data
    if not start.is_absolute():
        return data
    return (json.dumps({**said, "start": start.name}, indent=1) + "\n").encode()


def _check_paths(folder: Path, taken: dict[str, Path], changed: dict[str, bytes]) -> None:
    """Whether nothing says where on this machine it was made.

    Raises:
        ModelError: a file does.
    """
    places = {f"{place}/" for place in (Path.home(), folder.resolve().parent) if place.name}
    for name, path in taken.items():
        if path.suffix.lower() not in _TELLS or path.name in _TOKENS:
            continue
        data = changed.get(name) or files.read_bytes(path, archive.MAX_BYTES)
        if found := [place for place in sorted(places) if place.encode() in data]:
            raise ModelError(
                f"{shown(path)} names a folder of this machine ({shown(found[0])}): "
                "take it out before others get the model"
            )
