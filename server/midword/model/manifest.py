"""``midword.json``: what Midword must know of a model folder beside its Hugging Face files."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Any

from midword import files
from midword.foreign import shown
from midword.model.errors import ModelError
from midword.model.json_file import read_object

FILE_NAME = "midword.json"
FORMAT = 1

_CHUNK = 1 << 20
_MOST_BYTES = 1_000_000
_MOST_TOKENS = 10_000_000  # of a vocabulary: ids lie below
_LENGTHS = range(8, 4097)
"""Row lengths that make sense: room for some context, and a pass that ends."""
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A model folder's description.

    Attributes:
        name: the model's name, as shown to the writer.
        mask_id: the mask's token id; ``begin_id``, ``end_id``: what stands around a text.
        pad_id: what fills a shorter row.
        length: tokens of one row, special tokens included, that the model is asked with.
        input_embeddings: the tensor's name in ``model.safetensors``.
        output_embeddings: likewise; often the same tensor (tied).
        output_bias: likewise, or None.
        bodies: runtime name -> ONNX file.
        sha256: file name -> checksum, of each file of the folder that is loaded; empty: unknown.
        language: BCP 47 tag of the texts that it was trained on.
        licence: SPDX expression.
    """

    name: str
    mask_id: int
    begin_id: int
    end_id: int
    pad_id: int
    length: int
    input_embeddings: str
    output_embeddings: str
    output_bias: str | None
    bodies: dict[str, str] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    language: str = "en"
    licence: str = ""

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of a model folder.

        Raises:
            ModelError: there is none, it is damaged, or a newer Midword wrote it.
        """
        path = folder / FILE_NAME
        try:
            said = read_object(path, _MOST_BYTES)
        except FileNotFoundError:
            raise ModelError(
                f"{folder} has no {FILE_NAME}: it was not exported for Midword's CPU runtime. "
                "Run `midword models export DIR` (needs midword[train]) or install midword[gpu]"
            ) from None
        found = said.pop("format", None)
        if type(found) is int and found > FORMAT:
            raise ModelError(
                f"{path} has format {found}, this Midword reads {FORMAT}: upgrade Midword"
            )
        try:
            if found != FORMAT:
                raise ValueError("it says no format")
            return cls(**_checked(said))
        except ValueError as error:
            raise ModelError(f"{path} is damaged ({shown(error)}); get the model again") from error

    def write(self, folder: Path) -> None:
        """Write it into a model folder."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=2)
        (folder / FILE_NAME).write_text(text + "\n", encoding="utf-8")

    def body(self, folder: Path, runtime: str) -> Path:
        """The ONNX file for a runtime.

        Raises:
            ModelError: it is missing, or a link that leads out of the folder.
        """
        path = folder / self.bodies[runtime]
        if not path.is_file():
            raise ModelError(f"{shown(path)} is missing; get the model again or export it")
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ModelError(f"{shown(path)} leads out of the model's folder; get the model again")
        return path

    def damaged(self, folder: Path) -> list[str]:
        """The files that are missing or whose checksum differs; reads them all."""
        return [
            name
            for name, expected in self.sha256.items()
            if _checksum_or_none(folder / name) != expected.lower()
        ]

    def unchecked(self, folder: Path) -> list[str]:
        """The files that would be loaded and for which there is no checksum."""
        loaded = ("config.json", "tokenizer.json", "model.safetensors", *self.bodies.values())
        team = (name for name in ("lexicon.npz", "phrases.npz") if (folder / name).exists())
        return [name for name in (*loaded, *team) if name not in self.sha256]


def checksum(path: Path) -> str:
    """A plain file's SHA-256 in hexadecimal digits.

    Raises:
        OSError: it can't be read, or is no plain file.
    """
    digest = hashlib.sha256()
    with files.open_plain(path) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _checksum_or_none(path: Path) -> str | None:
    try:
        return checksum(path)
    except OSError:
        return None


def _checked(said: dict[str, Any]) -> dict[str, Any]:
    """A manifest's fields, each of the type that it must have.

    Raises:
        ValueError: one is missing, unknown, or makes no sense.
    """
    known = {each.name: each for each in fields(Manifest)}
    if strange := said.keys() - known.keys():
        raise ValueError(f"unknown field {min(strange)!r}")
    for name, each in known.items():
        if name not in said:
            if each.default is MISSING and each.default_factory is MISSING:
                raise ValueError(f"no field {name!r}")
        elif not _FIELDS[name](said[name]):
            raise ValueError(f"the field {name!r} makes no sense")
    return said


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 1000


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MOST_TOKENS  # True is no id


def _is_table(value: Any, is_value: Callable[[Any], bool], is_key: Callable[[Any], bool]) -> bool:
    return isinstance(value, dict) and all(
        is_key(key) and is_value(item) for key, item in value.items()
    )


def _is_inside(name: Any) -> bool:
    """Whether a file's name can't lead out of the folder by itself."""
    if not _is_text(name) or not name.isprintable() or any(sign in name for sign in "\\:"):
        return False
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


_FIELDS: dict[str, Callable[[Any], bool]] = {
    "name": lambda value: _is_text(value) and bool(value),
    **dict.fromkeys(("mask_id", "begin_id", "end_id", "pad_id"), _is_id),
    "length": lambda value: type(value) is int and value in _LENGTHS,
    "input_embeddings": _is_text,
    "output_embeddings": _is_text,
    "output_bias": lambda value: value is None or _is_text(value),
    "bodies": lambda value: _is_table(value, _is_inside, _is_text),
    "sha256": lambda value: _is_table(
        value, lambda text: isinstance(text, str) and bool(_SHA256.fullmatch(text)), _is_inside
    ),
    "language": _is_text,
    "licence": _is_text,
}
