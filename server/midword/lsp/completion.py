"""`textDocument/completion`: the list of words at the cursor.

What editors make of a list was measured (CONTRIBUTING, "What editors do"): every item carries what
is typed as `filterText` and replaces the same range, or the order is not ours any more; the list is
always incomplete, because each letter changes the probabilities.
"""

from __future__ import annotations

import string
from collections.abc import Awaitable

from lsprotocol import types

from midword.lsp.places import Place, percent, place_at
from midword.lsp.session import Session
from midword.settings import Settings
from midword.suggest.suggester import Suggester, Suggestion

# Neovim asks by itself only after these; other editors ask after every letter of a word anyway.
_ACCENTED = "àáâãäåæçèéêëìíîïñòóôõöøœßùúûüýÿÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØŒÙÚÛÜÝŸ"
_LETTERS = [*string.ascii_letters, *_ACCENTED, *"'’-"]
_TRIGGERS = {"all": [*_LETTERS, " "], "letters": _LETTERS, "space": [" "], "none": []}

_ORIGINS = {"memory": "document", "dictionary": "dictionary"}
_DOCUMENTATION = {
    "model": "{} likely here, by what stands on both sides.",
    "memory": "{} likely here, by your own texts.",
    "dictionary": "{} likely here, by dictionary alone.",
}


def register(session: Session) -> None:
    """Offer completion."""
    session.feature(types.TEXT_DOCUMENT_COMPLETION, options("all"))(complete)


def options(trigger_characters: str) -> types.CompletionOptions:
    """What the client is told; the characters are a setting, for editors differ in them."""
    return types.CompletionOptions(
        trigger_characters=_TRIGGERS[trigger_characters], resolve_provider=False
    )


def complete(
    ls: Session, params: types.CompletionParams
) -> types.CompletionList | Awaitable[types.CompletionList] | None:
    """The list, at once if the gap is read already."""
    place = place_at(ls, params.text_document.uri, params.position)
    if place is None or not place.settings.completion:
        return None
    unasked = params.context is not None and (
        params.context.trigger_kind != types.CompletionTriggerKind.Invoked
    )
    if unasked and len(place.cloze.prefix) < place.settings.min_letters:
        return _list_of([])
    if place.reader.can_answer(place.cloze):
        return _answer(place, place.reader.suggester, unasked)
    return _answer_later(place, unasked)


async def _answer_later(place: Place, unasked: bool) -> types.CompletionList:
    return _answer(place, await place.reader.prepare(place.cloze), unasked)


def _answer(place: Place, suggester: Suggester | None, unasked: bool) -> types.CompletionList:
    if suggester is None:
        return _list_of([])
    suggestions = place.suggestions(suggester)
    unsure = suggester.confidence(suggestions) < place.settings.confidence
    if unasked and unsure and not place.cloze.prefix:
        # Nothing is typed: only a list that is probably right is worth the writer's glance.
        return _list_of([])
    return _list_of([_item(place, rank, s) for rank, s in enumerate(suggestions)])


def _list_of(items: list[types.CompletionItem]) -> types.CompletionList:
    return types.CompletionList(is_incomplete=True, items=items)


def _item(place: Place, rank: int, suggestion: Suggestion) -> types.CompletionItem:
    likely = percent(suggestion.probability)
    return types.CompletionItem(
        label=suggestion.word,
        kind=types.CompletionItemKind.Text,
        detail=_detail(place.settings, suggestion, likely),
        documentation=_DOCUMENTATION[suggestion.source].format(likely)
        if place.settings.show_probability
        else None,
        sort_text=f"{rank:03}",
        filter_text=place.cloze.prefix,
        text_edit=types.TextEdit(place.word_range, suggestion.word),
        # Neovim 0.11 inserts at the cursor and leaves what the edit would replace on its right;
        # our plugin takes these characters away.
        data={"replaceRight": len(place.cloze.rest)} if place.cloze.rest else None,
    )


def _detail(settings: Settings, suggestion: Suggestion, likely: str) -> str | None:
    parts = [_ORIGINS[suggestion.source]] if suggestion.source in _ORIGINS else []
    if settings.show_probability:
        parts.insert(0, likely)
    return ", ".join(parts) or None
