"""The passages that a teacher reads: parts of the corpora's documents, in an order of their own."""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from midword import files
from midword_training.pretraining.corpora import training_documents

LETTERS = 1000
"""The length of a passage: some 220 tokens, three rows and more of the student."""

_SHORTEST = 100


class Passage(NamedTuple):
    """A part of a document, as it is written, and the document's genre."""

    text: str
    genre: str


def draw(recipe: Mapping[str, Any], share: float) -> list[Passage]:
    """The passages of about a `share` of one pass over the recipe's training documents.

    Each passage has a place in an order that its text and its document's weight make: the heavier,
    the earlier. So a larger share begins with all of a smaller one.
    """
    drawn = []
    for document, weight in training_documents(recipe):
        for text in parts(document.text):
            digest = hashlib.blake2b(text.encode(), digest_size=8, person=b"passage").digest()
            place = int.from_bytes(digest, "big") / 2**64
            if place < share * weight:
                drawn.append((place / weight, Passage(text, document.genre)))
    drawn.sort()
    return [passage for _, passage in drawn]


def parts(text: str) -> Iterator[str]:
    """A text cut at white space, as long as `LETTERS` allows each; without very short parts."""
    begin = 0
    while begin < len(text):
        end = begin + LETTERS
        if end < len(text):
            blanks = [text.rfind(blank, begin + 1, end + 1) for blank in " \n"]
            end = max(blanks) if max(blanks) > begin else end
        part = text[begin:end].strip()
        if len(part) >= _SHORTEST:
            yield part
        begin = end


def kept(recipe: Mapping[str, Any], share: float, path: Path) -> list[Passage]:
    """The passages of a share, read from a file if it has as many, or drawn and written there.

    Raises:
        ValueError: the file's were drawn by a recipe with other corpora or weights, so that its
            passages, and whatever was answered, would stand in another order.
    """
    drawn_by = {table: recipe.get(table) for table in ("data", "held_out", "weights")}
    if path.exists():
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            head = json.loads(next(lines))
            if head["drawn_by"] != drawn_by:
                raise ValueError(f"{path} was drawn by another recipe: name another --out")
            if head["share"] >= share:
                return [Passage(**json.loads(line)) for line in lines]
    passages = draw(recipe, share)
    head = {"share": share, "drawn_by": drawn_by}
    with files.writing(path) as file, lzma.open(file, "wb", preset=1) as out:
        for record in (head, *(passage._asdict() for passage in passages)):
            out.write(json.dumps(record).encode() + b"\n")
    return passages
