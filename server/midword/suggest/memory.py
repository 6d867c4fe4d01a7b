"""What a writer's own texts say: their words, and which word follows which.

Counts are kept line by line, so that an edit costs what its lines cost, not the document.
"""

import bisect
import itertools
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping

from midword.suggest.habits import Habits
from midword.text.folding import fold
from midword.text.prefixes import beginning
from midword.text.words import words

# Longer "words" are base64 or a key held down; a writer's are not.
_LONGEST = 40
# Sorting all words anew is quicker than sorting in more new ones than this, one by one.
_MANY_NEW = 200


class Counts:
    """How often folded words occur.

    Attributes:
        words: folded word -> occurrences; live, not to be walked through.
        total: of all words.
    """

    __slots__ = ("total", "words")

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self.total = 0

    def add(self, key: str, step: int) -> None:
        """Count one occurrence more (1) or less (-1)."""
        before = self.words.get(key, 0)
        _add(self.words, key, step)
        self.total += self.words.get(key, 0) - before


class Memory:
    """The words of several documents.

    Attributes:
        version: grows with each update.
        habits: what is remembered of earlier texts; no document's.

    Updates come from one thread at a time (they are locked). Reads may come from any thread and
    never wait: a small counter is copied in one step of the interpreter, the large ones may only
    be looked up or copied (``list(counts.items())``), not walked through.
    """

    def __init__(self) -> None:
        self.version = 0
        self._lock = threading.Lock()
        self._lines: dict[str, list[str]] = {}
        self._documents: dict[str, Counts] = {}
        self._counts = Counts()
        self._forms: dict[str, dict[str, int]] = defaultdict(dict)
        # Context -> the words found there: ("left", w), ("left", v, w) and ("right", w).
        self._neighbours: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
        self._keys: list[str] = []
        self._new: set[str] = set()
        self.habits = Habits()

    def update(self, key: str, text: str) -> None:
        """Learn a document, or what changed in it since the last time.

        Args:
            key: the document, such as its URI.
            text: all of its prose.
        """
        with self._lock:
            new, old = text.split("\n"), self._lines.get(key, [])
            same = 0
            for before, after in zip(old, new, strict=False):
                if before != after:
                    break
                same += 1
            tail = 0
            while tail < min(len(old), len(new)) - same and old[-1 - tail] == new[-1 - tail]:
                tail += 1
            document = self._documents.setdefault(key, Counts())
            for line in old[same : len(old) - tail]:
                self._count(document, line, -1)
            for line in new[same : len(new) - tail]:
                self._count(document, line, 1)
            self._lines[key] = new
            self._index()
            self.version += 1

    def forget(self, key: str) -> None:
        """Unlearn a document."""
        self.update(key, "")
        with self._lock:
            self._lines.pop(key, None)
            self._documents.pop(key, None)

    def recall(self, words: Mapping[str, int], pairs: Mapping[str, int]) -> None:
        """Take what is remembered of earlier texts, in place of what was before.

        Args:
            words: as written -> how often.
            pairs: two folded words with a blank between -> how often.
        """
        habits = Habits(words, pairs)
        with self._lock:
            self.habits = habits
            self.version += 1

    def __len__(self) -> int:
        return len(self._counts.words)

    def count(self, key: str) -> int:
        """Occurrences of a folded word in all documents."""
        return self._counts.words.get(key, 0)

    def document(self, key: str) -> Counts:
        """The words of one document."""
        return self._documents.get(key) or Counts()

    def everything(self) -> Counts:
        """The words of all documents."""
        return self._counts

    def forms(self, key: str) -> dict[str, int]:
        """How a word is written; forms at a sentence's start count only where they are all."""
        found = self._forms.get(key)
        forms = dict(found) if found else {}
        for form, count in self.habits.forms(key).items():
            forms[form] = forms.get(form, 0) + count
        return forms

    def beginning(self, prefix: str) -> list[str]:
        """The folded words that begin with a folded prefix."""
        keys = self._keys
        return [key for key in keys[beginning(keys, prefix)] if key in self._counts.words]

    def after(self, *left: str) -> dict[str, int]:
        """The words that followed one or two folded words."""
        return dict(self._neighbours.get(("left", *left), ()))

    def before(self, right: str) -> dict[str, int]:
        """The words that stood before a folded word."""
        return dict(self._neighbours.get(("right", right), ()))

    def _index(self) -> None:
        """Sort the words of an update in; those that are gone stay until the next great one."""
        if len(self._new) > _MANY_NEW:
            self._keys = sorted(self._counts.words)
        else:
            for key in self._new:
                place = bisect.bisect_left(self._keys, key)
                if self._keys[place : place + 1] != [key]:
                    self._keys.insert(place, key)
        self._new.clear()

    def _count(self, document: Counts, line: str, step: int) -> None:
        """Add or take away one line's words."""
        found = list(_words(line))
        for place, (form, key, starts) in enumerate(found):
            if key not in self._counts.words:
                self._new.add(key)
            document.add(key, step)
            self._counts.add(key, step)
            if not (starts and form[:1].isupper()):
                _add(self._forms[key], form, step)
            if place >= 1:
                previous = found[place - 1][1]
                _add(self._neighbours["left", previous], key, step)
                _add(self._neighbours["right", key], previous, step)
            if place >= 2:
                context = ("left", found[place - 2][1], found[place - 1][1])
                _add(self._neighbours[context], key, step)
        if step < 0:
            self._drop_empty(found)

    def _drop_empty(self, found: list[tuple[str, str, bool]]) -> None:
        """Give back what contexts without words hold."""
        keys = [key for _, key, _ in found]
        for key in keys:
            if not self._forms.get(key, True):
                del self._forms[key]
            for context in (("left", key), ("right", key)):
                if not self._neighbours.get(context, True):
                    del self._neighbours[context]
        for pair in itertools.pairwise(keys):
            if not self._neighbours.get(("left", *pair), True):
                del self._neighbours["left", *pair]


def _add(counter: dict[str, int], key: str, step: int) -> None:
    count = counter.get(key, 0) + step
    if count > 0:
        counter[key] = count
    else:
        counter.pop(key, None)


def _words(line: str) -> Iterator[tuple[str, str, bool]]:
    """A line's words: as written (apostrophes straight), folded, and whether one may be
    capitalised for its place only."""
    end = 0
    for match in words(line):
        form = match[0].replace("’", "'")
        between = line[end : match.start()]
        starts = not end or any(sign in between for sign in '.!?:"“”')
        end = match.end()
        if len(form) <= _LONGEST:
            yield form, fold(form), starts
