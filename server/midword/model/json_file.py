"""JSON objects of a model folder, which may be anything."""

import json
from pathlib import Path
from typing import Any

from midword import files
from midword.foreign import shown
from midword.model.errors import ModelError

# Bytes. The largest in use: 0.1 MB of config, 2 MB of tokenizer_config, 33 MB of tokenizer.
MOST = 16_000_000
MOST_OF_TOKENIZER = 100_000_000


def read_object(path: Path, most: int = MOST) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        FileNotFoundError: there is no such file.
        ModelError: it can't be read, is larger than `most` bytes, or holds no object.
    """
    try:
        return parse_object(files.read_bytes(path, most))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ModelError(f"{path} can't be read ({error.strerror or error})") from error
    except ValueError as error:
        raise ModelError(f"{path} is damaged ({shown(error)}); get the model again") from error


def parse_object(data: bytes) -> dict[str, Any]:
    """The object that some JSON says.

    Raises:
        ValueError: it is damaged, nested too deeply, or no object.
    """
    try:
        found = json.loads(data)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    if not isinstance(found, dict):
        raise ValueError("it holds no object")
    return found
