"""Where a team's inference server is: an address, and what is shown to it and asked of it.

    grpcs://box.example.org:8001            TLS
    grpcs://box.example.org:8001/handbook   one of several models there
    grpc://127.0.0.1:8001                   no TLS: this machine only

Another machine is asked only if the writer has a token for it, which no folder can bring along, nor
settings that an editor finds in one: a line `box.example.org:8001 TOKEN` of the file
`endpoint-tokens` in Midword's data folder, or of the variable MIDWORD_ENDPOINT_TOKENS.
`endpoint-roots.pem` beside it holds the certificates of authorities that may vouch for the server,
in place of the usual ones.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from midword import files
from midword.addresses import is_loopback
from midword.errors import UserError
from midword.own_folders import data_folder
from midword.tokens import read_secrets

DEFAULT_NAME = "midword"
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"  # of a model at a server
VARIABLE = "MIDWORD_ENDPOINT_TOKENS"

_ADDRESS = re.compile(
    rf"(grpcs?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):([0-9]{{1,5}})(?:/({NAME})?)?"
)
_TOKEN = re.compile(r"[!-~]{1,4096}")
_MOST_ROOTS = 1_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model at a server.

    Attributes:
        address: host and port.
        name: what the server calls the model.
        is_encrypted: whether by TLS.
        is_here: whether it is on this machine.
    """

    address: str
    name: str
    is_encrypted: bool
    is_here: bool

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """What an address says.

        Raises:
            ValueError: it is none, or leads to another machine without TLS.
        """
        found = _ADDRESS.fullmatch(text)
        if found is None or not 0 < int(found[3]) < 1 << 16:
            raise ValueError("it is not grpcs://HOST:PORT, with /MODEL or without")
        scheme, host, port, name = found.groups()
        is_here = is_loopback(host.strip("[]"))
        if scheme == "grpc" and not is_here:
            raise ValueError("text goes to another machine by grpcs:// only")
        return cls(f"{host}:{port}", name or DEFAULT_NAME, scheme == "grpcs", is_here)

    def token(self) -> str:
        """What the server wants to see; "" for nothing, on this machine.

        Raises:
            UserError: there is none, it can't be read, or others can.
        """
        path = data_folder() / "endpoint-tokens"
        said = os.environ.get(VARIABLE) or (
            read_secrets(path).decode("utf-8", "replace") if path.exists() else ""
        )
        for line in said.splitlines():
            match line.split():
                case [address, token] if address == self.address and _TOKEN.fullmatch(token):
                    return token
        if self.is_here:
            return ""
        raise UserError(
            f"you have no token for the inference server at {self.address}, so nothing is sent "
            f"there: put the line '{self.address} TOKEN' into {path} (chmod 600)"
        )

    def roots(self) -> bytes | None:
        """Certificates of the authorities that may vouch for the server; None: the usual ones.

        Raises:
            UserError: the file can't be read.
        """
        path = data_folder() / "endpoint-roots.pem"
        try:
            return files.read_bytes(path, _MOST_ROOTS)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UserError(f"can't read {path}: {error.strerror}") from error
