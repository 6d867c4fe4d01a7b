"""The base protocol's framing, without input or output: bytes in, message bodies out.

A message is header lines, an empty line and `Content-Length` bytes (LSP 3.17, "Base Protocol").
A stream that breaks these rules is answered with an error and read on from the next header that
makes sense, because a client with one bad message still has a writer in front of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_BODY = 256 * 2**20  # bytes; a 50 MB document escaped by \u sequences still fits
MAX_HEADER = 2**16  # bytes

# Searched for, not matched at the line's start: what is left of a body of wrong length may stand
# before it.
_CONTENT_LENGTH = re.compile(rb"content-length:[ \t]*(\d{1,18})[ \t]*$", re.IGNORECASE)


class FrameError(Exception):
    """Bytes that are no message; the message says why."""


class Frames:
    """Splits one stream of bytes into message bodies."""

    def __init__(self, max_body: int = MAX_BODY) -> None:
        self._buffer = bytearray()
        self._max_body = max_body
        self._length: int | None = None  # of the body, once its header line was read
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
                length = self._length or 0
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
            error = self._header_line(line)
            if error is not None:
                yield error

    def _header_line(self, line: bytes) -> FrameError | None:
        if line:
            found = _CONTENT_LENGTH.search(line)
            if found:
                self._length = int(found[1])
            elif not re.match(rb"[A-Za-z-]+:", line):
                self._junk = True
            return None
        if self._length is None:
            error = FrameError("a header without Content-Length") if self._junk else None
            self._reset()
            return error
        if self._length > self._max_body:
            error = FrameError(f"a message of {self._length} bytes is too long")
            self._skip = max(0, self._length - len(self._buffer))
            del self._buffer[: self._length]
            self._reset()
            return error
        self._in_body = True
        return None

    def _reset(self) -> None:
        self._length = None
        self._in_body = False
        self._junk = False


def framed(body: bytes) -> bytes:
    """A body with its header."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
