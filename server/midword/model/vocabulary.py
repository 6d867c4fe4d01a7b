"""The whole words among a tokenizer's tokens, sorted so that a prefix is a slice.

A mask's distribution is over tokens; a writer wants words. WordPiece marks what continues a
word (``##ing``), byte-level BPE and Unigram mark what begins one (``Ġthe``, ``▁the``).
"""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from midword import files
from midword.foreign import shown
from midword.model.errors import ModelError
from midword.model.json_file import MOST_OF_TOKENIZER, parse_object
from midword.text.folding import fold
from midword.text.prefixes import beginning
from midword.text.words import PLAIN_WORD

_WHOLE_WORD = re.compile(PLAIN_WORD)
_NOWHERE = range(0)
# Parts of a tokenizer.json that change no token's id.
_IDLE = ("truncation", "padding", "version")


def tokenizer_number(path: Path) -> int:
    """A number below 2**63 that two tokenizers share only if they make the same ids of a text.

    Raises:
        ModelError: the file is missing or not a tokenizer.
    """
    try:
        description = parse_object(files.read_bytes(path, MOST_OF_TOKENIZER))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelError(
            f"{path} is not a tokenizer ({shown(reason)}); get the model again"
        ) from error
    telling = {key: value for key, value in description.items() if key not in _IDLE}
    text = json.dumps(telling, sort_keys=True, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def _bytes_of_unicode() -> dict[str, int]:
    """GPT-2's table from printable characters back to bytes (byte-level BPE)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {chr(byte): byte for byte in printable}
    others = [byte for byte in range(256) if byte not in set(printable)]
    table.update({chr(256 + place): byte for place, byte in enumerate(others)})
    return table


def _surfaces(description: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Each token that is a whole word: its letters and its id."""
    model = description["model"]
    kind = model.get("type")
    specials = {token["id"] for token in description["added_tokens"] if token["special"]}
    for token in description["added_tokens"]:
        if not token["special"]:
            yield token["content"].strip(" Ġ▁"), token["id"]
    tokens = (
        [(piece, number) for number, (piece, _) in enumerate(model["vocab"])]
        if kind == "Unigram"
        else list(model["vocab"].items())
    )
    if kind == "WordPiece":
        marker = model.get("continuing_subword_prefix", "##")
        yield from (t for t in tokens if t[1] not in specials and not t[0].startswith(marker))
        return
    to_byte = _bytes_of_unicode()
    for token, number in tokens:
        if number in specials:
            continue
        if token.startswith("▁"):
            yield token[1:], number
        elif token.startswith("Ġ"):
            try:
                yield bytes(to_byte[sign] for sign in token[1:]).decode(), number
            except (KeyError, UnicodeDecodeError):
                continue  # a cut-off character or no byte-level token


class Vocabulary:
    """A tokenizer's whole words in the order of their keys.

    Attributes:
        keys: the folded words, sorted; several ids may share one ("May", "may").
        forms: the words as the tokenizer has them, in the same order.
        ids: int64 [len(keys)], their token ids.
        cased: whether the tokenizer tells "May" from "may".
    """

    def __init__(self, words: list[tuple[str, int]], *, cased: bool) -> None:
        found = {number: form for form, number in words if form and _WHOLE_WORD.fullmatch(form)}
        entries = sorted((fold(form), form, number) for number, form in found.items())
        self.keys = tuple(key for key, _, _ in entries)  # see `midword.suggest.lexicon.Lexicon`
        self.forms = tuple(form for _, form, _ in entries)
        self.ids: npt.NDArray[np.int64] = np.array([n for _, _, n in entries], dtype=np.int64)
        self.cased = cased
        self._places: dict[str, range] = {}
        for place, key in enumerate(self.keys):
            first = self._places[key].start if key in self._places else place
            self._places[key] = range(first, place + 1)

    @classmethod
    def from_file(cls, path: Path) -> "Vocabulary":
        """The words of a ``tokenizer.json``.

        Raises:
            ModelError: the file is missing or not a tokenizer.
        """
        try:
            description = parse_object(files.read_bytes(path, MOST_OF_TOKENIZER))
            words = list(_surfaces(description))
            if not all(type(number) is int and number >= 0 for _, number in words):
                raise TypeError("a token's id is no number")
            return cls(
                words, cased=any(form != form.lower() for form, _ in words if form.isalpha())
            )
        except FileNotFoundError:
            raise ModelError(f"{path} is missing; get the model again") from None
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise ModelError(
                f"{path} is not a tokenizer ({type(error).__name__}: {shown(reason)}); "
                "get the model again"
            ) from error
        except OverflowError as error:
            raise ModelError(f"{path} has ids that are none; get the model again") from error

    def __len__(self) -> int:
        return len(self.keys)

    def slice(self, prefix: str) -> slice:
        """Where the words that begin with a folded prefix stand."""
        return beginning(self.keys, prefix)

    def find(self, key: str) -> range:
        """The places of one folded word: none, one or, for a cased tokenizer, several."""
        return self._places.get(key, _NOWHERE)
