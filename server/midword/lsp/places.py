"""From a request's position to what is asked there, taken at the moment the request arrives."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from lsprotocol import types

from midword.engine.reader import Reader
from midword.engine.worker import URGENT
from midword.lsp.folders import Folder
from midword.lsp.learner import memory_key
from midword.lsp.session import Session
from midword.settings import Settings
from midword.suggest.alternatives import Alternatives, alternatives_at
from midword.suggest.continuation import continuation_at
from midword.suggest.dictionary import Dictionary
from midword.suggest.memory import Memory
from midword.suggest.ranking import Suggestion
from midword.suggest.restraint import unasked
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze
from midword.text.document import Document

T = TypeVar("T")

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
    is_curly: bool  # whether this writer's apostrophes are
    owner: Hashable  # on whose behalf it is asked

    @property
    def word(self) -> str:
        """The whole word around the cursor; "" between words."""
        return self.cloze.prefix + self.cloze.rest

    @property
    def memory(self) -> Memory | None:
        """What to remember, if the settings let it count."""
        return self.folder.memory if self.settings.memory_weight > 0 else None

    async def ask(self, work: Callable[[Suggester], T], priority: int = URGENT) -> T | None:
        """What some work finds with the suggester, once the model has read the gap.

        The work is done in the model's thread: it uses what the place holds, never the document,
        which may have changed by then. None before the word lists are read.
        """
        return await self.reader.ask(work, owner=self.owner, cloze=self.cloze, priority=priority)

    def narrows(self, suggester: Suggester) -> bool:
        """Whether a list is made in no time: its letters narrow the last one's words."""
        return suggester.narrows(
            self.cloze, memory=self.memory, document=memory_key(self.document.uri)
        )

    def suggestions(self, suggester: Suggester, *, is_asked: bool = True) -> list[Suggestion]:
        """The list of words for this place; one that nobody asked for is held back."""
        found = suggester.suggest(
            self.cloze,
            memory=self.memory,
            document=memory_key(self.document.uri),
            dictionaries=self.dictionaries,
            limit=self.settings.items,
            memory_weight=self.settings.memory_weight,
        )
        if not is_asked:
            found = unasked(
                found,
                letters=len(self.cloze.prefix),
                finished=self._finished(suggester),
                sure=self.settings.confidence,
                floor=self.settings.floor,
                is_read=suggester.is_read(self.cloze),
            )
        return self._all_spelt(found)

    def _finished(self, suggester: Suggester) -> float:
        """How likely what is typed is a whole word; it is none inside of one."""
        if self.cloze.rest or not self.cloze.prefix:
            return 0.0
        return suggester.finished(
            self.cloze,
            memory=self.memory,
            document=memory_key(self.document.uri),
            memory_weight=self.settings.memory_weight,
        )

    def alternatives(self, suggester: Suggester, limit: int) -> Alternatives | None:
        """What could stand in the word's place; None without a model, which alone can tell."""
        if suggester.model is None:
            return None
        found = alternatives_at(
            suggester,
            self.cloze,
            memory=self.memory,
            document=memory_key(self.document.uri),
            dictionaries=self.dictionaries,
            limit=limit,
        )
        return replace(found, suggestions=self._all_spelt(found.suggestions))

    def continuation(self, suggester: Suggester, first: str | None, found: list[str]) -> str:
        """The word and the next ones, as far as they are sure; "" without a model.

        What it has found stays in `found`, so that it goes on there if it must begin again.
        """
        if suggester.model is None:
            return ""
        text = continuation_at(
            suggester,
            self.cloze,
            memory=self.memory,
            document=memory_key(self.document.uri),
            dictionaries=self.dictionaries,
            max_words=self.settings.inline_max_words,
            min_probability=self.settings.inline_confidence,
            first=first,
            found=found,
        )
        return self._spelt(text)

    def _all_spelt(self, found: list[Suggestion]) -> list[Suggestion]:
        if not self.is_curly:
            return found
        return [replace(s, word=self._spelt(s.word)) if "'" in s.word else s for s in found]

    def _spelt(self, word: str) -> str:
        """A word with the apostrophes that this writer uses; suggesters know straight ones."""
        is_straight = not self.is_curly or "'" in self.cloze.prefix
        return word if is_straight else word.replace("'", "’")


def place_at(session: Session, uri: str, position: types.Position) -> Place | None:
    """The place at a position; None where no words are suggested: no prose, or switched off."""
    document = session.documents.get(uri)
    if document is None or not session.activity.is_active(document):
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
        reader=session.models.reader_for(document),
        dictionaries=folder.dictionaries,
        is_curly=_is_curly(document.slice(offset - _NEAR, offset + _NEAR)),
        owner=session,
    )


def _is_curly(text: str) -> bool:
    return "’" in text and _CURLY.search(text) is not None


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
