"""Models that somebody else may have put here: not loaded before the writer says yes.

Whose a model is goes by where it lies (`midword.model.trust`). For one that is not the writer's own
its files' checksum is looked up in a thread; if it was never answered for, the writer is asked,
and until they agree the next model in the settings' order is used, at last the package's own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from midword import system
from midword.foreign import shown
from midword.logs import logger
from midword.lsp.editor import Editor
from midword.lsp.folders import Folder, Folders
from midword.model import ledger, store, trust
from midword.model.errors import ModelError
from midword.model.fingerprint import fingerprint
from midword.settings import FILE_NAME

PATIENCE = 8.0  # seconds without an answer: the editor may show no questions

_USE, _NOT_NOW, _NEVER = "Use it", "Not now", "Never"

Named = Literal["file", "settings", "command line"]
"""Who names a model: a folder's `.midword.toml`; what speaks for the editor; the writer."""


class Allowed(NamedTuple):
    """A model that may be loaded; with a checksum, as long as its files have that one."""

    model: str
    checksum: str = ""


class Consent:
    """The models that this session may load, and the questions about the others."""

    def __init__(self, editor: Editor, folders: Folders, changed: Callable[[], None]) -> None:
        """Begin with nothing known.

        Args:
            editor: asks the writer.
            folders: those that are open; what lies in one is not the writer's own.
            changed: called when a model may be loaded that could not be before.
        """
        self._editor = editor
        self._folders = folders
        self._changed = changed
        # The checksum that the writer agreed to; None: not before they say so.
        self._allowed: dict[Path, str | None] = {}
        self._told: set[Path] = set()
        self._looking: set[asyncio.Future[None]] = set()
        self._asking: set[Path] = set()

    def model(self, folder: Folder, wanted: str, named: Named, *, look_up: bool) -> Allowed | None:
        """What to load for a name or path in a folder's settings; None: nothing (yet).

        Without `look_up` nothing is found out and nobody asked.

        A name of nothing is given back as it is: loading it says what is wrong. But a folder's
        file is told so here, for later there might be something of this name elsewhere.
        """
        if named == "command line":
            return Allowed(wanted)
        base = folder.root if named == "file" else None
        path = _find(wanted, base)
        if path is None and base is not None:
            if not look_up:
                return None
            self._tell(
                base,
                f'the folder "{folder.name}" names in its {FILE_NAME} a model that is '
                f'not there: "{shown(wanted, 100)}". The next one in your settings is used',
            )
            return None
        if path is None:
            return Allowed(wanted)
        if named == "file" and path != store.BUNDLED:
            is_own = False
        else:
            is_own = trust.is_the_writers_own(path, self._workspaces())
        if is_own:
            return Allowed(wanted if base is None else str(path))
        path = path.resolve()
        if look_up and path not in self._allowed:
            self._allowed[path] = None
            task = asyncio.ensure_future(self._look_up(path, _reason(path, wanted, named, folder)))
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)
        checksum = self._allowed.get(path)
        return Allowed(str(path), checksum) if checksum is not None else None

    def forget(self) -> None:
        """Look everything up anew, for models may have changed and the writer agreed elsewhere."""
        self._allowed.clear()

    @property
    def is_looking(self) -> bool:
        """Whether it is being found out what the writer has answered."""
        return bool(self._looking)

    async def settle(self, seconds: float) -> None:
        """Wait until it is known which models the writer has answered for."""
        if self._looking:
            await asyncio.wait(self._looking, timeout=seconds)

    def _workspaces(self) -> list[Path]:
        return [folder.root for folder in self._folders if folder.root is not None]

    async def _look_up(self, path: Path, reason: str) -> None:
        def known() -> tuple[str, ledger.Answer | None]:
            if trouble := store.problem(path):  # before gigabytes of somebody's home are read
                raise ModelError(trouble)
            checksum = fingerprint(path)
            return checksum, ledger.read().answer(path, checksum)

        try:
            checksum, answer = await asyncio.to_thread(known)
        except ModelError as error:
            self._tell(path, f"{reason}, which is not used: {error}")
            return
        if answer == "accepted":
            self._allow(path, checksum)
        elif answer is None and path not in self._asking:
            self._asking.add(path)
            self._editor.background(self._ask(path, checksum, reason))

    async def _ask(self, path: Path, checksum: str, reason: str) -> None:
        named = system.quoted(str(path))
        how = f"to use it, say: midword models trust {named}; then reload Midword"
        question = (
            f"{reason}. A model made to do harm can attack the program that reads it, and it "
            "decides which words you are offered. Use it only if you know who made it."
        )
        asking = asyncio.ensure_future(
            self._editor.ask(shown(question, 2_000), [_USE, _NOT_NOW, _NEVER])
        )
        await asyncio.wait([asking], timeout=PATIENCE)
        if not asking.done():
            self._tell(path, f"{reason}. It is not used without your answer; {how}")
        answer = await asking
        self._asking.discard(path)
        if answer in (_USE, _NEVER):
            said: ledger.Answer = "accepted" if answer == _USE else "refused"
            try:
                await asyncio.to_thread(ledger.note_answer, path, checksum, said)
            except ModelError as error:
                logger.warning("an answer about a model can't be kept")
                self._editor.tell(f"your answer holds until Midword ends: {error}")
                if answer == _USE:
                    self._allow(path, checksum)
                return
        if answer == _USE:
            # Looked up once more: the folder may have changed while the question stood there.
            self._allowed.pop(path, None)
            self._changed()
        else:
            self._tell(path, f"{reason}. It is not used; {how}")

    def _allow(self, path: Path, checksum: str) -> None:
        self._allowed[path] = checksum
        self._changed()

    def _tell(self, path: Path, message: str) -> None:
        """Tell the writer what to do about a model, once."""
        if path not in self._told:
            self._told.add(path)
            self._editor.tell(shown(message, 2_000))


def _find(wanted: str, base: Path | None) -> Path | None:
    """The folder that a name or path means; None if there is none.

    Args:
        wanted: a name in the store or a path; "" is the default.
        base: the workspace folder whose file says so: paths are relative to it, and one there
            wins over a name in the store.
    """
    with contextlib.suppress(OSError, RuntimeError, ValueError, ModelError):
        if base is not None:
            path = base / Path(wanted).expanduser()
            if wanted and path.is_dir():
                return path
            if not store.is_name(wanted):
                return None
        return store.resolve(wanted)
    return None


def _reason(path: Path, wanted: str, named: Named, folder: Folder) -> str:
    """Why there is a question, as the beginning of a sentence."""
    if named == "file":
        beginning = f'the folder "{folder.name}" names in its {FILE_NAME} the model'
    else:
        beginning = "the settings name the model"
    if folder.root is not None and path.is_relative_to(folder.root.resolve()):
        where = f"which lies in {path}, inside this folder: whoever made the folder made it"
    else:
        where = f"which lies in {path}"
    return f'{beginning} "{shown(wanted or path.name, 100)}", {where}'
