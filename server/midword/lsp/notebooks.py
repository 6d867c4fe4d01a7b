"""Notebooks (`notebookDocument/*`, LSP 3.17): a cell is a document in the folder of its notebook.

What a cell is read as is its own language's business: Markdown is prose, of code only comments are.
The order of the cells means nothing here, so moving one changes nothing; neither do their outputs,
their metadata and how they ran.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve
from lsprotocol import types

from midword.lsp.documents import Documents
from midword.lsp.folders import Folders
from midword.lsp.learner import Learner
from midword.text.languages.table import LANGUAGES
from midword.text.prose import find_language

SYNC = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithNotebook(
            notebook="*",
            cells=[
                types.NotebookCellLanguage(name)
                for language in LANGUAGES
                for name in (language.id, *language.aliases)
            ],
        )
    ],
    save=True,
)
"""What the client is asked to tell: of any notebook the cells in languages that are read."""

_CODE = "code"  # a language id that nothing reads


class Notebooks:
    """The open notebooks, whose cells are among the open documents."""

    def __init__(self, documents: Documents, folders: Folders, learner: Learner) -> None:
        """Begin with none open.

        Args:
            documents: where the cells' texts go.
            folders: know which notebook a cell is of.
            learner: is told when the cells count, and when the file.
        """
        self._documents = documents
        self._folders = folders
        self._learner = learner

    def open(self, params: types.DidOpenNotebookDocumentParams) -> None:
        """Open the cells of a notebook."""
        notebook = params.notebook_document
        self._learner.take(notebook.uri)
        self._close(self._folders.cells_of(notebook.uri))  # of one that was opened before
        self._open(notebook.uri, params.cell_text_documents, notebook.cells)

    def change(self, params: types.DidChangeNotebookDocumentParams) -> None:
        """Open, close and edit cells."""
        cells = params.change.cells
        if cells is None:
            return
        if (structure := cells.structure) is not None:
            # A cell whose language changed is closed and opened at once.
            self._close(cell.uri for cell in structure.did_close or ())
            uri = params.notebook_document.uri
            self._open(uri, structure.did_open or (), structure.array.cells or ())
        for edit in cells.text_content or ():
            self._documents.change(types.DidChangeTextDocumentParams(edit.document, edit.changes))

    def close(self, params: types.DidCloseNotebookDocumentParams) -> None:
        """Close a notebook's cells, those too that the client doesn't list."""
        self._close(self._folders.cells_of(params.notebook_document.uri))
        self._learner.give_back(params.notebook_document.uri)

    def _open(
        self,
        notebook: str,
        items: Iterable[types.TextDocumentItem],
        cells: Iterable[types.NotebookCell],
    ) -> None:
        code = {cell.document for cell in cells if cell.kind == types.NotebookCellKind.Code}
        for item in items:
            language = find_language(str(item.language_id))
            if item.uri in code and language is not None and language.id == "plaintext":
                # What an editor calls code in a language that it doesn't know.
                item = evolve(item, language_id=_CODE)
            self._folders.attach(item.uri, notebook)
            self._documents.open(types.DidOpenTextDocumentParams(item))

    def _close(self, cells: Iterable[str]) -> None:
        for uri in cells:
            identifier = types.TextDocumentIdentifier(uri)
            self._documents.close(types.DidCloseTextDocumentParams(identifier))
            self._folders.detach(uri)
