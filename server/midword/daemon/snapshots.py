"""`midword/snapshot`: a document as it is now, in the words of the notification that opens it.

`midword connect` asks for it: it keeps what it must tell another server, should this one die.
"""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from midword.daemon.hello import SNAPSHOT
from midword.lsp.session import Session
from midword.text.document import Document


def register(session: Session) -> None:
    """Answer to `midword/snapshot`."""
    session.feature(SNAPSHOT)(snapshot)


def snapshot(ls: Session, params: Any) -> dict[str, Any]:
    """The method and the params that open a document, or a notebook with its cells."""
    uri = getattr(params, "uri", None)
    if not isinstance(uri, str):
        raise JsonRpcInvalidParams("`uri` is not a text")
    if (document := ls.documents.get(uri)) is not None:
        return {"method": types.TEXT_DOCUMENT_DID_OPEN, "params": {"textDocument": _item(document)}}
    cells = [ls.documents.get(cell) for cell in ls.folders.cells_of(uri)]
    found = [cell for cell in cells if cell is not None]
    if not found:
        raise JsonRpcInvalidParams("there is no such document")
    # Which of the cells are code was decided when they were opened, and is in their language ids.
    kind = int(types.NotebookCellKind.Markup)
    notebook = {
        "uri": uri,
        "notebookType": "",
        "version": 0,
        "cells": [{"kind": kind, "document": cell.uri} for cell in found],
    }
    items = [_item(cell) for cell in found]
    params_of_open = {"notebookDocument": notebook, "cellTextDocuments": items}
    return {"method": types.NOTEBOOK_DOCUMENT_DID_OPEN, "params": params_of_open}


def _item(document: Document) -> dict[str, Any]:
    return {
        "uri": document.uri,
        "languageId": document.language_id,
        "version": document.version,
        "text": document.text,
    }
