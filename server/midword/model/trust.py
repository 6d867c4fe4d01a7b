"""Whose a model is: the writer's own, or somebody else's until the writer says yes.

It goes by where the model lies, never by who named it: a folder's `.midword.toml`, an editor's
settings (which a clone may bring along) and a command all name models alike. Links count by where
they end.
"""

from collections.abc import Iterable
from pathlib import Path

from midword.model import ledger, store
from midword.model.errors import ModelError
from midword.model.fingerprint import fingerprint, walk


def is_the_writers_own(path: Path, workspaces: Iterable[Path]) -> bool:
    """Whether a model needs no question, wherever it is named.

    So are the bundled model, those in the store, and the default that `midword models use` set,
    unless that one lies in an open workspace folder: then it counts as it was accepted.
    """
    try:
        path = path.resolve()
        if path == store.BUNDLED.resolve() or is_in_store(path):
            return True
        if path != store.resolve(None).resolve():
            return False
        return not any(path.is_relative_to(folder.resolve()) for folder in workspaces)
    except (OSError, RuntimeError, ValueError, ModelError):
        return False


def is_in_store(path: Path) -> bool:
    """Whether a folder, and all that its links lead to, lies in the store.

    Raises:
        OSError, ModelError: it can't be looked through.
    """
    path = path.resolve()
    root = store.models_dir().resolve()
    return path.is_relative_to(root) and all(
        file.resolve().is_relative_to(root) for file in walk(path) if file.is_symlink()
    )


def accept(path: Path) -> None:
    """Keep the writer's consent to a model folder as it is now.

    Raises:
        ModelError: the folder can't be read, or the consent not be written.
    """
    path = path.resolve()
    ledger.note_answer(path, fingerprint(path), "accepted")
