"""Bytes as no client should send them: every request is answered once, and the next one too.

`Stream` draws a stream: messages that are sound, that are no JSON-RPC or no JSON, headers that lie,
and garbage between them, cut anywhere. What must be answered is told by a reading of the bodies
that has nothing in common with the server's.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from contextlib import closing
from typing import Any

from conversation import Conversation, Json, World
from hypothesis import strategies as st

from midword.lsp.frames import framed

URI = "file:///fuzz.md"
MOST_WRONG = 300  # bytes by which a header lies

_ids = st.one_of(
    st.integers(1, 6),
    st.sampled_from(["a", "", "😀", 0, -1, 2**31, 2**70, 10**4000, None, 1.5, True, [], {}, [1]]),
)
_numbers = st.one_of(
    st.integers(-3, 40),
    st.sampled_from([2**31 - 1, 2**31, 2**63, -(2**31) - 1, -(2**80), 10**4000, 1e300, -1e300]),
    st.sampled_from([float("inf"), float("nan"), None, "3", 1.5, True, [], {}]),
)
_texts = st.one_of(
    st.text("ab é\u0301’\r\n😀\ud83d\ude00\x00\u2028", max_size=20),
    st.sampled_from(["we will dis the plan", "the garden. " * 50, "```\ncode\n", None, 5, ["x"]]),
)
_uris = st.sampled_from([URI, URI, URI, "untitled:x", "", "file://%", 7, None])
_positions = st.fixed_dictionaries({"line": _numbers, "character": _numbers})
_ranges = st.one_of(
    st.fixed_dictionaries({"start": _positions, "end": _positions}), st.sampled_from([None, [], 3])
)
_json = st.recursive(
    st.one_of(st.none(), st.booleans(), _numbers, st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def _about(**others: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    document = st.fixed_dictionaries(
        {"uri": _uris, "languageId": st.sampled_from(["markdown", "x", None])},
        optional={"version": _numbers, "text": _texts},
    )
    return st.fixed_dictionaries({"textDocument": document}, optional=others)


_changes = st.lists(
    st.fixed_dictionaries({"text": _texts}, optional={"range": _ranges, "rangeLength": _numbers}),
    max_size=3,
)
_context = st.sampled_from([{"triggerKind": 1}, {"triggerKind": 2}, {"diagnostics": []}, {}, None])
_params: dict[str, st.SearchStrategy[Any]] = {
    "initialize": st.just({"processId": None, "rootUri": None, "capabilities": {}}),
    "initialized": st.just({}),
    "textDocument/didOpen": _about(),
    "textDocument/didChange": _about(contentChanges=_changes),
    "textDocument/didClose": _about(),
    "textDocument/didSave": _about(),
    "textDocument/completion": _about(position=_positions, context=_context),
    "textDocument/hover": _about(position=_positions),
    "textDocument/inlineCompletion": _about(position=_positions, context=_context),
    "textDocument/codeAction": _about(range=_ranges, context=_context),
    "workspace/executeCommand": st.fixed_dictionaries(
        {"command": st.sampled_from(["midword.status", "midword.toggle", "midword.models", "no"])},
        optional={"arguments": st.lists(_json, max_size=2)},
    ),
    "workspace/didChangeConfiguration": st.fixed_dictionaries({"settings": _json}),
    "$/cancelRequest": st.fixed_dictionaries({"id": _ids}),
    "$/setTrace": st.fixed_dictionaries({"value": st.sampled_from(["off", "verbose", 1])}),
    "no/such": _json,
    "shutdown": st.none(),
    "exit": st.none(),
}
# Most of a conversation lies between its beginning and its end.
_methods = st.sampled_from(
    [*_params, *[method for method in _params if method not in ("shutdown", "exit")] * 4]
)


@st.composite
def _messages(draw: st.DrawFn) -> Any:
    """One message, mostly JSON-RPC; sometimes with the params of another method."""
    method = draw(_methods)
    of = draw(_methods) if draw(st.integers(0, 9)) == 0 else method
    message: Json = {"jsonrpc": "2.0", "method": method, "params": draw(_params[of])}
    if draw(st.integers(0, 9)) == 0:
        message["params"] = draw(_json)
    if method.startswith("textDocument/did") or method in ("initialized", "exit"):
        wants_answer = draw(st.integers(0, 19)) == 0
    else:
        wants_answer = method != "$/cancelRequest"
    if wants_answer:
        message["id"] = draw(_ids)
    match draw(st.integers(0, 30)):
        case 0:
            message["jsonrpc"] = draw(st.sampled_from(["1.0", None, 2]))
        case 1:
            del message["method"]
            message["result"] = draw(_json)
        case 2:
            message["method"] = draw(_json)
        case 3:
            message["error"] = draw(_json)
        case 4:
            return [message, message]
        case 5:
            return draw(_json)
    return message


# Python refuses to read, and to write, a number of more than 4300 digits.
_LONG = (
    b'{"jsonrpc":"2.0","id":1%b,"method":"textDocument/hover","params":'
    b'{"textDocument":{"uri":"%b"},"position":{"line":0,"character":1%b}}}'
)
_long_numbers = st.sampled_from([(0, 5000), (5000, 0), (5000, 5000)]).map(
    lambda zeros: _LONG % (b"0" * zeros[0], URI.encode(), b"0" * zeros[1])
)
_bodies = st.one_of(
    _long_numbers,
    _messages().map(lambda m: json.dumps(m).encode()),
    _messages().map(lambda m: json.dumps(m).encode()),
    _messages().map(lambda m: json.dumps(m).encode()),
    _messages().map(
        lambda m: json.dumps(m, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")
    ),
    _messages().map(lambda m: json.dumps(m).encode("utf-16")),
    _messages().flatmap(lambda m: _broken(json.dumps(m).encode())),
    st.binary(max_size=30),
    st.sampled_from(
        [b"[" * 60_000, b'{"a":' * 60_000, b"1" * 5000, b"\xff\xfe", b"", b"\xed\xa0\x80", b"NaN"]
    ),
)


def _broken(body: bytes) -> st.SearchStrategy[bytes]:
    """A body with some bytes changed or missing."""
    places = st.integers(0, max(0, len(body) - 1))
    return st.tuples(places, places, st.binary(max_size=4)).map(
        lambda cut: body[: min(cut[:2])] + cut[2] + body[max(cut[:2]) :]
    )


_garbage = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"\r\n",
            b"\n\n\n",
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"Content-Length: many\r\n\r\n",
            b"Content-Length: -5\r\n\r\n",
            b"Content-Length: 5\r\nContent-Length: 7\r\n\r\n",
            b"content-length:0\n\n",
            b"X: content-length: 9\r\n\r\n",
            b"Content-Type: text; charset=utf-8\r\n",
            b"Authorization: Bearer x\r\n",
            b"\x00" * 70_000,
            b"Content-Length: 999999999999999999\r\n",
        ]
    ),
)


@st.composite
def _frames(draw: st.DrawFn) -> bytes:
    body = draw(_bodies)
    match draw(st.integers(0, 19)):
        case 0:
            length = max(0, len(body) + draw(st.integers(-MOST_WRONG, MOST_WRONG)))
            return b"Content-Length: %d\r\n\r\n%b" % (length, body)
        case 1:
            return draw(_garbage) + framed(body)
        case 2:
            return b"content-length:%d\n\n%b" % (len(body), body)
        case 3:
            return b"Content-Type: x\r\nContent-Length: %d \r\n\r\n%b" % (len(body), body)
    return framed(body)


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """A stream in pieces, as they arrive."""
    begin = {"jsonrpc": "2.0", "id": "begin", "method": "initialize"}
    begin["params"] = {"processId": None, "rootUri": None, "capabilities": {}}
    item = {"uri": URI, "languageId": "markdown", "version": 1, "text": "we will dis the plan"}
    opened = {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": item}}
    parts = draw(st.lists(_frames(), max_size=12))
    if draw(st.integers(0, 9)):
        parts = [framed(json.dumps(begin).encode()), framed(json.dumps(opened).encode()), *parts]
    stream = b"".join(parts)
    cuts = draw(st.lists(st.integers(0, len(stream)), max_size=6))
    edges = [0, *sorted(cuts), len(stream)]
    return [stream[a:b] for a, b in itertools.pairwise(edges)]


def answers_owed(body: bytes) -> list[Any]:
    """The ids under which a body must be answered: none, one, or None where none can be told."""
    try:
        message = json.loads(body, parse_int=_short)
    except (ValueError, RecursionError):
        return [None]
    if not isinstance(message, dict):
        return [None]
    msg_id = message.get("id")
    sound = isinstance(msg_id, str | int) and not isinstance(msg_id, bool)
    if message.get("jsonrpc") != "2.0":
        return [msg_id if isinstance(msg_id, str | int) else None]
    if "method" not in message:
        return []
    if not isinstance(message["method"], str):
        return [msg_id if isinstance(msg_id, str | int) else None]
    if "id" not in message:
        return []
    return [msg_id if sound else None]


def _short(digits: str) -> int:
    if len(digits) > 4300:
        return -(2**63) if digits.startswith("-") else 2**63
    return int(digits)


def check(world: World, stream: list[bytes]) -> None:
    """Send a stream; hold what is answered against what must be."""
    with closing(Conversation(world)) as conversation:
        _check(conversation, stream)


def _check(conversation: Conversation, stream: list[bytes]) -> None:
    conversation.feed(stream)
    if not (deaf := any("is too long" in error for error in conversation.frame_errors)):
        # However the stream ended: once as many bytes have come as a header may have claimed, the
        # next message is understood.
        last = {"jsonrpc": "2.0", "id": "last", "method": "no/such"}
        conversation.feed([b"\r\n" * MOST_WRONG, framed(json.dumps(last).encode())])
    owed = [msg_id for body in conversation.bodies for msg_id in answers_owed(body)]
    owed += [None] * len(conversation.frame_errors)
    conversation.settle(len(owed))
    if conversation.session.finished.done():
        assert not conversation.answered - Counter(owed), "an answer that nobody asked for"
        return
    assert conversation.answered == Counter(owed)
    assert deaf or conversation.answered["last"] == 1
    for answer in conversation.answers:
        assert answer.get("error", {}).get("code") != -32603, answer
