"""A client that edits, asks, cancels and closes, against a text that is cut and pasted anew.

The reference counts a position's units one character after the other; nothing of it is shared with
the server's document.
"""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from conversation import NOT_NOW, Conversation, Json, World
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)

# What breaks lines in LSP, what doesn't, characters of every width, halves of characters.
_PIECES = ["\r\n", "\r", "\n", "\u2028", "\f", "😀", "🏽", "é", "e\u0301", "日", "\ud83d", "\ude00"]
_PIECES += ["we will dis", "the plan", " ", " ", "’", "-", "`", "```\n", "$", "* ", "# ", "\x00"]
TEXTS = st.one_of(
    st.lists(st.sampled_from(_PIECES), max_size=8).map("".join),
    st.text(max_size=5),
    st.just("the committee will meet on tuesday to discuss the budget.\n" * 3),
)
_small = st.integers(-1, 12)
NUMBERS = st.one_of(
    _small, _small, _small, st.sampled_from([60, 2**31 - 1, 2**31, 2**64, -(2**40), 1e20])
)
PLACES = st.tuples(NUMBERS, NUMBERS)
CHANGES = st.lists(st.one_of(st.tuples(PLACES, PLACES, TEXTS), TEXTS), min_size=1, max_size=4)
LANGUAGES = ["markdown", "plaintext", "latex", "python", "html", "klingon"]
CODECS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
WIDTHS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


def offset_of(text: str, place: tuple[float, float], encoding: str) -> int:
    """Walk to a position; in the middle of a character means before it."""
    line, character = place
    if line < 0:
        return 0
    lines = [*re.finditer(r"[^\r\n]*(?:\r\n|\r|\n|\Z)", text)]
    ends_open = len(lines) > 1 and lines[-1].start() == lines[-2].end() == len(text)
    if ends_open and not re.search(r"[\r\n]\Z", text):
        lines.pop()  # the empty match behind a last line without an end
    if line >= len(lines):
        return len(text)
    found = lines[int(line)]
    offset, left = found.start(), character
    for letter in found[0].rstrip("\r\n"):
        left -= len(letter.encode(CODECS[encoding], "surrogatepass")) // WIDTHS[encoding]
        if left < 0:
            break
        offset += 1
    return offset


def at(place: tuple[float, float]) -> Json:
    return {"line": place[0], "character": place[1]}


def as_sent(text: str) -> str:
    """Two halves of a character side by side are that character, once they were JSON."""
    return str(json.loads(json.dumps(text)))


