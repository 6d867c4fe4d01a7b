"""Where a secret stands in prose: after "the password is", as the pass phrase, beside a key.

A secret made of common words looks like nothing; what gives it away is its place. A place that is
found by mistake costs little: there, and only there, some words are not learnt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from midword.text.words import words
from midword_training.confidentiality.found_words import folded
from midword_training.confidentiality.oddness import Language
from midword_training.confidentiality.secret_shapes import Span, runs
from midword_training.confidentiality.service_formats import without_case

_OF = (
    "seed|recovery|backup|wallet|mnemonic|secret|security|access|door|alarm|safe|gate|entry|unlock"
    "|activation|verification|licen[cs]e|api|private|signing|encryption|decryption|ssh|master"
    "|auth\\w*|client|service|model|deploy\\w*|root|admin|bearer|refresh|session|webhook|account"
    "|app|shared|storage|host|staging|production|database|vpn|wi-?fi|signature|product|badge"
    "|pairing|invit\\w+|locker|garage|keypad|override|emergency|bank|card|sim|voicemail|guest"
)
_CUE = re.compile(
    r"\b(?:app[ -]?)?pass(?:[ -]?(?:word|phrase|code|key)|wd)s?\b|\bpwd\b|\bPINs?\b|\bPUKs?\b"
    r"|\bpin[ -](?:code|number|is|was|for|of)\b|\b(?:the|my|our|your|his|her|a|card|new|old) pin\b"
    rf"|\b(?:{_OF})[ -](?:phrase|word|code|key|token|secret|answer|combination|pin)s?\b"
    r"|\bmnemonics?\b|\bcredentials?\b|\bcode ?words?\b|\bwatchwords?\b"
    r"|\bpasswort\b|\bkennwort\b|\bcontrase\u00f1a\b|\bmot de passe\b",
    re.IGNORECASE,
)
"""Nouns that hardly ever stand in prose without a secret's being near."""

_WEAK_CUE = re.compile(
    r"\b(?:keys?|tokens?|secrets?|seeds?|pins?|wallets?|combinations?|vaults?"
    r"|(?:log|sign)(?:s|ed|ged|ing|ging)?[ -]?in|unlock\w*)\b",
    re.IGNORECASE,
)
"""Words of whom a secret may be said, and much else."""

_ASKS = re.compile(r"\b(?:enter|type)\b", re.IGNORECASE)
"""Words that a secret may follow at once."""

_LINK = re.compile(
    r"(?:\b(?:is|was|are|were|became|becomes|remains|reads|stays|equals|to|be|as|called|named)\b"
    r"|[:=\u2192]|->)[\s:]*[\"'`\u201c\u2018(]*",
    re.IGNORECASE,
)
_WEAK_LINK = re.compile(
    r"(?:\b(?:is|was|are|were|reads|remains|equals)\b|[:=\u2192]|->)[\s:]*[\"'`\u201c\u2018(]*",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:is|was|are|were|remains|became|works as|serves as|as|for|when|at|into|to)\s+"
    r"(?:(?:get|the|our|your|my|a|an|this|his|her|their|asked|prompted)\s+)*(?:[\w'-]+\s+){0,3}$",
    re.IGNORECASE,
)
_HANDING = re.compile(
    r"(?:please\s+|then\s+)?(?:use|enter|type|try|say|whisper|give|set|choose|take|put|paste)\s+",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"[\"\u201c\u2018`']([^\"\u201c\u201d\u2018\u2019`']{2,120})[\"\u201d\u2019`']"
)
_PATIENT = re.compile(
    r"\b(?:[Pp]atient|[Rr]esident|[Cc]laimant|[Ww]itness|[Tt]enant|[Ii]nmate)(?:['\u2019]s)?"
    r"(?:\s+(?:name|named|called|is|was|record|of|for|file|number|Mr\.?|Mrs\.?|Ms\.?|Dr\.?)|[,:])*"
    r"\s+((?:[A-Z][\w'\u2019-]+(?:\s+(?=[A-Z]))?){1,4})"
)
# Of a line without an end, each so many characters count as one: all of its words are compared.
_SENTENCE = re.compile(r"[^\n]{1,2000}?(?:[.!?][\"'\u201d\u2019)\]]*(?=\s|$)|(?=\n)|$)|[^\n]{2000}")
_AROUND = " \t\"'`\u2018\u2019\u201c\u201d("
_BLANKS = re.compile(r"[ \t-]*")
_LONGEST_VALUE = 30  # words
_NEAR = 3  # words before and behind a weak cue
_SHORT_LINE = 6  # words of a line that is a heading or a label


