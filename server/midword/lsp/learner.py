"""Memory of what the writer has: open documents as they change, files of the open folders.

All of it happens in a background thread, and nothing of it is written anywhere (see `remembering`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import lru_cache, partial
from pathlib import Path

from midword import system
from midword.engine.worker import LATER, URGENT, Worker
from midword.logs import logger, outline
from midword.lsp.activity import Activity
from midword.lsp.folders import Folder, Folders, path_of
from midword.lsp.indexing import files_to_learn, is_learnt, read_text
from midword.lsp.unfinished import Unfinished
from midword.text.document import Document
from midword.text.edit import Edit
from midword.text.prose import language_of, prose_text

DELAY = 1.0  # seconds from an edit to its being learnt
SECONDS_PER_CHARACTER = 1e-5  # a long document is learnt more seldom: 1 MB every 10 s
MOST = 1_000_000  # characters of one document; of a longer one those around the cursor


@lru_cache(maxsize=1024)  # asked several times for each key typed
def memory_key(uri: str) -> str:
    """A document's name in memory: the same for an open file and the one on disk."""
    path = path_of(uri)
    return system.comparable(path) if path is not None else uri


class Learner:
    """Feeds each folder's memory."""

    def __init__(self, folders: Folders, activity: Activity, worker: Worker) -> None:
        """Begin with nothing learnt.

        Args:
            folders: whose memories are fed.
            activity: which documents are learnt.
            worker: the thread that learns, which sessions share.
        """
        self._folders = folders
        self._activity = activity
        self._worker = worker
        self._is_over = False
        self._due: dict[str, asyncio.TimerHandle] = {}
        self._unfinished: dict[str, Unfinished] = {}  # by document
        self._open: set[str] = set()  # keys of documents whose files don't count now
        self._indexed: dict[str | None, object] = {}  # by folder: a token of its latest indexing

    def opened(self, document: Document) -> None:
        """Learn a document as it is: what was typed in it before is not known."""
        self._unfinished[document.uri] = Unfinished()
        self.read(document)

    def read(self, document: Document) -> None:
        """Learn a document now; that it was saved, by the clock perhaps, makes no word whole."""
        self._open.add(memory_key(document.uri))
        if self._activity.is_active(document):
            self._learn(document)

    def edited(self, document: Document, edits: Sequence[Edit]) -> None:
        """Learn a document soon, but for the words that aren't whole yet."""
        self._unfinished.setdefault(document.uri, Unfinished()).edited(document, edits)
        if document.uri not in self._due:
            delay = max(DELAY, min(len(document), MOST) * SECONDS_PER_CHARACTER)
            loop = asyncio.get_running_loop()
            self._due[document.uri] = loop.call_later(delay, self._learn, document)

    def closed(self, document: Document) -> None:
        """Go back to what the file says; a document without a file is forgotten."""
        if (due := self._due.pop(document.uri, None)) is not None:
            due.cancel()
        self._unfinished.pop(document.uri, None)
        self._open.discard(memory_key(document.uri))
        self.reread(document.uri)

    def reread(self, uri: str) -> None:
        """Learn a file that changed on disk anew, or forget it if it is gone."""
        key = memory_key(uri)
        if key in self._open:
            return
        folder, path = self._folders.of(uri), path_of(uri)

        def learn_or_forget() -> None:
            if path is not None and is_learnt(path, folder.root, folder.settings):
                _learn_file(folder, path)
            else:
                folder.memory.forget(key)

        self._submit(learn_or_forget)

    def take(self, uri: str) -> None:
        """Forget a file whose text the editor has open in other documents: a notebook's cells."""
        self._open.add(memory_key(uri))
        folder = self._folders.of(uri)
        self._submit(lambda: folder.memory.forget(memory_key(uri)))

    def give_back(self, uri: str) -> None:
        """Go back to what a file says whose text was taken."""
        self._open.discard(memory_key(uri))
        self.reread(uri)

    def forget(self, document: Document) -> None:
        """Unlearn a document that its writer switched off."""
        folder = self._folders.of(document.uri)
        self._submit(lambda: folder.memory.forget(memory_key(document.uri)))

    def index(self, folder: Folder) -> None:
        """Learn the prose files of a folder, newest first, within the limits of its settings."""
        token = self._indexed[folder.uri] = object()
        root, settings = folder.root, folder.settings
        if root is None or not settings.index_workspace or not settings.enabled:
            return

        def current() -> bool:
            return self._indexed.get(folder.uri) is token

        def learn_one(path: Path) -> None:
            if current() and system.comparable(path) not in self._open:
                folder.indexed_files += _learn_file(folder, path)

        def list_files() -> None:
            folder.indexed_files = 0
            for path in files_to_learn(root, settings):
                # A job for each file, so that the open document never waits for all of them.
                self._submit(partial(learn_one, path), LATER)

        self._submit(list_files, LATER)

    def drop(self, folder: Folder) -> None:
        """Stop indexing a folder that was closed."""
        self._indexed.pop(folder.uri, None)

    def close(self) -> None:
        """Learn nothing more."""
        self._is_over = True
        for due in self._due.values():
            due.cancel()
        self._due.clear()
        self._indexed.clear()

    def _learn(self, document: Document) -> None:
        self._due.pop(document.uri, None)
        memory = self._folders.of(document.uri).memory
        key = memory_key(document.uri)
        unfinished = self._unfinished.get(document.uri) or Unfinished()
        first = _window(len(document), unfinished.cursor or 0)
        text = unfinished.without(document.slice(first, first + MOST), first)

        def learn() -> None:
            memory.update(key, prose_of(text, document.language_id))

        self._submit(learn)

    def _submit(self, job: Callable[[], object], priority: int = URGENT) -> None:
        if self._is_over:
            return
        future = self._worker.submit(lambda: None if self._is_over else job(), priority)
        future.add_done_callback(_report)


def prose_of(text: str, language_id: str) -> str:
    """A text's prose, a paragraph a line."""
    return "\n".join(prose_text(text, language_id))


def _learn_file(folder: Folder, path: Path) -> bool:
    """Learn one file, or forget it if it can't be read; whether it was learnt."""
    key, text, language = system.comparable(path), read_text(path), language_of(path)
    if text is not None and language is not None:
        with contextlib.suppress(ValueError):  # it is called a notebook, and is none
            folder.memory.update(key, prose_of(text, language))
            return True
    folder.memory.forget(key)
    return False


def _window(length: int, cursor: int) -> int:
    """Where the part to learn of a text of some length begins; it seldom moves."""
    step = MOST // 2
    return max(0, min(cursor // step * step - step // 2, length - MOST))


def _report(future: Future[object]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        logger.error("learning failed: %s", outline(error))
