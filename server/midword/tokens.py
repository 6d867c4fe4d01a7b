"""The token that lets a client through a socket: made for one server, or kept by the user.

Any program of this machine can connect to a port of 127.0.0.1, another user's and a web page's
script included; only a program of this user can read the file that holds the token.

`midword connect` reads it with every window, so what only a server needs is imported where it does.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
from pathlib import Path
from typing import NamedTuple

from midword.errors import UserError
from midword.files import open_plain

_LONGEST = 4096  # bytes of a token file
_TOKEN = re.compile(rb"[!-~]+")  # what fits into a header line
_BEARER = re.compile(rb"bearer[ \t]+([!-~]+)", re.IGNORECASE)


class Token(NamedTuple):
    """A secret that both ends know."""

    value: bytes
    path: Path  # the file that holds it
    ours: bool = False  # whether the file goes when the server does

    def matches(self, given: bytes) -> bool:
        """Whether a client knows the secret; how long this takes says nothing about it."""
        import hmac

        return hmac.compare_digest(given, self.value)

    def discard(self) -> None:
        """Remove the file of a token that was made for this server."""
        if self.ours:
            with contextlib.suppress(OSError):
                self.path.unlink()


def bearer(authorization: bytes) -> bytes:
    """The token in the value of an `Authorization` header; b"" where it holds none."""
    found = _BEARER.fullmatch(authorization)
    return found[1] if found else b""


def make_token(name: str) -> Token:
    """A new token in a file that only this user can read.

    Args:
        name: what the file's name begins with.

    Raises:
        UserError: there is nowhere to write it.
    """
    import secrets
    import tempfile

    from midword.runtime_folder import runtime_folder

    value = secrets.token_urlsafe(32)
    try:
        # mkstemp: a new file (O_EXCL), mode 0600.
        descriptor, path = tempfile.mkstemp(".token", f"{name}-", runtime_folder())
        with os.fdopen(descriptor, "w") as file:
            file.write(value + "\n")
    except OSError as error:
        raise UserError(
            f"can't write a token for clients ({error.strerror}); give one with --token-file"
        ) from error
    return Token(value.encode(), Path(path), ours=True)


def read_token(path: Path) -> Token:
    """The token in a file.

    Raises:
        UserError: it can't be read, others could have read or changed it, or it holds no token.
    """
    data = read_secrets(path).strip()
    if not _TOKEN.fullmatch(data):
        raise UserError(
            f"the token file {path} holds no token: write one line of letters and digits into it"
        )
    return Token(data, path)


def read_secrets(path: Path) -> bytes:
    """What a file says that is nobody else's business.

    Raises:
        UserError: it can't be read, is too long, or others could have read or changed it.
    """
    try:
        with open_plain(path) as file:
            status = os.fstat(file.fileno())
            data = file.read(_LONGEST + 1) or b""
    except OSError as error:
        raise UserError(f"can't read the token file {path}: {error.strerror}") from error
    # Windows keeps a user's files from others by lists that these bits don't show.
    if sys.platform != "win32":
        if status.st_uid != os.geteuid():
            raise UserError(f"the token file {path} belongs to another user: make one of your own")
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise UserError(f"others may read or change the token file {path}: chmod 600 {path}")
    if len(data) > _LONGEST:
        raise UserError(f"the token file {path} is too long: write one line a token into it")
    return data
