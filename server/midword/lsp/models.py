"""The models that a session's folders chose, leased from the engine that sessions share."""

from __future__ import annotations

from collections.abc import Iterable

from midword.engine.engine import Engine, Owner
from midword.engine.reader import Reader
from midword.lsp.folders import Folder, Folders
from midword.text.cloze import Cloze
from midword.text.document import Document


class Models:
    """One session's readers."""

    def __init__(self, engine: Engine, owner: Owner, folders: Folders) -> None:
        """Begin with none.

        Args:
            engine: what reads.
            owner: on whose behalf; it is told how its models fare.
            folders: which say by their settings what they are read with.
        """
        self._engine = engine
        self._owner = owner
        self._folders = folders

    @property
    def readers(self) -> list[Reader]:
        """Those in use, those that still load included."""
        return self._engine.readers(self._owner)

    def reader_for(self, document: Document) -> Reader:
        """The reader of a document's folder; its model begins to load if it hasn't."""
        return self._engine.reader(self._owner, self._folders.of(document.uri).choice)

    def read_ahead(self, document: Document, cloze: Cloze) -> None:
        """Read a gap that the writer will probably ask about."""
        self.reader_for(document).read_ahead(cloze, owner=self._owner)

    def choose(self, folders: Iterable[Folder]) -> None:
        """Use the models of these folders, and no others."""
        self._engine.lease(self._owner, {folder.choice for folder in folders})

    def give_up(self) -> None:
        """Let go of all, so that those chosen next are loaded anew."""
        self._engine.reload(self._owner)

    def release(self) -> None:
        """The session is over."""
        self._engine.release(self._owner)
