"""From `initialize` to the end: settings, folders, the files to watch, the model's progress."""

from __future__ import annotations

import asyncio
import uuid
from functools import partial

from lsprotocol import types

from midword import settings
from midword.engine.reader import Reader
from midword.foreign import shown
from midword.lsp import actions, completion, inline, status
from midword.lsp.folders import Folder, path_of
from midword.lsp.indexing import SUFFIXES
from midword.lsp.leaving import leave_with
from midword.lsp.session import Session


def register(session: Session) -> None:
    """Handle the client's coming and going and what changes around its documents."""
    session.on_model = partial(_on_model, session)
    session.feature(types.INITIALIZE)(initialize)
    session.feature(types.INITIALIZED)(initialized)
    session.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(did_change_configuration)
    session.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(did_change_workspace_folders)
    session.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(did_change_watched_files)
    session.feature(types.TEXT_DOCUMENT_DID_SAVE, types.SaveOptions())(did_save)
    session.feature(types.NOTEBOOK_DOCUMENT_DID_SAVE)(did_save_notebook)


def initialize(ls: Session, params: types.InitializeParams) -> None:
    """Take folders and initial settings, on which the offered capabilities depend."""
    for uri in _roots(params):
        ls.folders.add(uri)
    ls.configuration.begin(params.initialization_options)
    ls.protocol.fm.feature_options.update(
        {
            types.TEXT_DOCUMENT_COMPLETION: completion.options(
                ls.folders.rootless.settings.trigger_characters
            ),
            types.TEXT_DOCUMENT_INLINE_COMPLETION: inline.options(params.capabilities),
            types.TEXT_DOCUMENT_CODE_ACTION: actions.options(params.capabilities),
        }
    )
    if (client := params.client_info) is not None:
        ls.client_name = shown(" ".join(filter(None, (client.name, client.version))))
    if params.process_id is not None:
        leave_with(ls, params.process_id)


def initialized(ls: Session, _: types.InitializedParams) -> None:
    """Ask for settings, load the model, learn the folders."""
    ls.background(_settle(ls))


async def _settle(ls: Session) -> None:
    await ls.configuration.pull()
    for folder in ls.folders:
        ls.learner.index(folder)
    _watch_files(ls)


def did_change_configuration(ls: Session, params: types.DidChangeConfigurationParams) -> None:
    """Take new settings: ask for them where the client can be asked, for it knows folders."""
    workspace = ls.client_capabilities.workspace
    if workspace is not None and workspace.configuration:
        ls.background(ls.configuration.pull())
    else:
        ls.configuration.push(params.settings)


def did_change_workspace_folders(
    ls: Session, params: types.DidChangeWorkspaceFoldersParams
) -> None:
    """Folders were opened and closed."""
    for gone in params.event.removed:
        for folder in ls.folders:
            if folder.uri == gone.uri:
                ls.learner.drop(folder)
        ls.folders.remove(gone.uri)
    added = [ls.folders.add(folder.uri) for folder in params.event.added]
    for folder in added:
        ls.configuration.read_file(folder)
    ls.configuration.apply()
    ls.background(_settle_folders(ls, added))


async def _settle_folders(ls: Session, folders: list[Folder]) -> None:
    await ls.configuration.pull()
    for folder in folders:
        ls.learner.index(folder)


def did_change_watched_files(ls: Session, params: types.DidChangeWatchedFilesParams) -> None:
    """Files changed on disk: settings, or prose to learn."""
    for change in params.changes:
        _file_changed(ls, change.uri)


def did_save(ls: Session, params: types.DidSaveTextDocumentParams) -> None:
    """A document was saved: it is learnt at once, and it may be a settings file."""
    document = ls.documents.get(params.text_document.uri)
    if document is not None:
        ls.learner.read(document)
    _file_changed(ls, params.text_document.uri)


def did_save_notebook(ls: Session, params: types.DidSaveNotebookDocumentParams) -> None:
    """A notebook was saved: the words in its cells are whole."""
    for uri in ls.folders.cells_of(params.notebook_document.uri):
        if (document := ls.documents.get(uri)) is not None:
            ls.learner.read(document)


def _file_changed(ls: Session, uri: str) -> None:
    path = path_of(uri)
    if path is None:
        return
    if path.name == settings.FILE_NAME:
        for folder in ls.folders:
            if folder.root == path.parent:
                ls.configuration.read_file(folder)
                ls.configuration.apply()
    elif path.suffix.lower() in SUFFIXES:
        ls.learner.reread(uri)


def _roots(params: types.InitializeParams) -> list[str]:
    if params.workspace_folders:
        return [folder.uri for folder in params.workspace_folders]
    if params.root_uri:
        return [params.root_uri]
    if params.root_path:
        from pygls.uris import from_fs_path

        uri = from_fs_path(params.root_path)
        return [uri] if uri else []
    return []


def _watch_files(ls: Session) -> None:
    """Have the client tell about settings files and prose that change outside of it."""
    workspace = ls.client_capabilities.workspace
    watching = workspace and workspace.did_change_watched_files
    if not watching or not watching.dynamic_registration:
        return
    endings = ",".join(sorted(suffix[1:] for suffix in SUFFIXES))
    options = types.DidChangeWatchedFilesRegistrationOptions(
        watchers=[
            types.FileSystemWatcher(glob_pattern=f"**/{settings.FILE_NAME}"),
            types.FileSystemWatcher(glob_pattern=f"**/*.{{{endings}}}"),
        ]
    )
    registration = types.Registration(
        id="midword-files",
        method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
        register_options=options,
    )
    ls.background(
        ls.client_register_capability_async(types.RegistrationParams(registrations=[registration]))
    )


def _on_model(ls: Session, reader: Reader) -> None:
    """Tell the writer how loading goes."""
    if ls.finished.done():
        return
    status.notify(ls, reader)
    if reader.state == "loading" and reader.seconds is None:
        window = ls.client_capabilities.window
        if window is not None and window.work_done_progress:
            ls.background(_show_progress(ls, reader))
    elif reader.state == "degraded":
        ls.tell(
            f"{reader.problem}. Until then words come from your documents and the dictionary.",
            types.MessageType.Error,
        )
    elif reader.state == "ready" and reader.problem:
        ls.tell_once(f"{reader.problem}.")


async def _show_progress(ls: Session, reader: Reader) -> None:
    token = str(uuid.uuid4())
    progress = ls.work_done_progress
    await progress.create_async(token)
    begin = types.WorkDoneProgressBegin(title="Midword: loading the model", cancellable=False)
    progress.begin(token, begin)
    await asyncio.wait([asyncio.wrap_future(reader.settled)])
    progress.end(token, types.WorkDoneProgressEnd(message=reader.state))
