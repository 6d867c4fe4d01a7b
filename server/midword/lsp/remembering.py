"""A session's part in what is remembered over restarts: nothing, unless the writer turned it on.

Words are noted as they are typed and written down once a minute, and at the end. What the book says
counts in every folder's memory, beside its documents.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from lsprotocol import types

from midword.errors import UserError
from midword.lsp.editor import Editor
from midword.lsp.folders import Folder, Folders, path_of
from midword.lsp.indexing import is_private
from midword.remembering import file
from midword.remembering.book import Notes
from midword.remembering.typed import Typed
from midword.remembering.worth import is_worth, tells_secrets
from midword.suggest.loading import has_word, inside_a_sentence
from midword.suggest.memory import Memory
from midword.text.document import Document
from midword.text.edit import Edit

_PERIOD = 60.0  # seconds between two writings
_Counts = tuple[Mapping[str, int], Mapping[str, int]]  # of words, of pairs
_NOTHING: _Counts = {}, {}


class Save(Protocol):
    """Does something in the background that is waited for when the process ends."""

    def __call__(self, job: Callable[[], Any]) -> Future[Any]:
        """Do it soon."""


class _Noted(NamedTuple):
    """What was typed in one document, and where that lies."""

    path: Path | None
    folder: Folder
    notes: Notes


class Remembering:
    """Notes what is typed, and brings back what was."""

    def __init__(self, folders: Folders, editor: Editor, save: Save) -> None:
        """Begin with it turned off.

        Args:
            folders: whose settings say whether, and whose memories are told.
            editor: where the writer is asked.
            save: what reads and writes the file.
        """
        self._folders = folders
        self._editor = editor
        self._save = save
        self.is_on = False  # whether what is typed is noted
        self._is_wanted = False  # by the settings
        self._noted: dict[str, _Noted] = {}  # by document, since the last writing
        self._typed: dict[str, Typed] = {}  # by document
        self._offered: Sequence[str] = ()
        self._due: asyncio.TimerHandle | None = None
        self._counts = _NOTHING  # what the book said when it was last read
        self._stamp: object = None  # of the file as we know it
        self._told: weakref.WeakSet[Memory] = weakref.WeakSet()  # those that count it

    def apply(self) -> None:
        """Do as the settings say now, in all folders that there are now."""
        was_wanted = self._is_wanted
        self._is_wanted = self._folders.rootless.settings.remember
        is_on = self._is_wanted and not file.is_off()
        if is_on and not self.is_on:
            self.is_on = True
            self._editor.background(self._begin())
        elif self.is_on and not is_on:
            self._stop()
        elif self.is_on:
            self._tell()
        if was_wanted and not self._is_wanted and file.stamp() is not None:
            self._editor.background(self._ask_what_to_keep())

    def offered(self, words: Sequence[str]) -> None:
        """A list was shown; what is taken from it is the writer's choice."""
        self._offered = words

    def edited(
        self, document: Document, edits: Sequence[Edit], is_prose: Callable[[], bool]
    ) -> None:
        """Note the words that edits finish, which the document has already.

        Args:
            document: where.
            edits: made at once.
            is_prose: whether the writer is in prose now.
        """
        if not self.is_on:
            return
        typed = self._typed.setdefault(document.uri, Typed())
        for edit in edits:
            typed.edited(edit, self._offered)
        if len(edits) != 1 or not any(map(str.isspace, edits[0].text)):
            return
        for found in list(typed.finished(document, edits[0])):
            if not is_worth(found.word) or tells_secrets(found.near):
                continue
            if not is_prose():
                return
            is_pair = len(found.left) == 1 or is_worth(found.left)
            word = inside_a_sentence(found.word) if found.starts else found.word
            self._notes_of(document).add(word, found.left if is_pair else "")
        if self._noted and self._due is None:
            self._due = asyncio.get_running_loop().call_later(_PERIOD, self._write_soon)

    def lost_sight(self, document: Document) -> None:
        """Forget which of its characters were typed: its edits are not told any more, or anew."""
        self._typed.pop(document.uri, None)

    def close(self) -> None:
        """Write down what was noted."""
        self.is_on = False
        if self._due is not None:
            self._due.cancel()
        if noted := self._taken():
            self._save(lambda: None if file.is_off() else _write(noted))

    async def _begin(self) -> None:
        """Say where it is remembered, if that is new, and bring back what was."""
        if file.stamp() is None:
            self._editor.tell(
                f"from now on the words that you type are remembered in {file.path()}; "
                "'midword memory' shows, forgets and ends it.",
                types.MessageType.Info,
            )
        await self._attempt(self._read)

    async def _ask_what_to_keep(self) -> None:
        """The writer turned it off: what was remembered is theirs to keep."""
        delete = "Delete it"
        question = "nothing is remembered any more. What to do with what was?"
        if await self._editor.ask(question, [delete, "Keep it"]) == delete:
            await self._attempt(file.delete)

    def _stop(self) -> None:
        self.is_on = False
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._counts = _NOTHING
        self._noted.clear()
        self._typed.clear()
        self._told.clear()
        self._tell()

    def _tell(self) -> None:
        """Have the memories count what is remembered that don't yet."""
        counts, memories = self._counts, [folder.memory for folder in self._folders]
        new = [memory for memory in memories if memory not in self._told]
        self._told.update(new)
        for memory in new:
            self._save(lambda memory=memory: memory.recall(*counts))  # type: ignore[misc]

    def _write_soon(self) -> None:
        self._due = None
        if file.is_off():
            self._stop()
            return
        noted = self._taken()
        self._editor.background(self._attempt(lambda: self._write(noted)))

    async def _attempt(self, job: Callable[[], _Counts | None]) -> None:
        """Do something with the file and count what it finds; or say why it can't, and stop."""
        try:
            # A session that ends meanwhile takes nothing back that is to be written.
            counts = await asyncio.shield(asyncio.wrap_future(self._save(job)))
        except UserError as error:
            if self.is_on:
                self._stop()
            self._editor.tell(f"nothing is remembered: {error}")
            return
        if counts is not None and self.is_on:
            self._counts = counts
            self._told.clear()
            self._tell()

    def _read(self) -> _Counts:
        self._stamp = file.stamp()
        return file.read().counts()

    def _write(self, noted: list[_Noted]) -> _Counts | None:
        """Write notes down; what the book says if others wrote it meanwhile."""
        is_changed = file.stamp() != self._stamp
        counts = _write(noted)
        self._stamp = file.stamp()
        return counts if is_changed else None

    def _notes_of(self, document: Document) -> Notes:
        """Where to note what is typed in a document. Now, for a cell's notebook may be closed."""
        uri = document.uri
        if uri not in self._noted:
            path = path_of(self._folders.file_of(uri))
            self._noted[uri] = _Noted(path, self._folders.of(uri), Notes())
        return self._noted[uri].notes

    def _taken(self) -> list[_Noted]:
        noted, self._noted = list(self._noted.values()), {}
        return noted


def _write(noted: list[_Noted]) -> _Counts | None:
    """Write down what may be kept. In a thread: a `.gitignore` may take its time."""
    notes = Notes()
    for path, folder, found in noted:
        if path is None or not is_private(path, folder.root, folder.settings):
            notes.update(found)
    return file.write_down(notes, date.today(), has_word).counts() if notes else None
