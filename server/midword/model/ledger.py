"""What the writer said about models, and which ones are known to load: one small file.

`<user data>/midword/trusted-models.json` keeps, by path, the checksum of each folder that the
writer accepted or refused for good, and the checksums of what has once been loaded. A folder that
changes is another one, and is asked about again. A damaged file is as good as none.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from midword import files, locks
from midword.model.errors import ModelError
from midword.model.json_file import parse_object
from midword.own_folders import data_folder

Answer = Literal["accepted", "refused"]

_MOST_BYTES = 4_000_000
_MOST_ENTRIES = 2_000  # of each kind; the oldest go first
_PATIENCE = 2.0  # seconds for another process to write: on some network drives no lock comes free


@dataclass(slots=True)
class Ledger:
    """The file's content.

    Attributes:
        accepted: path of a folder -> checksum with which the writer accepted it.
        refused: likewise, refused for good.
        loaded: checksum and runtime of what has been loaded without harm; see `probation`.
    """

    accepted: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    loaded: dict[str, bool] = field(default_factory=dict)

    def answer(self, folder: Path, checksum: str) -> Answer | None:
        """What the writer said about a folder as it is; None: nothing yet."""
        if self.accepted.get(str(folder)) == checksum:
            return "accepted"
        return "refused" if self.refused.get(str(folder)) == checksum else None


def read() -> Ledger:
    """The ledger as it is now; an empty one where there is none that can be read."""
    try:
        said = parse_object(files.read_bytes(_path(), _MOST_BYTES))
    except (OSError, ValueError):
        return Ledger()
    return Ledger(
        _texts(said.get("accepted")),
        _texts(said.get("refused")),
        {key: True for key in said.get("loaded") or () if isinstance(key, str)}
        if isinstance(said.get("loaded"), list)
        else {},
    )


def note_answer(folder: Path, checksum: str, answer: Answer) -> None:
    """Keep what the writer said about a folder.

    Raises:
        ModelError: it can't be written.
    """
    with _changing() as ledger:
        _forget(ledger, folder)
        (ledger.accepted if answer == "accepted" else ledger.refused)[str(folder)] = checksum


def take_back(folder: Path) -> bool:
    """Forget what the writer said about a folder; whether they had said anything.

    Raises:
        ModelError: it can't be written.
    """
    with _changing() as ledger:
        return _forget(ledger, folder)


def note_loaded(key: str) -> None:
    """Keep that something has been loaded without harm.

    Raises:
        ModelError: it can't be written.
    """
    with _changing() as ledger:
        ledger.loaded[key] = True


def _forget(ledger: Ledger, folder: Path) -> bool:
    said = [answers.pop(str(folder), None) for answers in (ledger.accepted, ledger.refused)]
    return said != [None, None]


@contextlib.contextmanager
def _changing() -> Iterator[Ledger]:
    """The ledger, to be changed; written when the block ends.

    Two processes change it one after the other. A lock that doesn't come free is passed over: a
    lost entry is a question asked again.
    """
    path = _path()
    try:
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):
                stack.enter_context(locks.alone_with(path, _PATIENCE))
            ledger = read()
            yield ledger
            _write(path, ledger)
    except OSError as error:
        raise ModelError(f"can't write {path}: {error.strerror or error}") from error


def _write(path: Path, ledger: Ledger) -> None:
    content = {
        "accepted": _latest(ledger.accepted),
        "refused": _latest(ledger.refused),
        "loaded": list(_latest(ledger.loaded)),
    }
    files.replace(path, json.dumps(content, indent=1).encode(), mode=0o600)


def _latest(entries: Mapping[str, Any]) -> dict[str, Any]:
    return dict(list(entries.items())[-_MOST_ENTRIES:])


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {key: item for key, item in value.items() if isinstance(item, str)}


def _path() -> Path:
    return data_folder() / "trusted-models.json"
