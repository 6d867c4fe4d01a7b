"""The documents that the client has open.

Edits are applied in the order in which they arrive, whatever their version numbers say: the pipe
keeps the order, and some editors' numbers jump. An edit also tells where the writer is, so the gap
there is read before anybody asks.

A document of which an edit was not understood is lost: what we have is no longer what the writer
sees, and words for it would be put in wrong places. It counts as closed until its whole text comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lsprotocol import types

from midword.logs import logger
from midword.lsp.activity import Activity
from midword.lsp.folders import Folders
from midword.lsp.learner import Learner
from midword.lsp.models import Models
from midword.lsp.remembering import Remembering
from midword.text.cloze import Cloze, cloze_at
from midword.text.document import Document, PositionEncoding
from midword.text.edit import Edit
from midword.text.prose import is_supported

# A longer change is a paste or a file read anew, which says nothing about where the writer goes on.
_TYPED_AT_ONCE = 100


class Documents:
    """Open documents by URI."""

    def __init__(
        self,
        folders: Folders,
        activity: Activity,
        learner: Learner,
        remembering: Remembering,
        models: Models,
        encoding: Callable[[], PositionEncoding],
        tell: Callable[[str], None],
    ) -> None:
        """Begin with none open.

        Args:
            folders: whose settings hold for them.
            activity: which of them get suggestions.
            learner: is told what they say.
            remembering: is told what is typed.
            models: read them.
            encoding: the unit of positions, once it was agreed on.
            tell: shows the writer a message.
        """
        self._folders = folders
        self._activity = activity
        self._learner = learner
        self._remembering = remembering
        self._models = models
        self._encoding = encoding
        self._tell = tell
        self._documents: dict[str, Document] = {}
        self._lost: dict[str, Document] = {}
        # The latest cloze: an edit's is the one that the request right behind it asks for.
        self._cloze: tuple[Document, int, int, Cloze | None] | None = None

    def __iter__(self) -> Iterator[Document]:
        return iter(list(self._documents.values()))

    def __len__(self) -> int:
        return len(self._documents)

    def clear(self) -> None:
        """Forget all of them."""
        self._documents.clear()
        self._lost.clear()
        self._cloze = None

    def get(self, uri: str) -> Document | None:
        """An open document; None for one that the client never opened."""
        return self._documents.get(uri)

    def cloze_at(self, document: Document, offset: int, context: int) -> Cloze | None:
        """The cloze at an offset, `context` characters wide on either side."""
        known = self._cloze
        if known is None or known[0] is not document or known[1:3] != (offset, context):
            cloze = cloze_at(document, offset, context=context)
            known = self._cloze = (document, offset, context, cloze)
        return known[3]

    def open(self, params: types.DidOpenTextDocumentParams) -> None:
        """The editor's text counts from now on, not the file's."""
        item = params.text_document
        language = str(item.language_id)
        if not is_supported(language) and self._is_wanted(item.uri, language):
            language = "plaintext"
        document = Document(item.uri, language, item.version, item.text)
        self._documents[item.uri] = document
        self._lost.pop(item.uri, None)
        self._learner.opened(document)
        self._remembering.lost_sight(document)
        if self._activity.is_active(document):
            self._models.reader_for(document)  # its folder may have a model of its own to load

    def change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Apply edits, one after the other."""
        uri = params.text_document.uri
        if uri in self._lost and any(map(_is_whole, params.content_changes)):
            self._documents[uri] = self._lost.pop(uri)
        document = self._documents.get(uri)
        if document is None:
            logger.warning("didChange for a document that is not open; ignored")
            return
        self._cloze = None
        edits = [self._apply(document, change) for change in params.content_changes]
        document.version = params.text_document.version
        if self._activity.is_active(document):
            self._learner.edited(document, edits)
            self._remembering.edited(document, edits, lambda: self._is_prose(document, edits[-1]))
            if len(edits) == 1 and len(edits[0].text) <= _TYPED_AT_ONCE:
                self._prefetch(document, edits[0].cursor)
        else:
            self._remembering.lost_sight(document)

    def close(self, params: types.DidCloseTextDocumentParams) -> None:
        """The file counts again."""
        self._lost.pop(params.text_document.uri, None)
        document = self._documents.pop(params.text_document.uri, None)
        if document is not None:
            self._cloze = None
            self._learner.closed(document)
            self._remembering.lost_sight(document)

    def lose(self, uri: str | None) -> None:
        """An edit was not understood: of a document, or of a notebook with all of its cells.

        None: it doesn't even say of which.
        """
        if uri is None:
            return
        names = (uri, *self._folders.cells_of(uri))
        found = [self._documents.pop(name) for name in names if name in self._documents]
        if not found:
            return
        self._cloze = None
        for document in found:
            self._lost[document.uri] = document
            self._learner.closed(document)
            self._remembering.lost_sight(document)
        name = uri.rpartition("/")[2][:100]
        self._tell(
            f"your editor sent a change of {name} that is none, so there are no words in it until "
            "you close it and open it again."
        )

    def _is_wanted(self, uri: str, language_id: str) -> bool:
        """Whether the settings turn a language on that we don't know."""
        return self._folders.of(uri).settings.languages.get(language_id, False)

    def _apply(self, document: Document, change: types.TextDocumentContentChangeEvent) -> Edit:
        """Apply one edit."""
        if isinstance(change, types.TextDocumentContentChangeWholeDocument):
            edit = Edit.between(document.text, change.text)
            document.replace(0, len(document), change.text)
            return edit
        encoding = self._encoding()
        start, end = change.range.start, change.range.end
        first = document.offset_at(start.line, start.character, encoding)
        last = document.offset_at(end.line, end.character, encoding)
        first, last = min(first, last), max(first, last)
        document.replace(first, last, change.text)
        return Edit(first, last, change.text)

    def _is_prose(self, document: Document, edit: Edit) -> bool:
        """Whether the writer is in prose behind an edit."""
        context = self._folders.of(document.uri).settings.context_size
        return self.cloze_at(document, edit.cursor, context) is not None

    def _prefetch(self, document: Document, cursor: int) -> None:
        settings = self._folders.of(document.uri).settings
        if not (settings.completion or settings.inline_completion):
            return
        cloze = self.cloze_at(document, cursor, settings.context_size)
        if cloze is not None and cloze.readable:
            self._models.read_ahead(document, cloze)


def _is_whole(change: types.TextDocumentContentChangeEvent) -> bool:
    return isinstance(change, types.TextDocumentContentChangeWholeDocument)
