"""`textDocument/inlineCompletion`: the rest of the word, or the next words, as grey text.

With a list open the editor says which of its words is selected; the grey text then begins with it.
"""

from __future__ import annotations

from collections.abc import Awaitable

from lsprotocol import types

from midword.engine.worker import LATER
from midword.lsp.places import Place, place_at
from midword.lsp.session import Session


def register(session: Session) -> None:
    """Offer inline completion; pygls tells the client only if there are options."""
    options = types.InlineCompletionOptions()
    session.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, options)(inline_completion)


def inline_completion(
    ls: Session, params: types.InlineCompletionParams
) -> Awaitable[types.InlineCompletionList] | None:
    """Grey text, where the next words are sure enough."""
    place = place_at(ls, params.text_document.uri, params.position)
    # Inside a word grey text would push its own letters apart.
    if place is None or place.cloze.rest or not place.settings.inline_completion:
        return None
    selected = params.context.selected_completion_info
    automatic = params.context.trigger_kind == types.InlineCompletionTriggerKind.Automatic
    if automatic and selected is None and len(place.cloze.prefix) < place.settings.min_letters:
        return None
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
        return types.InlineCompletionList([])
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
