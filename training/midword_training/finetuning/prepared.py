"""What is made of the documents before training: once, by one process, and mapped by the others.

A run that is resumed finds it in its folder as long as its sources, and the settings that count
here, are the same:

    validation/         the documents that typing is simulated on
    tokens/             of the training and the validation documents
    start/              the model to start from, with the words that it got, if it got any
    words/              lexicon, phrases, and the list of all that enters
    prepared.json       what is told of all this
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from midword.errors import UserError
from midword.model.manifest import checksum
from midword_training.confidentiality import review
from midword_training.confidentiality.oddness import Language
from midword_training.documents.document import TeamDocument
from midword_training.documents.languages import language_of
from midword_training.documents.reading import identity
from midword_training.documents.shelf import Shelf
from midword_training.finetuning.corpus import LEAST_WORDS, read_corpus, shelve_redacted
from midword_training.finetuning.metrics import Sides, Sizes
from midword_training.folders import replace_folder
from midword_training.masked import network
from midword_training.masked.blocks import BlockedText
from midword_training.masked.masking import TokenKinds
from midword_training.masked.tokens import Tokens
from midword_training.settings import TrainingSettings, as_dict
from midword_training.words import team_phrases, team_words
from midword_training.words.team_phrases import TeamPhrases
from midword_training.words.team_words import TeamWords
from midword_training.words.vocabulary import WordCount, enlarge

_FORMAT = 1  # of the folder: another one is made anew
_NAMED = 20  # documents that are told by name
_JUDGED = 200  # documents by which the language is told
_COUNTS = (
    "across_documents",
    "language",
    "max_repeats",
    "new_words",
    "passage_count",
    "redact",
    "seed",
    "text_field",
    "validation_share",
    "word_count",
    "word_documents",
)
"""TrainingSettings that what is prepared depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What lies in a folder, and what is told of it; `names`: of the first training documents."""

    folder: Path
    report: str
    names: list[str]
    documents: Sides[Sizes]
    skipped: int
    language: str
    added: list[str]

    @classmethod
    def load(cls, folder: Path, key: str = "") -> Prepared | None:
        """What `prepare` left; None where there is nothing, or something of another key."""
        try:
            told = json.loads((folder / "prepared.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if told.pop("format", None) != _FORMAT or (told.pop("key") != key and key):
            return None
        sizes = Sides(*(Sizes(**told["documents"][side]) for side in ("train", "validation")))
        return cls(**{**told, "folder": folder, "documents": sizes})

    def start(self, otherwise: Path) -> Path:
        """The model to start from: `otherwise`, unless it got words."""
        return self.folder / "start" if self.added else otherwise

    def words(self) -> Path:
        """The folder of the lexicon, the phrases and the list of all that enters."""
        return self.folder / "words"

    def validation(self) -> Shelf:
        """The documents that were held out."""
        return Shelf(self.folder / "validation")

    def texts(
        self, tokenizer: Any, settings: TrainingSettings
    ) -> tuple[BlockedText, BlockedText | None]:
        """The training and the validation documents as blocks; None where nothing was held out."""
        kinds = TokenKinds.of(tokenizer)
        train, held_out = (
            BlockedText(Tokens.load(self.folder / "tokens" / side), kinds, settings)
            for side in ("train", "validation")
        )
        return train, held_out if held_out.tokens else None


def key_of(
    sources: Sequence[str], validation: Sequence[str], settings: TrainingSettings, start: Path
) -> str:
    """The same while sources, what counts of the settings, and the model are the same."""
    said = {name: value for name, value in as_dict(settings).items() if name in _COUNTS}
    files = [[identity(source) for source in each] for each in (sources, validation)]
    model = [checksum(start / name) for name in ("model.safetensors", "tokenizer.json")]
    return hashlib.sha256(json.dumps([said, files, model]).encode()).hexdigest()


def prepare(
    folder: Path,
    key: str,
    sources: Sequence[str],
    validation: Sequence[str],
    settings: TrainingSettings,
    start: Path,
    processes: int,
) -> None:
    """Make all of it, and put it in place when it is whole.

    Raises:
        UserError: a source is wrong, or there is too little to learn from.
    """
    aside = folder.with_name(folder.name + ".partial")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    aside.chmod(0o700)  # it holds the documents' text
    try:
        told = _fill(aside, sources, validation, settings, start, processes)
        told |= {"format": _FORMAT, "key": key}
        (aside / "prepared.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
        replace_folder(aside, folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        with suppress(OSError):
            aside.parent.rmdir()  # unless a checkpoint lies there
        raise


def _fill(
    folder: Path,
    sources: Sequence[str],
    validation: Sequence[str],
    settings: TrainingSettings,
    start: Path,
    processes: int,
) -> dict[str, Any]:
    """Write everything but what is told of it, which is returned."""
    model, tokenizer = network.load_pretrained(start)
    corpus = read_corpus(sources, validation, settings, folder / "text", processes)
    sizes = Sides(Sizes.of(corpus.train), Sizes.of(corpus.validation, corpus.train))
    if sizes.train.words < LEAST_WORDS:
        raise UserError(
            f"only {sizes.train.words} words to learn from; fine-tuning needs at least "
            f"{LEAST_WORDS}\n{corpus.reading.report()}"
        )
    safe = corpus.train
    if not settings.redact:  # lists are made of what is safe alone
        safe = shelve_redacted(corpus.train, folder / "text" / "safe", processes)
    team = TeamWords.count(safe, processes)
    model, tokenizer, added = add_words(model, tokenizer, team, settings)
    if added:
        model.save_pretrained(folder / "start")
        tokenizer.save_pretrained(folder / "start")
    del model
    for side, documents in (("train", corpus.train), ("validation", corpus.validation)):
        special = settings.across_documents
        Tokens.write(folder / "tokens" / side, documents, tokenizer, special=special)
    _write_words(folder / "words", safe, team, added, settings.passage_count)
    Shelf.write(folder / "validation", corpus.validation)
    told = {
        "report": corpus.report(),
        "names": [document.name for document in islice(corpus.train, _NAMED)],
        "documents": asdict(sizes),
        "skipped": len(corpus.reading.skipped),
        "language": settings.language
        or language_of(document.text for document in islice(corpus.train, _JUDGED)),
        "added": [word.word for word in added],
    }
    del corpus, safe, documents  # Windows removes no file that is mapped
    shutil.rmtree(folder / "text", ignore_errors=True)
    return told


def add_words(
    base: Any, tokenizer: Any, team: TeamWords, settings: TrainingSettings
) -> tuple[Any, Any, list[WordCount]]:
    """The model and tokenizer with the team's frequent words, and which these are."""
    added = team_words.words_to_add(
        team,
        tokenizer,
        limit=settings.new_words,
        min_count=settings.word_count,
        min_documents=settings.word_documents,
    )
    if not added:
        return base, tokenizer, []
    total = sum(team.counts.values()) * math.exp(-team_words.level(team, base, tokenizer))
    return *enlarge(base, tokenizer, added, total), added


def _write_words(
    folder: Path,
    safe: Sequence[TeamDocument],
    team: TeamWords,
    added: Iterable[WordCount],
    passage_count: int,
) -> None:
    """The team's lexicon and phrases, and the list of all that enters."""
    folder.mkdir()
    lexicon = team.lexicon()
    if len(lexicon):
        lexicon.save(folder / team_words.LEXICON_FILE)
    phrases = TeamPhrases(safe, team, passage_count=passage_count, folder=folder)
    phrases.save(folder / team_phrases.PHRASES_FILE)
    entries = [*team_words.entries(team, list(added)), *phrases.entries()]
    review.write_review(folder / review.REVIEW_FILE, entries, Language.of(team.counts))
