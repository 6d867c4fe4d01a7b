"""The models on this machine: the wheel's own, and those that `midword models pull` brought.

A stored model is a folder `<user data>/midword/models/<name>`; the default's name is one line in
`<user data>/midword/default-model`. Nothing here opens the network.
"""

import contextlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from midword import files, system
from midword.foreign import shown
from midword.model import manifest
from midword.model.errors import ModelError
from midword.model.fingerprint import size as folder_size
from midword.model.json_file import read_object
from midword.model.manifest import Manifest
from midword.own_folders import data_folder

BUNDLED = Path(__file__).parent.parent / "data" / "model"
BUNDLED_NAME = "bundled"
# What every runtime needs, whatever the model's shape.
REQUIRED = ("config.json", "tokenizer.json", "model.safetensors")
_LONGEST_PATH = 8_192  # bytes

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,127})?")


@dataclass(frozen=True, slots=True)
class StoredModel:
    """One model as `midword models list` shows it.

    Attributes:
        name: "bundled", a name in the store, or the path of a folder elsewhere.
        is_default: whether the server takes it when no setting names another.
        size: bytes on disk.
        runtimes: CPU runtimes that it has a file for, such as "onnx-int8"; empty: it needs
            `midword[gpu]`, or exporting.
        problem: what keeps it from loading, or None.
    """

    name: str
    path: Path
    is_default: bool
    size: int
    runtimes: tuple[str, ...]
    problem: str | None


def models_dir() -> Path:
    """Where pulled models lie (may not exist yet)."""
    return data_folder() / "models"


def stored_path(name: str) -> Path:
    """Where a model of this name lies, or would lie.

    Raises:
        ModelError: the name could reach outside of the store.
    """
    if not _NAME.fullmatch(name):
        raise ModelError(
            f"'{shown(name)}' can't be a model's name: use letters, digits, '.', '_' and '-'"
        )
    return models_dir() / name


def default_name() -> str:
    """The model that `midword models use` chose; the wheel's where none was chosen."""
    try:
        name = files.read_text(_default_file(), _LONGEST_PATH).strip()
    except (OSError, UnicodeDecodeError):
        return BUNDLED_NAME
    return name if name and "\0" not in name else BUNDLED_NAME


def resolve(name_or_path: str | Path | None) -> Path:
    """The folder of a model named in a setting, on the command line, or nowhere (the default).

    A name in the store wins over a folder of the same name in the working folder; write `./name`
    for the folder.

    Raises:
        ModelError: there is none; says which names there are and how to fetch one.
    """
    wanted = str(name_or_path or "") or default_name()
    if wanted == BUNDLED_NAME:
        return BUNDLED
    if _NAME.fullmatch(wanted) and is_folder(path := models_dir() / wanted):
        return path
    with contextlib.suppress(OSError, RuntimeError, ValueError):  # names that can't be a path's
        path = Path(wanted).expanduser()
        if path.is_dir():
            return path.resolve()
    known = ", ".join(shown(name) for name in (BUNDLED_NAME, *sorted(_stored())))
    raise ModelError(
        f"no model '{shown(wanted)}' on this machine: choose one of {known}; "
        "or fetch it with 'midword models pull'"
    )


def name_of(folder: Path) -> str | None:
    """What lists and messages call a model's folder; None for one outside of the store."""
    if folder == BUNDLED:
        return BUNDLED_NAME
    if folder.is_relative_to(models_dir()):
        return folder.relative_to(models_dir()).as_posix()
    return None


def located(name_or_path: str, folder: Path) -> str:
    """A model's name as it is, a relative path as it is seen from a folder."""
    if _NAME.fullmatch(name_or_path) and is_folder(models_dir() / name_or_path):
        return name_or_path
    with contextlib.suppress(RuntimeError, ValueError):
        path = folder / Path(name_or_path).expanduser()
        if name_or_path != BUNDLED_NAME and is_folder(path):
            return str(path)
    return name_or_path


def is_name(text: str) -> bool:
    """Whether a text can be a model's name in the store, or the bundled one's."""
    return bool(_NAME.fullmatch(text))


