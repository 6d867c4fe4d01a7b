"""A connection's messages: in order, in turns with others', and none lost at the end."""

from __future__ import annotations

import asyncio
import time

from midword.lsp.frames import FrameError, framed
from midword.lsp.stream import Stream


class Talking(Stream):
    def data_received(self, data: bytes) -> None:
        self.feed(data)


async def connected() -> tuple[Talking, asyncio.StreamWriter]:
    """A stream, and who talks to it."""
    loop = asyncio.get_running_loop()
    stream = Talking()
    server = await loop.create_server(lambda: stream, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    server.close()
    while not hasattr(stream, "_transport"):
        await asyncio.sleep(0)
    return stream, writer


async def test_a_flood_leaves_others_their_turns() -> None:
    stream, writer = await connected()
    heard: list[bytes | FrameError] = []
    left = asyncio.Event()

    def hear(item: bytes | FrameError) -> None:
        heard.append(item)
        time.sleep(0.001)

    stream.listen(hear, left.set)
    bodies = [str(number).encode() for number in range(500)]
    writer.write(b"".join(map(framed, bodies)))
    writer.close()
    while not heard:
        await asyncio.sleep(0)
    assert len(heard) < 50, "all at once"
    await asyncio.wait_for(left.wait(), 20)
    assert heard == bodies
    await stream.close()


async def test_after_a_long_message_others_have_their_turn() -> None:
    stream, writer = await connected()
    turn, turns = 0, []
    done = asyncio.Event()

    def hear(item: bytes | FrameError) -> None:
        turns.append(turn)
        time.sleep(0.001)

    async def others() -> None:
        nonlocal turn
        while not done.is_set():
            turn += 1
            await asyncio.sleep(0)

    stream.listen(hear, done.set)
    someone = asyncio.create_task(others())
    writer.write(framed(b"an edit") + framed(b"a request"))
    writer.close()
    await asyncio.wait_for(someone, 20)
    assert len(set(turns)) == 2, "both in one turn"
    await stream.close()


async def test_what_came_early_waits_for_a_listener() -> None:
    stream, writer = await connected()
    writer.write(framed(b"early") + framed(b"too"))
    await writer.drain()
    await asyncio.sleep(0.05)
    heard: list[bytes | FrameError] = []
    stream.listen(heard.append, lambda: None)
    while len(heard) < 2:
        await asyncio.sleep(0)
    assert heard == [b"early", b"too"]
    writer.close()
    await stream.close()
