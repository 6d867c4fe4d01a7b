"""`workspace/executeCommand`: what the writer can tell the server to do.

Every command takes one object or none and answers with an object.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from midword.engine.worker import Worker
from midword.errors import UserError
from midword.lsp import status
from midword.lsp.session import Session
from midword.model import store
from midword.suggest.dictionary import is_word
from midword.suggest.dictionary_file import Saying, put

STATUS = "midword.status"
TOGGLE = "midword.toggle"
CHOOSE_MODEL = "midword.chooseModel"
RELOAD = "midword.reload"
ADD_WORD = "midword.addWord"
NEVER_SUGGEST = "midword.neverSuggest"
SUGGEST_AGAIN = "midword.suggestAgain"
MODELS = "midword.models"

Arguments = Mapping[str, Any]
Answer = dict[str, Any] | Awaitable[dict[str, Any]]

# Another program may hold a dictionary for seconds; words are written in the order given.
_writer = Worker("midword-dictionary-writer")


def register(session: Session) -> None:
    """Offer the commands."""
    for name, command in COMMANDS.items():
        session.command(name)(_taking_one_object(session, command))


def _taking_one_object(
    session: Session, command: Callable[[Session, Arguments], Answer]
) -> Callable[..., Answer]:
    def run(*arguments: Any) -> Answer:
        first = arguments[0] if arguments else {}
        if not isinstance(first, Mapping):
            raise JsonRpcInvalidParams("a command takes one object")
        return command(session, first)

    return run


def show_status(session: Session, arguments: Arguments) -> dict[str, Any]:
    """How the server fares and, given a document's `{uri}`, why that one is `paused`, or null.

    `on` then says whether suggestions are on in that `file`, its `language`, and `everywhere` else.
    """
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
    session.toggles.switch(scope, session.folders.file_of(uri), language_id, enabled)
    for other in session.documents:
        if session.activity.is_active(other):
            session.learner.read(other)
        else:
            session.learner.forget(other)
    for reader in session.models.readers:
        status.notify(session, reader)
    return {"scope": scope, "enabled": enabled}


def choose_model(session: Session, arguments: Arguments) -> dict[str, Any]:
    """Read with another model from now on, in every folder: `{model: name or path}`."""
    session.configuration.choose(_text(arguments, "model"))
    return {"model": session.configuration.chosen["model"]}


def reload(session: Session, _: Arguments) -> dict[str, Any]:
    """Read settings files, models and folders anew."""
    for folder in session.folders:
        session.configuration.read_file(folder)
        session.learner.index(folder)
    session.configuration.reload()
    return {}


def add_word(session: Session, arguments: Arguments) -> Awaitable[dict[str, Any]]:
    """Put a word into a dictionary: `{word, scope: personal|project, uri}`."""
    return _put(session, arguments, "suggest")


def never_suggest(session: Session, arguments: Arguments) -> Awaitable[dict[str, Any]]:
    """Have a dictionary forbid a word: `{word, scope: personal|project, uri}`."""
    return _put(session, arguments, "never")


def suggest_again(session: Session, arguments: Arguments) -> Awaitable[dict[str, Any]]:
    """Have a dictionary forbid a word no longer: `{word, scope: personal|project, uri}`."""
    return _put(session, arguments, "again")


def list_models(_: Session, __: Arguments) -> dict[str, Any]:
    """The models on this machine."""
    return {
        "models": [
            {"name": model.name, "default": model.is_default, "problem": model.problem}
            for model in store.list_models()
        ]
    }


def _put(session: Session, arguments: Arguments, how: Saying) -> Awaitable[dict[str, Any]]:
    word, scope = _text(arguments, "word"), arguments.get("scope", "personal")
    if not is_word(word):
        raise JsonRpcInvalidParams("`word` is not a word")
    folder = session.folders.of(_text(arguments, "uri"))
    location = folder.dictionary_files.get(scope) if isinstance(scope, str) else None
    if location is None:
        raise JsonRpcInvalidParams("there is no such dictionary here")
    path, inside = location
    future = _writer.submit(lambda: put(path, word, how=how, inside=inside))

    async def answer() -> dict[str, Any]:
        try:
            await asyncio.wrap_future(future)
        except UserError as error:
            problem = f"{error}."
        except OSError as error:
            problem = (
                f"{path}: {error.strerror}. Make room, make the file writable, or choose another "
                f"one in the setting `midword.{scope}Dictionary`."
            )
        else:
            return {"saved": True, "path": str(path)}
        session.tell(f"the word could not be saved: {problem}", types.MessageType.Error)
        return {"saved": False, "path": str(path)}

    return answer()


def _is_on(session: Session, uri: str, language_id: str) -> bool:
    document = session.documents.get(uri)
    if document is not None:
        return session.activity.is_active(document)
    switched = session.toggles.state(uri, language_id)
    return switched[1] if switched else session.folders.of(uri).settings.enabled


def _text(arguments: Arguments, name: str) -> str:
    value = arguments.get(name, "")
    if not isinstance(value, str):
        raise JsonRpcInvalidParams(f"`{name}` is not a text")
    return value


COMMANDS: dict[str, Callable[[Session, Arguments], Answer]] = {
    STATUS: show_status,
    TOGGLE: toggle,
    CHOOSE_MODEL: choose_model,
    RELOAD: reload,
    ADD_WORD: add_word,
    NEVER_SUGGEST: never_suggest,
    SUGGEST_AGAIN: suggest_again,
    MODELS: list_models,
}
