"""From a request's position to what is asked there, taken at the moment the request arrives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lsprotocol import types

from midword.engine.engine import Reader
from midword.lsp.folders import Folder
from midword.lsp.learner import memory_key
from midword.lsp.session import Session
from midword.settings import Settings
from midword.suggest.dictionary import Dictionary
from midword.suggest.memory import Memory
from midword.suggest.ranking import Suggestion
from midword.suggest.suggester import Alternatives, Suggester
from midword.text.cloze import Cloze
from midword.text.document import Document

_NEAR = 2000  # characters around the cursor that show which apostrophe a writer uses
_CURLY = re.compile(r"\w’\w?")


@dataclass(frozen=True, slots=True)
class Place:
    """A word's place in a document, and everything that is needed to suggest words for it."""

    document: Document
    version: int
    offset: int  # of the cursor
    cloze: Cloze
    word_range: types.Range  # the word's letters on both sides of the cursor
    settings: Settings
    folder: Folder
    reader: Reader
    dictionaries: Sequence[Dictionary]

    @property
    def word(self) -> str:
        """The whole word around the cursor; "" between words."""
        return self.cloze.prefix + self.cloze.rest

    @property
    def memory(self) -> Memory | None:
        """What to remember, if the settings let it count."""
        return self.folder.memory if self.settings.memory_weight > 0 else None

    def suggestions(self, suggester: Suggester) -> list[Suggestion]:
        """The list of words for this place."""
        found = suggester.suggest(
            self.cloze,
            memory=self.memory,
            document=memory_key(self.document.uri),
            dictionaries=self.dictionaries,
            limit=self.settings.items,
            memory_weight=self.settings.memory_weight,
        )
        return [replace(s, word=self._spelt(s.word)) for s in found]

    def alternatives(self, suggester: Suggester, limit: int) -> Alternatives:
        """What could stand in the word's place."""
        found = suggester.alternatives(
            self.cloze,
            memory=self.memory,
            document=memory_key(self.document.uri),
            dictionaries=self.dictionaries,
            limit=limit,
        )
        words = [replace(s, word=self._spelt(s.word)) for s in found.suggestions]
        return replace(found, suggestions=words)

    def continuation(self, suggester: Suggester, first: str | None) -> str:
        """The word and the next ones, as far as they are sure."""
        found = suggester.continuation(
            self.cloze,
            memory=self.memory,
            document=memory_key(self.document.uri),
            dictionaries=self.dictionaries,
            max_words=self.settings.inline_max_words,
            min_probability=self.settings.inline_confidence,
            first=first,
        )
        return self._spelt(found)

    def _spelt(self, word: str) -> str:
        """A word with the apostrophes that this writer uses; suggesters know straight ones."""
        if "'" not in word or "'" in self.cloze.prefix:
            return word
        near = self.document.slice(self.offset - _NEAR, self.offset + _NEAR)
        return word.replace("'", "’") if _CURLY.search(near) else word


def place_at(session: Session, uri: str, position: types.Position) -> Place | None:
    """The place at a position; None where no words are suggested: no prose, or switched off."""
    document = session.documents.get(uri)
    if document is None or not session.is_active(document):
        return None
    folder = session.folders.of(uri)
    offset = document.offset_at(position.line, position.character, session.encoding)
    cloze = session.documents.cloze_at(document, offset, folder.settings.context_size)
    if cloze is None:
        return None
    return Place(
        document=document,
        version=document.version,
        offset=offset,
        cloze=cloze,
        word_range=range_of(session, document, cloze.start, cloze.end),
        settings=folder.settings,
        folder=folder,
        reader=session.reader_for(document),
        dictionaries=folder.dictionaries,
    )


def range_of(session: Session, document: Document, start: int, end: int) -> types.Range:
    """Two offsets as the client counts them."""
    return types.Range(
        types.Position(*document.position_at(start, session.encoding)),
        types.Position(*document.position_at(end, session.encoding)),
    )


def percent(probability: float) -> str:
    """A probability for people: "42%", "3.1%", "<0.1%"."""
    if probability < 0.001:
        return "<0.1%"
    return f"{probability:.1%}" if probability < 0.1 else f"{probability:.0%}"
