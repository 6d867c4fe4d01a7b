"""`textDocument/codeAction`: put a likelier word in, or tell a dictionary about this one.

Only when the writer asks: a light bulb on every word would be a nuisance. Editors put quick fixes
before all else, so likelier words are quick fixes too and stay before the dictionaries; a menu of
refactorings alone has them as such.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from lsprotocol import types

from midword.lsp.commands import ADD_WORD, NEVER_SUGGEST, SUGGEST_AGAIN
from midword.lsp.places import Place, percent, place_at
from midword.lsp.session import Session
from midword.suggest.ranking import Suggestion
from midword.text.folding import fold

_FIX = types.CodeActionKind.QuickFix
_REWRITE = types.CodeActionKind.RefactorRewrite
_WORDS = 5


def register(session: Session) -> None:
    """Answer requests for code actions."""
    session.feature(types.TEXT_DOCUMENT_CODE_ACTION)(code_action)


def options(client: types.ClientCapabilities) -> types.CodeActionOptions | bool:
    """What a client is told: the kinds, if it knows of any (LSP 3.17, "Code Action Request")."""
    text = client.text_document
    action = text.code_action if text is not None else None
    if action is None or action.code_action_literal_support is None:
        return True
    return types.CodeActionOptions(code_action_kinds=[_FIX, _REWRITE])


def code_action(
    ls: Session, params: types.CodeActionParams
) -> Awaitable[list[types.CodeAction]] | None:
    """The actions on a word that the writer asked about."""
    if params.context.trigger_kind == types.CodeActionTriggerKind.Automatic:
        return None
    place = place_at(ls, params.text_document.uri, params.range.start)
    if place is None or not place.word or not place.settings.code_actions:
        return None
    if not _holds(place.word_range, params.range.end):
        return None  # more than this word is selected
    return _actions(ls, place, params.context.only)


async def _actions(
    ls: Session, place: Place, only: Sequence[types.CodeActionKind | str] | None
) -> list[types.CodeAction]:
    actions: list[types.CodeAction] = []
    kind = _FIX if _wanted(_FIX, only) else _REWRITE
    if _wanted(kind, only):
        # One more than is shown: the word itself is often among them.
        found = await place.ask(lambda suggester: place.alternatives(suggester, _WORDS + 1))
        if found is not None:
            others = [s for s in found.suggestions if fold(s.word) != fold(place.word)]
            actions += [_replace(ls, place, suggestion, kind) for suggestion in others[:_WORDS]]
    if kind == _FIX:
        actions += _dictionary_actions(place)
    return actions


def _replace(
    ls: Session, place: Place, suggestion: Suggestion, kind: types.CodeActionKind
) -> types.CodeAction:
    title = f'Replace with "{suggestion.word}"'
    if place.settings.show_probability:
        title += f" ({percent(suggestion.probability)})"
    edit = types.TextEdit(place.word_range, suggestion.word)
    return types.CodeAction(title=title, kind=kind, edit=_workspace_edit(ls, place, edit))


def _workspace_edit(ls: Session, place: Place, edit: types.TextEdit) -> types.WorkspaceEdit:
    """The edit, for the version of the document that it was made for where a client can tell."""
    workspace = ls.client_capabilities.workspace
    uri = place.document.uri
    if workspace and workspace.workspace_edit and workspace.workspace_edit.document_changes:
        document = types.OptionalVersionedTextDocumentIdentifier(uri, place.version)
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, [edit])])
    return types.WorkspaceEdit(changes={uri: [edit]})


def _dictionary_actions(place: Place) -> list[types.CodeAction]:
    word, uri = place.word, place.document.uri
    scopes = place.folder.dictionary_paths
    commands = [
        (ADD_WORD, "personal", f'Add "{word}" to your dictionary'),
        (ADD_WORD, "project", f'Add "{word}" to the project\'s dictionary'),
    ]
    forbidding = {
        dictionary.path for dictionary in place.dictionaries if fold(word) in dictionary.never_words
    }
    commands += [
        (SUGGEST_AGAIN, scope, f'Suggest "{word}" again')
        for scope, path in scopes.items()
        if path in forbidding
    ] or [(NEVER_SUGGEST, "personal", f'Never suggest "{word}"')]
    return [
        types.CodeAction(
            title=title,
            kind=_FIX,
            command=types.Command(
                title=title, command=name, arguments=[{"word": word, "scope": scope, "uri": uri}]
            ),
        )
        for name, scope, title in commands
        if scope in scopes
    ]


def _wanted(kind: types.CodeActionKind, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether a client asks for actions of a kind, or of a kind above it."""
    if only is None:
        return True
    names = [o.value if isinstance(o, types.CodeActionKind) else o for o in only]
    return any(name == "" or f"{kind.value}.".startswith(f"{name}.") for name in names)


def _holds(outer: types.Range, position: types.Position) -> bool:
    start, end = outer.start, outer.end
    return (
        (start.line, start.character)
        <= (position.line, position.character)
        <= (end.line, end.character)
    )