def is_folder(path: Path) -> bool:
    """Whether there is a folder of this name; False too where no folder can have it."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def list_models() -> list[StoredModel]:
    """The wheel's model, the stored ones by name, and a default that lies elsewhere."""
    default = default_name()
    found = {BUNDLED_NAME: BUNDLED}
    found |= dict(sorted(_stored().items()))
    if default not in found:
        found[default] = Path(default)
    return [describe(name, path, is_default=name == default) for name, path in found.items()]


def describe(name: str, path: Path, *, is_default: bool = False) -> StoredModel:
    """One model's folder, looked at but not loaded."""
    trouble = problem(path)
    found = None if trouble else manifest_of(path)
    return StoredModel(
        name=name,
        path=path,
        is_default=is_default,
        size=folder_size(path),
        runtimes=tuple(found.bodies) if found else (),
        problem=trouble,
    )


def problem(path: Path) -> str | None:
    """Why a folder can't be a model, or None. Reads the small files only."""
    if not is_folder(path):
        return "the folder is gone"
    missing = [name for name in REQUIRED if not (path / name).exists()]
    odd = [name for name in (*REQUIRED, manifest.FILE_NAME) if _is_odd(path / name)]
    if odd:
        return f"{' and '.join(odd)}: no plain file"
    if missing == ["model.safetensors"] and any(path.glob("*.bin")):
        return "it has its weights as a pickle only, and Midword reads safetensors only"
    if missing:
        return f"{' and '.join(missing)} missing"
    try:
        read_object(path / "config.json")
    except (OSError, ModelError):
        return "config.json is damaged"
    try:
        manifest_of(path)
    except ModelError as error:
        return str(error)
    return None


def _is_odd(path: Path) -> bool:
    """Whether there is something that is no plain file."""
    return path.exists() and not path.is_file()


def manifest_of(path: Path) -> Manifest | None:
    """A model's manifest; None where it has none (a folder straight from a hub).

    Raises:
        ModelError: it can't be read.
    """
    return Manifest.read(path) if (path / manifest.FILE_NAME).is_file() else None


def use(name_or_path: str) -> Path:
    """Make a model the default for the server and the command line; returns its folder.

    Raises:
        ModelError: there is no such model, it can't be loaded, or the choice can't be written.
    """
    path = resolve(name_or_path)
    if trouble := problem(path):
        raise ModelError(f"can't use {name_or_path}: {trouble}")
    chosen = f"{name_of(path) or path}\n".encode()
    _doing(f"write {_default_file()}", lambda: files.replace(_default_file(), chosen))
    return path


def remove(name: str) -> Path:
    """Delete a stored model; the wheel's becomes the default if it was this one.

    Raises:
        ModelError: the wheel's model, a folder outside of the store, or no such model.
    """
    if name == BUNDLED_NAME:
        raise ModelError("the bundled model is part of the package and can't be removed")
    path = stored_path(name)
    if name not in _stored():
        raise ModelError(f"no model {name!r} in the store: see 'midword models list'")
    # Aside first: where one of its files can't go (on Windows one in use), all of them stay.
    aside = models_dir() / f".removed-{os.urandom(8).hex()}"
    _doing(f"remove {path}", lambda: path.rename(aside))
    if name == default_name():
        _default_file().unlink(missing_ok=True)
    _doing(f"remove {aside}", lambda: shutil.rmtree(aside))
    if "/" in name and not any(path.parent.iterdir()):
        path.parent.rmdir()
    return path


def _doing(what: str, action: Callable[[], object]) -> None:
    try:
        action()
    except OSError as error:
        raise ModelError(f"can't {what}: {system.why(error)}") from error


def _default_file() -> Path:
    return data_folder() / "default-model"


def _stored() -> dict[str, Path]:
    """Folders in the store by name: `name` or, for one from a hub, `owner/name`."""
    root = models_dir()
    found = {}
    for folder in _folders(root):
        for path in [folder] if holds_files(folder) else _folders(folder):
            found[path.relative_to(root).as_posix()] = path
    return found


def holds_files(folder: Path) -> bool:
    """Whether a folder of the store is a model, not an owner's folder of models."""
    with contextlib.suppress(OSError):
        return any(child.is_file() for child in folder.iterdir())
    return False


def _folders(path: Path) -> list[Path]:
    """Folders in a folder, but for hidden ones (a pull under way)."""
    with contextlib.suppress(OSError):
        return [child for child in path.iterdir() if child.is_dir() and child.name[0] != "."]
    return []
