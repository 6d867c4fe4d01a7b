"""``midword.json``: what Midword must know of a model folder beside its Hugging Face files."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from midword.model.errors import ModelError

FILE_NAME = "midword.json"
FORMAT = 1


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
        sha256: file name -> checksum, of each file of the folder that is loaded.
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
            ModelError: there is none, or a newer Midword wrote it.
        """
        path = folder / FILE_NAME
        try:
            fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            found = fields.pop("format")
            if found != FORMAT:
                raise ModelError(
                    f"{path} has format {found}, this Midword reads {FORMAT}: upgrade Midword"
                )
            return cls(**fields)
        except FileNotFoundError:
            raise ModelError(
                f"{folder} has no {FILE_NAME}: it was not exported for Midword's CPU runtime. "
                "Run `midword models export DIR` (needs midword[train]) or install midword[gpu]"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path} is damaged ({error}); get the model again") from error

    def write(self, folder: Path) -> None:
        """Write it into a model folder."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=2)
        (folder / FILE_NAME).write_text(text + "\n", encoding="utf-8")

    def damaged(self, folder: Path) -> list[str]:
        """The files that are missing or whose checksum differs; reads them all."""
        return [
            name
            for name, expected in self.sha256.items()
            if not (folder / name).is_file() or checksum(folder / name) != expected
        ]


def checksum(path: Path) -> str:
    """A file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
