"""When a list opens by itself, and what it shows then: only what is worth the writer's glance.

A list at every letter is junk at most word ends. What tells an end is the mass of the word as it
stands against that of all longer ones: the sources know both.
"""

from collections.abc import Sequence

from midword.suggest.ranking import Suggestion, confidence

# A list opens with a first word so many times as likely as the least likely one that is shown.
_FIRST = 50
# At a word's end the word as it stands has more than this share of all that begins so, by the
# letters typed: one or two are a whole word often, and the writer goes on all the same.
_ENDS = (0.9, 0.8, 0.5)


def unasked(
    suggestions: Sequence[Suggestion],
    *,
    letters: int,
    finished: float,
    sure: float,
    floor: float,
    is_read: bool = True,
) -> list[Suggestion]:
    """What a list shows that nobody asked for; none: it doesn't open.

    Args:
        suggestions: the list, best first.
        letters: typed of the word.
        finished: the share of the word as it stands, 0 to 1, of all that begins so.
        sure: the probability that the first word has before the first letter, at least.
        floor: the probability of a word that is shown after letters; 0 shows all, always.
        is_read: whether the text's language is known; else there must be a sure word after
            letters too.
    """
    first = confidence(suggestions)
    if not letters:
        return list(suggestions) if first >= sure else []
    least = min(_FIRST * floor, 1.0) if is_read else sure
    ends = finished > _ENDS[min(letters, len(_ENDS)) - 1]
    if floor > 0 and (ends or first < least):
        return []
    return [item for item in suggestions if item.probability >= floor]
