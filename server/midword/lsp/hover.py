"""`textDocument/hover`: what the model would expect in the place of the word under the mouse."""

from __future__ import annotations

from collections.abc import Awaitable

from lsprotocol import types

from midword.lsp.places import Place, percent, place_at
from midword.lsp.session import Session
from midword.suggest.alternatives import Alternatives

_WORDS = 8


def register(session: Session) -> None:
    """Offer hovers."""
    session.feature(types.TEXT_DOCUMENT_HOVER)(hover)


def hover(ls: Session, params: types.HoverParams) -> Awaitable[types.Hover | None] | None:
    """A table of likelier words; nothing where there is no word of prose."""
    place = place_at(ls, params.text_document.uri, params.position)
    if place is None or not place.word or not place.settings.hover or not place.cloze.readable:
        return None
    return _hover(place, _format(ls.client_capabilities))


def _format(client: types.ClientCapabilities) -> types.MarkupKind | str:
    """The format that the client likes best; Markdown, if it doesn't say."""
    text = client.text_document
    formats = text.hover.content_format if text is not None and text.hover is not None else None
    return formats[0] if formats else types.MarkupKind.Markdown


async def _hover(place: Place, kind: types.MarkupKind | str) -> types.Hover | None:
    alternatives = await place.ask(lambda suggester: place.alternatives(suggester, _WORDS))
    if alternatives is None:
        return None
    if kind == types.MarkupKind.PlainText:
        content = types.MarkupContent(types.MarkupKind.PlainText, _plain(place.word, alternatives))
    else:
        content = types.MarkupContent(
            types.MarkupKind.Markdown, _markdown(place.word, alternatives)
        )
    return types.Hover(content, place.word_range)


def _how_likely(alternatives: Alternatives) -> str:
    rank = f"rank {alternatives.rank}" if alternatives.rank else "not among the likelier words"
    return f"{percent(alternatives.probability)} likely here, {rank}"


def _plain(word: str, alternatives: Alternatives) -> str:
    rows = [f"{word}: {_how_likely(alternatives)}", ""]
    width = max((len(s.word) for s in alternatives.suggestions), default=0)
    rows += [f"{s.word:{width}}  {percent(s.probability):>6}" for s in alternatives.suggestions]
    return "\n".join(rows)


def _markdown(word: str, alternatives: Alternatives) -> str:
    rows = [
        f"**{word}**: {_how_likely(alternatives)}",
        "",
        "| Word | Likely |",
        "|:--|--:|",
    ]
    for suggestion in alternatives.suggestions:
        own = suggestion.word.casefold() == word.casefold()
        shown = f"**{suggestion.word}**" if own else suggestion.word
        rows.append(f"| {shown} | {percent(suggestion.probability)} |")
    return "\n".join(rows)