_HINT = re.compile(
    "pass|pwd|pin|puk|phrase|word|code|key|token|secret|answer|combination|mnemonic|credential"
    "|kennwort|contrase|mot de|seed|wallet|vault|log|sign|unlock|enter|type"
)
"""Each cue has one of these, in small letters."""

_LIKELY = re.compile(
    r"\b(?=[acekmlpstuvw])(?:(?:app[ -]?)?pass|(?:pwd|pins?|puks?|phrases?|codes?|(?:code ?|watch)?"
    r"words?|keys?|tokens?|secrets?|answers?|combinations?|mnemonics?|credentials?|kennwort|seeds?"
    r"|wallets?|vaults?|(?:log|sign)(?:s|ed|ged|ing|ging)?[ -]?in|enter|type)\b"
    r"|contrase|mot de|unlock)"
)
"""The same as words: what a sentence with a cue has, in small letters."""

_PATIENT_HINTS = ("atient", "esident", "laimant", "itness", "enant", "nmate")


def places(text: str, language: Language, common: frozenset[str]) -> Iterator[Span]:
    """What stands where secrets stand.

    Args:
        text: a document's.
        language: what is usual.
        common: folded words that hold the documents' prose together.
    """
    if any(hint in text for hint in _PATIENT_HINTS):
        for match in _PATIENT.finditer(text):
            yield Span(*match.span(1), True)
    announced: str = ""  # what a sentence says of the next: "" nothing, "near", or "next": it is it
    lowered, end = without_case(text), -1
    while end < len(text):
        # Lines without a hint say nothing, and of them nothing is said unless it was announced.
        begin = end + 1
        if not announced:
            hint = _HINT.search(lowered, begin)
            if hint is None:
                return
            begin = text.rfind("\n", 0, hint.start()) + 1
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end
        for match in _SENTENCE.finditer(text, begin, end):
            sentence = match[0]
            hinted = _LIKELY.search(lowered[match.start() : match.end()]) is not None
            if not (hinted or announced) or not sentence.strip():
                continue
            found = _Sentence(sentence, match.start(), language, common, hinted=hinted)
            spans, announces = list(found.spans()), found.announces()
            if not spans and announced == "next":
                spans = list(found.value())
            elif announced:
                spans += found.strange(3)
            yield from spans
            announced = "" if any(span.firm for span in spans) else announces


