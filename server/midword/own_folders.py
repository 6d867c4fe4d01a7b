"""Where the user's own files lie. A container's user may have no home: no HOME, and no account."""

import os
from pathlib import Path

import platformdirs

from midword.errors import UserError

# Can be neither read nor made, and says why where it is shown.
_NOWHERE = Path(os.devnull) / "no-home-folder" / "midword"


def home() -> Path | None:
    """The user's home folder; None where they have none."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def data_folder() -> Path:
    """Midword's own folder for this user; without a home, one that can't be there."""
    try:
        return platformdirs.user_data_path("midword", appauthor=False)
    except RuntimeError:
        return _NOWHERE


def log_folder() -> Path:
    """Where Midword's daemon logs; without a home, a folder that can't be there."""
    try:
        return platformdirs.user_log_path("midword", appauthor=False)
    except RuntimeError:
        return _NOWHERE


def cache_folder() -> Path:
    """What can be made again; without a home, a folder that can't be there."""
    try:
        return platformdirs.user_cache_path("midword", appauthor=False)
    except RuntimeError:
        return _NOWHERE


def expanded(path: str | Path) -> Path:
    """A path with the home that its `~` means.

    Raises:
        UserError: there is no such home.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UserError(f"{path} is in the home of somebody who has none: write it out") from error
