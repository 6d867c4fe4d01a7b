"""The words that a team writes: their usual forms, and those worth a token of their own.

What enters a model can be read out of it. So only words of letters count, which three documents
have where nothing is confidential (`midword_training.confidentiality.redaction`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from midword.suggest.lexicon import Lexicon
from midword.text.folding import fold
from midword_training.confidentiality.found_words import FoundWords
from midword_training.confidentiality.redaction import KNOWN_IN, redact
from midword_training.confidentiality.review import Entry
from midword_training.documents.document import TeamDocument
from midword_training.documents.side_by_side import for_each_run
from midword_training.words.vocabulary import WordCount

LEXICON_FILE = "lexicon.npz"

_SENTENCE_END = re.compile(r"[.!?:][\"')\]]*\s+[\"'(\[]*$|^[\s\"'(\[*\d.-]*$")


@dataclass(frozen=True, slots=True)
class TeamWords:
    """Counts by written form inside sentences, and by folded key everywhere.

    `forms[form]`, `counts[key]`: occurrences; `spread[key]`: documents.
    """

    forms: Counter[str]
    counts: Counter[str]
    spread: Counter[str]

    @classmethod
    def count(cls, documents: Sequence[TeamDocument], processes: int = 1) -> TeamWords:
        """Count the words of some documents."""
        safe = redact(documents)

        def count(numbers: range) -> TeamWords:
            found = cls(Counter(), Counter(), Counter())
            for number in numbers:
                found._add(safe[number])
            return found

        team = cls(Counter(), Counter(), Counter())
        for found in for_each_run(safe, count, processes):
            team.forms.update(found.forms)
            team.counts.update(found.counts)
            team.spread.update(found.spread)
        return team

    def _add(self, document: TeamDocument) -> None:
        here: set[str] = set()
        for text in document.paragraphs:
            found = FoundWords.of(text)
            here.update(found.keys)
            self.counts.update(found.keys)
            self.forms.update(
                form
                for form, match in zip(found.forms, found.matches, strict=True)
                if not _begins_sentence(text, match.start()) or form[1:] != form[1:].lower()
            )
        self.spread.update(here)

    def lexicon(self) -> Lexicon:
        """The usual forms of words that stand in several documents."""
        known = {key for key in self.counts if self.spread[key] >= KNOWN_IN}
        return Lexicon.from_counts({f: n for f, n in self.forms.items() if fold(f) in known})


def _begins_sentence(text: str, start: int) -> bool:
    """Whether a word that begins there is a sentence's first: its capital says nothing."""
    if text[start - 1 : start] == " " and text[start - 2 : start - 1].isalpha():
        return False  # as most words
    return _SENTENCE_END.search(text[max(0, start - 8) : start]) is not None


def words_to_add(
    team: TeamWords, tokenizer: Any, *, limit: int, min_count: int, min_documents: int
) -> list[WordCount]:
    """The team's frequent words that `tokenizer` breaks into pieces, most frequent first.

    A cased vocabulary gets each word in its usual form, an uncased one in lower case.
    Possessives and compounds stay in pieces: their parts are there.
    """
    normalizer = tokenizer.backend_tokenizer.normalizer
    cased = (normalizer.normalize_str("Aa") if normalizer else "Aa").strip("▁ ") == "Aa"
    usual = dict(zip(*(lambda lexicon: (lexicon.keys, lexicon.forms))(team.lexicon()), strict=True))
    chosen: list[WordCount] = []
    for key, count in team.counts.most_common():
        if count < min_count or len(chosen) == limit:
            break
        documents = team.spread[key]
        if documents < min_documents or not key.isalpha() or len(key) < 3:
            continue
        word = usual.get(key, key) if cased else key
        if not cased and normalizer:
            word = normalizer.normalize_str(word)
        if len(tokenizer.tokenize(" " + word)) > 1:
            chosen.append(WordCount(word, count, documents, 1))
    return chosen


def level(team: TeamWords, model: Any, tokenizer: Any) -> float:
    """What the head's bias adds to a word's log share: the median over words it has.

    `vocabulary.enlarge` starts a bias at the log share; pretrained heads are rarely so normalised.
    """
    bias = model.get_output_embeddings().bias
    if bias is None:
        return 0.0
    values = bias.detach().float().cpu().numpy()
    total = sum(team.counts.values())
    found = []
    for key, count in team.counts.most_common(3000):
        pieces = tokenizer(" " + key, add_special_tokens=False)["input_ids"]
        if len(pieces) == 1 and count >= 5:
            found.append(float(values[pieces[0]]) - float(np.log(count / total)))
    return float(np.median(found)) if found else 0.0


def entries(team: TeamWords, added: Sequence[WordCount]) -> Iterator[Entry]:
    """Each word that enters the model or its lexicon, for people to look over."""
    tokens = {fold(word.word) for word in added}
    for key in team.lexicon().keys:
        yield Entry(
            "token" if key in tokens else "word", (key,), team.counts[key], team.spread[key]
        )
    for word in added:
        if team.spread[fold(word.word)] < KNOWN_IN:  # asked for: --word-documents
            yield Entry("token", (fold(word.word),), round(word.count), word.documents)
