"""The base protocol's framing, without input or output: bytes in, message bodies out.

A message is header lines, an empty line and `Content-Length` bytes (LSP 3.17, "Base Protocol").
A stream that breaks these rules is answered with an error and read on from the next header that
makes sense, because a client with one bad message still has a writer in front of it. Sockets let
nobody this far who hasn't shown the token (see `reception`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_BODY = 256 * 2**20  # bytes; a 50 MB document escaped by \u sequences still fits
MAX_HEADER = 2**16  # bytes

_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]*):(.*)")

# What is left of a body longer than it said may stand before the next header. It can't begin a
# line that looks like one, for JSON begins with no letter and a line feed in it is escaped.
_AFTER_A_BODY = re.compile(rb"content-length:[ \t]*(\d{1,18})[ \t]*$", re.IGNORECASE)


class FrameError(Exception):
    """Bytes that are no message; the message says why."""


def header(line: bytes) -> tuple[bytes, bytes] | None:
    """The name, in small letters, and the value of a header line without its end; None: it is none.

    In time by the line's length, for strangers send them too.
    """
    found = _HEADER.fullmatch(line)
    return (found[1].lower(), found[2].strip(b" \t")) if found else None


class Frames:
    """Splits one stream of bytes into message bodies."""

    def __init__(self, max_body: int = MAX_BODY) -> None:
        self._buffer = bytearray()
        self._max_body = max_body
        self._lengths: list[int] = []  # that the present header block names
        self._in_body = False
        self._skip = 0  # bytes of a body too long to keep
        self._junk = False  # whether the present header block had lines that are no headers

    def feed(self, data: bytes) -> Iterator[bytes | FrameError]:
        """The bodies that `data` completes, and errors where it can't be read."""
        if self._skip:
            dropped = min(self._skip, len(data))
            self._skip -= dropped
            data = data[dropped:]
        self._buffer += data
        while True:
            if self._in_body:
                length = self._lengths[0]
                if len(self._buffer) < length:
                    return
                body = bytes(self._buffer[:length])
                del self._buffer[:length]
                self._reset()
                yield body
                continue
            end = self._buffer.find(b"\n")
            if end < 0:
                if len(self._buffer) > MAX_HEADER:
                    self._buffer.clear()
                    self._junk = True
                return
            line = bytes(self._buffer[:end]).rstrip(b"\r")
            del self._buffer[: end + 1]
            if line:
                self._header_line(line)
            elif (error := self._block_ends()) is not None:
                yield error

    def _header_line(self, line: bytes) -> None:
        read = header(line)
        if read is None:
            self._junk = True
            if found := _AFTER_A_BODY.search(line):
                self._lengths = [int(found[1])]
        elif read[0] == b"content-length":
            if re.fullmatch(rb"\d{1,18}", read[1]):
                self._lengths.append(int(read[1]))
            else:
                self._junk = True

    def _block_ends(self) -> FrameError | None:
        if len(self._lengths) != 1:
            error = None
            if self._lengths:
                error = FrameError("a header with more than one Content-Length")
            elif self._junk:
                error = FrameError("a header without Content-Length")
            self._reset()
            return error
        (length,) = self._lengths
        if length > self._max_body:
            self._skip = max(0, length - len(self._buffer))
            del self._buffer[:length]
            self._reset()
            return FrameError(f"a message of {length} bytes is too long")
        self._in_body = True
        return None

    def _reset(self) -> None:
        self._lengths = []
        self._in_body = False
        self._junk = False


def framed(body: bytes) -> bytes:
    """A body with its header."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
