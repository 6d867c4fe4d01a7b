"""`textDocument/completion`: the list of words at the cursor.

What editors make of a list was measured (CONTRIBUTING, "What editors do"): every item carries what
is typed as `filterText` and replaces the same range, or the order is not ours any more; the list is
always incomplete, because each letter changes the probabilities.

Lists are made as they go over the wire: `lsprotocol`'s classes for ten items take longer to make
and to turn into JSON than finding the words does.
"""

from __future__ import annotations

import contextlib
import string
from collections.abc import Awaitable
from typing import Any

from lsprotocol import types

from midword.lsp.places import Place, percent, place_at
from midword.lsp.session import Session
from midword.settings import Settings
from midword.suggest.ranking import Suggestion
from midword.suggest.readings import UnreadError

Json = dict[str, Any]

# Neovim asks by itself only after these; other editors ask after every letter of a word anyway.
_ACCENTED = "àáâãäåæçèéêëìíîïñòóôõöøœßùúûüýÿÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØŒÙÚÛÜÝŸ"
_LETTERS = [*string.ascii_letters, *_ACCENTED, *"'’-"]
_TRIGGERS = {"all": [*_LETTERS, " "], "letters": _LETTERS, "space": [" "], "none": []}

_ORIGINS = {"memory": "document", "dictionary": "dictionary"}
# The detail says how likely a word is: screen readers read both.
_DOCUMENTATION = {
    "model": "By what stands on both sides.",
    "memory": "By your own texts.",
    "dictionary": "By dictionary alone.",
}


def register(session: Session) -> None:
    """Offer completion."""
    session.feature(types.TEXT_DOCUMENT_COMPLETION, options("all"))(complete)


def options(trigger_characters: str) -> types.CompletionOptions:
    """What the client is told; the characters are a setting, for editors differ in them."""
    return types.CompletionOptions(
        trigger_characters=_TRIGGERS[trigger_characters], resolve_provider=False
    )


def complete(ls: Session, params: types.CompletionParams) -> Json | Awaitable[Json] | None:
    """The list; at once where a letter narrows the last one, else from the model's thread."""
    place = place_at(ls, params.text_document.uri, params.position)
    if place is None or not place.settings.completion:
        return None
    is_asked = _is_asked(params.context, place.settings)
    if not is_asked and len(place.cloze.prefix) < place.settings.min_letters:
        return _list_of([])
    is_read, suggester = place.reader.can_answer(place.cloze), place.reader.suggester
    if is_read and suggester is not None and place.narrows(suggester):
        # What stands after a hyphen is a gap of its own, which may not be read yet.
        with contextlib.suppress(UnreadError):
            return _answer(ls, place, place.suggestions(suggester, is_asked=is_asked))
    return _answer_later(ls, place, is_asked=is_asked)


def _is_asked(context: types.CompletionContext | None, settings: Settings) -> bool:
    """Whether the writer asked for a list; a client that doesn't say how it began calls it so."""
    is_invoked = context is None or context.trigger_kind == types.CompletionTriggerKind.Invoked
    return is_invoked and settings.invoked == "asked"


async def _answer_later(ls: Session, place: Place, *, is_asked: bool) -> Json:
    suggestions = await place.ask(lambda suggester: place.suggestions(suggester, is_asked=is_asked))
    return _answer(ls, place, suggestions or [])


def _answer(ls: Session, place: Place, suggestions: list[Suggestion]) -> Json:
    ls.remembering.offered([suggestion.word for suggestion in suggestions])
    start, end = place.word_range.start, place.word_range.end
    word_range: Json = {
        "start": {"line": start.line, "character": start.character},
        "end": {"line": end.line, "character": end.character},
    }
    return _list_of([_item(place, rank, s, word_range) for rank, s in enumerate(suggestions)])


def _list_of(items: list[Json]) -> Json:
    return {"isIncomplete": True, "items": items}


def _item(place: Place, rank: int, suggestion: Suggestion, word_range: Json) -> Json:
    likely = percent(suggestion.probability)
    item: Json = {
        "label": suggestion.word,
        "kind": types.CompletionItemKind.Text.value,
        "sortText": f"{rank:03}",
        "filterText": place.cloze.prefix,
        "textEdit": {"range": word_range, "newText": suggestion.word},
        # Neovim inserts at the cursor and leaves what the edit would replace on its right; our
        # plugin knows our items by this, and takes these letters away.
        "data": {"rest": place.cloze.rest},
    }
    if detail := _detail(place.settings, suggestion, likely):
        item["detail"] = detail
    if place.settings.show_probability:
        item["documentation"] = _DOCUMENTATION[suggestion.source]
    return item


def _detail(settings: Settings, suggestion: Suggestion, likely: str) -> str | None:
    parts = [_ORIGINS[suggestion.source]] if suggestion.source in _ORIGINS else []
    if settings.show_probability:
        parts.insert(0, likely)
    return ", ".join(parts) or None
