"""The next words, as far as they are sure: what grey text shows."""

from collections.abc import Sequence
from dataclasses import replace

from midword.suggest.dictionary import Dictionary
from midword.suggest.language import folded_words
from midword.suggest.memory import Memory
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze
from midword.text.folding import fold


def continuation_at(
    suggester: Suggester,
    cloze: Cloze,
    *,
    memory: Memory | None = None,
    document: str | None = None,
    dictionaries: Sequence[Dictionary] = (),
    max_words: int = 3,
    min_probability: float = 0.5,
    first: str | None = None,
    found: list[str] | None = None,
) -> str:
    """The word at the gap and the next ones while they are sure, greedily.

    Args:
        suggester: what makes the list for each of them.
        cloze: the gap, as for `suggest`, like `memory`, `document` and `dictionaries`.
        memory: see there.
        document: see there.
        dictionaries: see there.
        max_words: the most words, the first included.
        min_probability: stop before a word that is less likely.
        first: the first word, where it is chosen already.
        found: words found so far, to which it adds: where a gap was not read yet, the next
            call with the same list goes on from there.

    Returns:
        Whole words with blanks between them; "" if even the first is unsure.
    """
    found = [] if found is None else found
    if first is not None and not found:
        screen = suggester.screen(cloze, memory, document, dictionaries, is_grey=True)
        if screen.verdict(fold(first)) != "pass":
            return ""
        found.append(first)
    following = folded_words(cloze.right)[:1]

    def is_complete() -> bool:
        """Whether the last word is the one that stands right of the gap already."""
        return [fold(word) for word in found[-1:]] == following != []

    while len(found) < max_words and not is_complete():
        gap = cloze
        if found:
            left = f"{cloze.left}{' '.join(found)} "
            gap = replace(cloze, left=left, prefix="", rest="", starts_sentence=False)
        best = suggester.suggest(
            gap,
            memory=memory,
            document=document,
            dictionaries=dictionaries,
            limit=1,
            is_grey=True,
        )
        if not best or best[0].probability < min_probability:
            break
        found.append(best[0].word)
    if is_complete():
        found.pop()
    return " ".join(found)