class Editing(RuleBasedStateMachine):
    """One session; each document's text is known."""

    world: ClassVar[World]
    uris = Bundle("uris")
    asked = Bundle("asked")

    @initialize(encoding=st.sampled_from(sorted(CODECS)))
    def begin(self, encoding: str) -> None:
        self.encoding = encoding
        self.texts: dict[str, str] = {}
        self.questions: dict[int, tuple[str, tuple[float, float]] | None] = {}
        self.numbers = iter(range(1, 10**6))
        self.conversation = Conversation(self.world)
        capabilities = {"general": {"positionEncodings": [encoding]}}
        params = {"processId": None, "rootUri": None, "capabilities": capabilities}
        self.request("initialize", params)
        (answer,) = self.conversation.answers
        assert answer["result"]["capabilities"]["positionEncoding"] == encoding
        self.notify("initialized", {})

    def notify(self, method: str, params: Any) -> None:
        self.conversation.send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(
        self, method: str, params: Any, about: tuple[str, tuple[float, float]] | None = None
    ) -> int:
        number = next(self.numbers)
        self.questions[number] = about
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.conversation.send(message)
        return number

    @rule(target=uris, name=st.sampled_from("abc"), text=TEXTS, language=st.sampled_from(LANGUAGES))
    def open(self, name: str, text: str, language: str) -> str:
        uri = f"file:///{name}.md"
        self.texts[uri] = as_sent(text)
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    @rule(uri=uris, changes=CHANGES, version=NUMBERS)
    def edit(self, uri: str, changes: list[Any], version: float) -> None:
        sent = []
        for change in changes:
            if isinstance(change, str):
                sent.append({"text": change})
                text = as_sent(change)
            else:
                start, end, new = change
                sent.append({"range": {"start": at(start), "end": at(end)}, "text": new})
                text = self.texts.get(uri, "")
                ends = sorted(offset_of(text, place, self.encoding) for place in (start, end))
                text = text[: ends[0]] + as_sent(new) + text[ends[1] :]
            if uri in self.texts:
                self.texts[uri] = text
        document = {"uri": uri, "version": version}
        params = {"textDocument": document, "contentChanges": sent}
        self.notify("textDocument/didChange", params)

    @rule(uri=uris, text=st.sampled_from(["t", "th", " ", "the ", "dis", "\n", "’", "-"]))
    def type(self, uri: str, text: str) -> None:
        """As writers do: at the end, and the list is asked for at once."""
        before = self.texts.get(uri, "")
        end = (before.count("\n") + before.count("\r"), 10**6)
        self.edit(uri, [(end, end, text)], 7)
        self.ask_completion(uri, end, 2)

    @rule(uri=consumes(uris))
    def close(self, uri: str) -> None:
        self.texts.pop(uri, None)
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    @rule(uri=uris, wrong=st.sampled_from([{"text": None}, {"range": {}, "text": ""}, {}, 3]))
    def lose(self, uri: str, wrong: Any) -> None:
        """A change that is none: the document is out of step until its whole text comes."""
        params = {"textDocument": {"uri": uri, "version": 3}, "contentChanges": [wrong]}
        self.notify("textDocument/didChange", params)
        if uri in self.texts:
            assert self.conversation.session.documents.get(uri) is None
            self.edit(uri, ["all of it"], 4)

    @rule(target=asked, uri=uris, place=PLACES, trigger=st.sampled_from([1, 2, 3]))
    def ask_completion(self, uri: str, place: tuple[float, float], trigger: int) -> int:
        params = {"textDocument": {"uri": uri}, "position": at(place)}
        params["context"] = {"triggerKind": trigger}
        about = (self.texts[uri], place) if uri in self.texts else None
        return self.request("textDocument/completion", params, about)

    @rule(target=asked, uri=uris, place=PLACES)
    def ask_hover(self, uri: str, place: tuple[float, float]) -> int:
        params = {"textDocument": {"uri": uri}, "position": at(place)}
        return self.request("textDocument/hover", params)

    @rule(target=asked, uri=uris, start=PLACES, end=PLACES)
    def ask_actions(self, uri: str, start: tuple[float, float], end: tuple[float, float]) -> int:
        extent = {"start": at(start), "end": at(end)}
        params = {"textDocument": {"uri": uri}, "range": extent, "context": {"diagnostics": []}}
        return self.request("textDocument/codeAction", params)

    @rule(target=asked, uri=uris, place=PLACES)
    def ask_inline(self, uri: str, place: tuple[float, float]) -> int:
        params = {"textDocument": {"uri": uri}, "position": at(place)}
        params["context"] = {"triggerKind": 1}
        return self.request("textDocument/inlineCompletion", params)

    @rule(number=asked)
    def cancel(self, number: int) -> None:
        self.notify("$/cancelRequest", {"id": number})

    @rule()
    def wait(self) -> None:
        self.conversation.settle(len(self.questions))

    @invariant()
    def same(self) -> None:
        if hasattr(self, "conversation"):
            found = {
                document.uri: document.text for document in self.conversation.session.documents
            }
            assert found == self.texts, f"{found!a} is not {self.texts!a}"

    def teardown(self) -> None:
        if not hasattr(self, "conversation"):
            return
        self.conversation.settle(len(self.questions))
        assert self.conversation.answered == dict.fromkeys(self.questions, 1)
        for answer in self.conversation.answers:
            if "error" in answer:
                assert answer["error"]["code"] in NOT_NOW, answer
            elif (about := self.questions[answer["id"]]) is not None:
                self.check_list(answer["result"], *about)
        for uri in list(self.texts):
            self.close(uri)
        self.conversation.close()

    def check_list(self, answer: Json | None, text: str, place: tuple[float, float]) -> None:
        """Every word replaces what was typed, at the place that was asked about."""
        offset = offset_of(text, place, self.encoding)
        for item in (answer or {"items": []})["items"]:
            ends = [
                offset_of(text, (end["line"], end["character"]), self.encoding)
                for end in (item["textEdit"]["range"][side] for side in ("start", "end"))
            ]
            seen = f"{item!a} at {place} in {text!a}"
            assert ends[0] <= offset <= ends[1], seen
            assert text[ends[0] : offset] == item["filterText"], seen
