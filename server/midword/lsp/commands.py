"""`workspace/executeCommand`: what the writer can tell the server to do.

Every command takes one object or none and answers with an object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from midword.lsp import status
from midword.lsp.session import Session
from midword.model import store
from midword.suggest.dictionary import Dictionary
from midword.text.words import WORD

STATUS = "midword.status"
TOGGLE = "midword.toggle"
CHOOSE_MODEL = "midword.chooseModel"
RELOAD = "midword.reload"
ADD_WORD = "midword.addWord"
NEVER_SUGGEST = "midword.neverSuggest"
MODELS = "midword.models"

Arguments = Mapping[str, Any]


def register(session: Session) -> None:
    """Offer the commands."""
    for name, command in COMMANDS.items():
        session.command(name)(_taking_one_object(session, command))


def _taking_one_object(
    session: Session, command: Callable[[Session, Arguments], dict[str, Any]]
) -> Callable[..., dict[str, Any]]:
    def run(*arguments: Any) -> dict[str, Any]:
        first = arguments[0] if arguments else {}
        if not isinstance(first, Mapping):
            raise JsonRpcInvalidParams("a command takes one object")
        return command(session, first)

    return run


def show_status(session: Session, arguments: Arguments) -> dict[str, Any]:
    """How the server fares and, given a document's `{uri}`, why that one is `paused`, or null."""
    return status.report(session, session.documents.get(_text(arguments, "uri")))


def toggle(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Switch suggestions on or off: `{scope: file|language|everywhere, uri, languageId, enabled}`.

    Without `enabled` they are switched to the other state.
    """
    scope = arguments.get("scope", "everywhere")
    if scope not in ("file", "language", "everywhere"):
        raise JsonRpcInvalidParams('`scope` is "file", "language" or "everywhere"')
    uri, language_id = _text(arguments, "uri"), _text(arguments, "languageId")
    document = session.documents.get(uri)
    if document is not None:
        language_id = document.language_id
    if (scope == "file" and not uri) or (scope == "language" and not language_id):
        raise JsonRpcInvalidParams(f"a {scope} to switch is missing")
    enabled = arguments.get("enabled")
    if not isinstance(enabled, bool):
        enabled = not _is_on(session, uri, language_id)
    session.toggles.switch(scope, uri, language_id, enabled)
    for other in session.documents:
        if session.is_active(other):
            session.learner.read(other)
        else:
            session.learner.forget(other)
    for reader in session.engine.readers(session):
        status.notify(session, reader)
    return {"scope": scope, "enabled": enabled}


def choose_model(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Read with another model from now on, in every folder: `{model: name or path}`."""
    session.configuration.chosen["model"] = _text(arguments, "model")
    session.configuration.apply()
    return {"model": session.configuration.chosen["model"]}


def reload(session: Session, _: Arguments) -> dict[str, Any]:
    """Read settings files, models and folders anew."""
    for folder in session.folders:
        session.configuration.read_file(folder)
        session.learner.index(folder)
    session.engine.reload(session)
    session.configuration.apply()
    return {}


def add_word(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Put a word into a dictionary: `{word, scope: personal|project, uri}`."""
    return _edit(session, arguments, Dictionary.add)


def never_suggest(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Have a dictionary forbid a word: `{word, scope: personal|project, uri}`."""
    return _edit(session, arguments, Dictionary.never)


def list_models(_: Session, __: Arguments) -> dict[str, Any]:
    """The models on this machine."""
    return {
        "models": [
            {"name": model.name, "default": model.is_default, "problem": model.problem}
            for model in store.list_models()
        ]
    }


def _edit(
    session: Session, arguments: Arguments, edit: Callable[[Dictionary, str], Dictionary]
) -> dict[str, Any]:
    word, scope = _text(arguments, "word"), arguments.get("scope", "personal")
    if not WORD.fullmatch(word):
        raise JsonRpcInvalidParams("`word` is not a word")
    folder = session.folders.of(_text(arguments, "uri"))
    path = folder.dictionary_paths.get(scope)
    if path is None:
        raise JsonRpcInvalidParams(f"there is no {scope} dictionary here")
    try:
        edit(Dictionary.load(path), word)
    except OSError as error:
        session.tell(_advice(path, error), types.MessageType.Error)
        return {"saved": False, "path": str(path)}
    return {"saved": True, "path": str(path)}


def _advice(path: Path, error: OSError) -> str:
    return (
        f"the word could not be saved in {path} ({error.strerror}). Make room or make the folder "
        "writable, or choose another file in the setting `midword.personalDictionary`."
    )


def _is_on(session: Session, uri: str, language_id: str) -> bool:
    document = session.documents.get(uri)
    if document is not None:
        return session.is_active(document)
    switched = session.toggles.state(uri, language_id)
    return switched[1] if switched else session.folders.of(uri).settings.enabled


def _text(arguments: Arguments, name: str) -> str:
    value = arguments.get(name, "")
    if not isinstance(value, str):
        raise JsonRpcInvalidParams(f"`{name}` is not a text")
    return value


COMMANDS: dict[str, Callable[[Session, Arguments], dict[str, Any]]] = {
    STATUS: show_status,
    TOGGLE: toggle,
    CHOOSE_MODEL: choose_model,
    RELOAD: reload,
    ADD_WORD: add_word,
    NEVER_SUGGEST: never_suggest,
    MODELS: list_models,
}
