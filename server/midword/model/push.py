"""Giving a model to a hub: the complement of `pull`, for those who may have it.

It opens the network as `pull` does, only when `midword models push` calls it: to the hub that is
set (`HF_ENDPOINT`), as who is logged in there (`hf auth login`, `HF_TOKEN`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from midword.foreign import shown
from midword.model.errors import ModelError
from midword.model.parcel import Parcel, parcel

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


@dataclass(frozen=True, slots=True)
class Pushed:
    """A model that has just come to a hub.

    Attributes:
        address: of its page there.
        left_out: files that don't belong to a model and were not sent.
    """

    address: str
    names: tuple[str, ...]
    left_out: tuple[str, ...]


def push(folder: Path, name: str, *, public: bool = False) -> Pushed:
    """Send a model to the hub, where only its owners see it unless it is `public`.

    All files come in one commit, so that nobody pulls half a model.

    Raises:
        ModelError: the folder is no whole model, or the hub can't be had or says no; or the hub's
            model is public already and `public` was not said.
    """
    if not _NAME.fullmatch(name):
        raise ModelError(f"'{shown(name)}' can't be a hub's model: name it OWNER/NAME")
    sent = parcel(folder)  # before the network is opened
    import huggingface_hub  # takes half a second, and only a push needs it

    try:
        hub = huggingface_hub.HfApi()
        address = hub.create_repo(name, private=not public, exist_ok=True)
        if not public and not hub.model_info(name).private:
            raise ModelError(
                f"{name} is public on the hub: say --public to push there, or choose another name"
            )
        hub.create_commit(name, _operations(sent), commit_message="Midword model")
    except ModelError:
        raise
    except Exception as error:  # the HTTP client's own errors differ between versions
        reason = shown((str(error).strip() or type(error).__name__).splitlines()[0])
        raise ModelError(
            f"can't push {name} to the hub: {reason}; are you logged in there? (hf auth login)"
        ) from error
    return Pushed(str(address), tuple(sent.files), sent.left_out)


def _operations(sent: Parcel) -> list[CommitOperationAdd]:
    """The commit: each file as it lies here, or as it goes out where that differs."""
    from huggingface_hub import CommitOperationAdd

    return [
        CommitOperationAdd(path_in_repo=name, path_or_fileobj=sent.changed.get(name, str(path)))
        for name, path in sent.files.items()
    ]
