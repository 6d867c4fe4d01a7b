"""`textDocument/hover`: what the model would expect in the place of the word under the mouse."""

from __future__ import annotations

from collections.abc import Awaitable

from lsprotocol import types

from midword.lsp.places import Place, percent, place_at
from midword.lsp.session import Session
from midword.suggest.suggester import Alternatives

_WORDS = 8


def register(session: Session) -> None:
    """Offer hovers."""
    session.feature(types.TEXT_DOCUMENT_HOVER)(hover)


def hover(ls: Session, params: types.HoverParams) -> Awaitable[types.Hover | None] | None:
    """A table of likelier words; nothing where there is no word of prose."""
    place = place_at(ls, params.text_document.uri, params.position)
    if place is None or not place.word or not place.settings.hover or not place.cloze.readable:
        return None
    return _hover(place)


async def _hover(place: Place) -> types.Hover | None:
    alternatives = await place.ask(lambda suggester: place.alternatives(suggester, _WORDS))
    if alternatives is None:
        return None
    content = types.MarkupContent(types.MarkupKind.Markdown, _markdown(place.word, alternatives))
    return types.Hover(content, place.word_range)


def _markdown(word: str, alternatives: Alternatives) -> str:
    rank = f"rank {alternatives.rank}" if alternatives.rank else "not among the likelier words"
    rows = [
        f"**{word}**: {percent(alternatives.probability)} likely here, {rank}",
        "",
        "| Word | Likely |",
        "|:--|--:|",
    ]
    for suggestion in alternatives.suggestions:
        own = suggestion.word.casefold() == word.casefold()
        shown = f"**{suggestion.word}**" if own else suggestion.word
        rows.append(f"| {shown} | {percent(suggestion.probability)} |")
    return "\n".join(rows)