class _Sentence:
    """A sentence that begins at `at` of a document's text."""

    def __init__(
        self, text: str, at: int, language: Language, common: frozenset[str], *, hinted: bool
    ) -> None:
        self.text, self.at, self.language, self.common = text, at, language, common
        self.cues = list(_CUE.finditer(text)) if hinted else []
        self.weak = list(_WEAK_CUE.finditer(text)) if hinted else []
        self.asks = list(_ASKS.finditer(text)) if hinted else []

    def announces(self) -> str:
        """Whether a secret may stand in the next sentence, and whether it is that sentence."""
        if not self.cues:
            return ""
        end = self.text.rstrip()[-1:]
        label = end == ":" or (end.isalnum() and len(self.text.split()) <= _SHORT_LINE)
        return "next" if label else "near"

    def spans(self) -> Iterator[Span]:
        """What is said of a secret."""
        if self.cues:
            yield from self._after(self.cues, strong=True)
            yield from self._before()
            for quoted in _QUOTED.finditer(self.text):
                yield self._span(quoted.start(1), quoted.end(1), True)
            yield from self.strange(2)
            yield from self._beside()
        elif self.weak:
            yield from self._after(self.weak, strong=False)
            yield from self.strange(3, unknown=False)
            yield from self._near(self.weak)
        yield from self._near(self.asks, before=0)

    def _near(self, cues: list[re.Match[str]], before: int = _NEAR) -> Iterator[Span]:
        """Words that the language lacks, few words before or behind a cue."""
        found = list(words(self.text)) if cues else []
        for cue in cues:
            left = [word for word in found if word.end() <= cue.start()]
            right = [word for word in found if word.start() >= cue.end()]
            for word in (*left[len(left) - min(before, len(left)) :], *right[:_NEAR]):
                if not self.language.knows(folded(word.group())):
                    yield self._span(*word.span(), False)

    def value(self) -> Iterator[Span]:
        """All of the sentence, as far as a secret reaches."""
        yield self._cut(0, False)
        yield from self._first_run(0)

    def strange(self, least: int, *, unknown: bool = True) -> Iterator[Span]:
        """Runs of words that fit nothing, and words that the language lacks."""
        for run in self._runs():
            part: list[tuple[int, int]] = []
            for start, end in run:
                if part and self._fits(part[-1], (start, end)):
                    if len(part) >= least:
                        yield self._span(part[0][0], part[-1][1], False)
                    part = []
                part.append((start, end))
            if len(part) >= least:
                yield self._span(part[0][0], part[-1][1], False)
        for word in words(self.text) if unknown else ():
            if not self.language.knows(folded(word.group())):
                yield self._span(*word.span(), False)

    def _fits(self, one: tuple[int, int], other: tuple[int, int]) -> bool:
        """Whether the language has the second word behind the first."""
        first, second = (folded(self.text[start:end]) for start, end in (one, other))
        return self.language.familiar(first, second)

    def _runs(self) -> Iterator[list[tuple[int, int]]]:
        """Runs of words with only blanks between them, broken by cues."""
        named = [cue.span() for cue in (*self.cues, *self.weak)]
        for run in runs(self.text, self.common, _BLANKS):
            part: list[tuple[int, int]] = []
            for start, end in run:
                if any(start < b and a < end for a, b in named):
                    if part:
                        yield part
                    part = []
                else:
                    part.append((start, end))
            if part:
                yield part

    def _after(self, cues: list[re.Match[str]], *, strong: bool) -> Iterator[Span]:
        """What follows a cue and "is": all of it where the cue is strong."""
        begun = False
        links = _LINK if strong else _WEAK_LINK
        for link in links.finditer(self.text, cues[0].end()):
            first = next(words(self.text[link.end() : link.end() + 80]), None)
            if first is None:
                if self.text[link.end() :].strip(" .!?"):
                    yield self._cut(link.end(), False)  # digits
                continue
            key = folded(first.group())
            says = key in self.common or len(key) < 3 or key.endswith(("ed", "ing", "ly"))
            if says and (not strong or begun):
                continue
            yield self._cut(link.end(), False)
            begun = True
            if not says:
                yield from self._first_run(link.end())
                return

    def _first_run(self, start: int) -> Iterator[Span]:
        """The words from `start` on, up to one that holds prose together: the secret itself."""
        for run in self._runs():
            if run[-1][1] > start:
                inside = [span for span in run if span[0] >= start]
                if inside and not self.text[start : inside[0][0]].strip(_AROUND):
                    yield self._span(inside[0][0], inside[-1][1], True)
                return

    def _before(self) -> Iterator[Span]:
        """What "is the password" or is used as one: the words in front, unless they say nothing."""
        for cue in self.cues:
            head = self.text[: cue.start()]
            link = _BEFORE.search(head)
            if link is None:
                continue
            start = 0
            for handing in _HANDING.finditer(head, 0, link.start()):
                start = handing.end()
            first = next(words(head[start : link.start()]), None)
            if first is None:
                continue
            key = folded(first.group())
            value = head[start : link.start()]
            if key not in self.common and len(key) > 2 and len(value.split()) <= _LONGEST_VALUE:
                yield self._span(start, link.start(), False)
                ends = [run for run in self._runs() if run[-1][1] <= link.start()]
                if ends and not self.text[ends[-1][-1][1] : link.start()].strip(_AROUND):
                    yield self._span(max(start, ends[-1][0][0]), ends[-1][-1][1], True)

    def _beside(self) -> Iterator[Span]:
        """A word right behind a cue that is not what usually follows."""
        for cue in self.cues:
            word = next(words(self.text[cue.end() : cue.end() + 80]), None)
            if word is None or self.text[cue.end() : cue.end() + word.start()].strip(" \"'"):
                continue
            key, before = folded(word.group()), folded(cue.group().split()[-1])
            if key not in self.common and len(key) > 2 and not self.language.familiar(before, key):
                yield self._span(cue.end() + word.start(), cue.end() + word.end(), False)

    def _cut(self, start: int, firm: bool) -> Span:
        """From `start` to the sentence's end, or as far as a secret reaches."""
        chunks = list(re.finditer(r"\S+", self.text[start:]))[:_LONGEST_VALUE]
        end = start + chunks[-1].end() if chunks else start
        return self._span(start, end, firm)

    def _span(self, start: int, end: int, firm: bool) -> Span:
        text = self.text[start:end]
        start += len(text) - len(text.lstrip(_AROUND))
        end -= len(text) - len(text.rstrip(_AROUND + ".,;:!?)"))
        return Span(self.at + start, self.at + max(start, end), firm)
