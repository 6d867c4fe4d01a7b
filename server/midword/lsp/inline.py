"""`textDocument/inlineCompletion`: the rest of the word, or the next words, as grey text.

With a list open the editor says which of its words is selected; the grey text then begins with it.
"""

from __future__ import annotations

from collections.abc import Awaitable

from lsprotocol import types

from midword.engine.worker import LATER
from midword.lsp.places import Place, place_at
from midword.lsp.session import Session

_NOTHING = types.InlineCompletionList([])


def register(session: Session) -> None:
    """Answer requests for grey text; which clients are told so, `options` says."""
    session.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION)(inline_completion)


def options(client: types.ClientCapabilities) -> types.InlineCompletionOptions | None:
    """What a client is told; None for nothing, where it has not announced grey text itself.

    A server that offers it unasked takes the list away from asyncomplete-lsp, which then asks for
    grey text alone.
    """
    text = client.text_document
    announced = text is not None and text.inline_completion is not None
    return types.InlineCompletionOptions() if announced else None


def inline_completion(
    ls: Session, params: types.InlineCompletionParams
) -> Awaitable[types.InlineCompletionList] | types.InlineCompletionList:
    """Grey text, where the next words are sure enough; an empty list where not.

    The specification allows null for that, and some clients fail at it.
    """
    place = place_at(ls, params.text_document.uri, params.position)
    # Inside a word grey text would push its own letters apart.
    if place is None or place.cloze.rest or not place.settings.inline_completion:
        return _NOTHING
    selected = params.context.selected_completion_info
    automatic = params.context.trigger_kind == types.InlineCompletionTriggerKind.Automatic
    if automatic and selected is None and len(place.cloze.prefix) < place.settings.min_letters:
        return _NOTHING
    return _inline(ls, place, selected)


async def _inline(
    ls: Session, place: Place, selected: types.SelectedCompletionInfo | None
) -> types.InlineCompletionList:
    first = selected.text if selected is not None else None
    found: list[str] = []
    # Further words cost passes of their own, and lists come first.
    text = await place.ask(lambda suggester: place.continuation(suggester, first, found), LATER)
    typed = place.cloze.prefix
    if not text or text in (typed, first) or not text.casefold().startswith(typed.casefold()):
        return _NOTHING
    ls.remembering.offered([text])
    return types.InlineCompletionList(
        [
            types.InlineCompletionItem(
                insert_text=text,
                filter_text=typed or None,
                range=selected.range if selected is not None else place.word_range,
            )
        ]
    )
