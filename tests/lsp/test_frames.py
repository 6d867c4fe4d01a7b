"""The base protocol's framing: however the bytes arrive, and whatever they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from midword.lsp.frames import FrameError, Frames, framed


def bodies(frames: Frames, *pieces: bytes) -> list[bytes | str]:
    return [
        str(item) if isinstance(item, FrameError) else item
        for piece in pieces
        for item in frames.feed(piece)
    ]


@given(st.lists(st.binary(max_size=50), max_size=5), st.integers(1, 20))
def test_bodies_come_out_whole_however_the_stream_is_cut(sent: list[bytes], cut: int) -> None:
    stream = b"".join(map(framed, sent))
    pieces = [stream[at : at + cut] for at in range(0, len(stream), cut)]
    assert bodies(Frames(), *pieces) == sent


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_no_bytes_are_too_strange(pieces: list[bytes]) -> None:
    bodies(Frames(), *pieces)


def test_a_body_that_is_too_long_is_skipped() -> None:
    frames = Frames(max_body=10)
    found = bodies(frames, b"Content-Length: 12\r\n\r\n123456", b"789012" + framed(b"next"))
    assert found == ["a message of 12 bytes is too long", b"next"]


def test_a_header_without_a_length_is_told() -> None:
    assert bodies(Frames(), b"GET / HTTP/1.1\r\n\r\n" + framed(b"next")) == [
        "a header without Content-Length",
        b"next",
    ]


def test_after_a_body_longer_than_it_said_the_next_header_is_found() -> None:
    found = bodies(Frames(), b"Content-Length: 2\r\n\r\n{}{}" + framed(b"next"))
    assert found == [b"{}", b"next"]
