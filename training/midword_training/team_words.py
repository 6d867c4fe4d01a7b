"""The words that a team writes: their usual forms, and those worth a token of their own.

What enters a model can be read out of it. So only words of letters count, seen in several
documents; nothing inside an address, a mail or a link, and no word that mostly stands as @handle.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from midword.suggest.lexicon import Lexicon
from midword.text.folding import fold
from midword.text.words import words
from midword_training.documents import TeamDocument
from midword_training.vocabulary import WordCount

LEXICON_FILE = "lexicon.npz"
REVIEW_FILE = "new-words.csv"

_ADDRESS = re.compile(r"\S+://\S+|\bwww\.\S+|\S+@\S+\.\S+|\b[\w-]+(?:\.[\w-]+){2,}\b")
_HANDLE = re.compile(r"(?<!\w)@([A-Za-z][\w-]*)")
_SENTENCE_END = re.compile(r"[.!?:][\"')\]]*\s+[\"'(\[]*$|^[\s\"'(\[*\d.-]*$")
_LONGEST = 40  # letters: a longer run is a key or an encoded value
_LEAST_VOWELS = 0.2  # share of vowels below which a run of 12 letters or more is no word
_KNOWN_IN = 2  # documents that a form must stand in to enter the folder's lexicon


@dataclass(frozen=True, slots=True)
class TeamWords:
    """Counts by written form inside sentences, and by folded key everywhere.

    `forms[form]`, `counts[key]`: occurrences; `spread[key]`: documents.
    """

    forms: Counter[str]
    counts: Counter[str]
    spread: Counter[str]

    @classmethod
    def count(cls, documents: Sequence[TeamDocument]) -> TeamWords:
        """Count the words of some documents."""
        forms, counts, spread, handles = (
            Counter[str](),
            Counter[str](),
            Counter[str](),
            Counter[str](),
        )
        for document in documents:
            here: set[str] = set()
            for paragraph in document.paragraphs:
                handles.update(fold(name) for name in _HANDLE.findall(paragraph))
                text = _ADDRESS.sub(" ", paragraph)
                for match in words(text):
                    form = match.group()
                    if len(form) > _LONGEST or looks_random(form):
                        continue
                    key = fold(form)
                    here.add(key)
                    counts[key] += 1
                    begins = _SENTENCE_END.search(text[max(0, match.start() - 8) : match.start()])
                    if not begins or form[1:] != form[1:].lower():
                        forms[form] += 1
            spread.update(here)
        for key, count in handles.items():
            if count >= counts[key]:
                del counts[key]
        return cls(forms, counts, spread)

    def lexicon(self) -> Lexicon:
        """The usual forms of words that stand in several documents."""
        known = {key for key in self.counts if self.spread[key] >= _KNOWN_IN}
        return Lexicon.from_counts({f: n for f, n in self.forms.items() if fold(f) in known})

    def usual_form(self, key: str) -> str:
        """How the team writes a word inside a sentence."""
        lexicon = self.lexicon()
        place = lexicon.find(key)
        return key if place is None else lexicon.forms[place]


def looks_random(form: str) -> bool:
    """Whether the letters look drawn by lot, as those of a key or an encoded value do."""
    if len(form) < 12 or "-" in form or "'" in form:
        return False
    switches = sum(a.islower() and b.isupper() for a, b in pairwise(form))
    vowels = sum(letter in "aeiouyAEIOUY" for letter in form)
    return vowels < _LEAST_VOWELS * len(form) or switches > len(form) / 4


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


def write_review(path: Path, added: Sequence[WordCount]) -> None:
    """The list of added words for people to look over: word, occurrences, documents."""
    lines = [f"{word.word},{word.count:.0f},{word.documents}" for word in added]
    path.write_text("\n".join(["word,occurrences,documents", *lines]) + "\n", encoding="utf-8")
