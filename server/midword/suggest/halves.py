"""Half-typed words among the writer's own: what nobody but an unfinished edit has said.

The server learns no word that is still being typed (`lsp/unfinished.py`), but halves get into files
and stay where a writer left them. A name or a term is offered from its first mention on; only
what looks like the half of a word has to be seen twice.
"""

from midword.suggest.inflection import regular_forms
from midword.suggest.lexicon import Lexicon
from midword.suggest.memory import Memory
from midword.text.folding import fold
from midword.text.words import APOSTROPHES, HYPHENS

_JOINS = ("", *APOSTROPHES, *HYPHENS)


def is_half_typed(
    key: str, lexicon: Lexicon, memory: Memory, standing: str, *, is_learnt: bool
) -> bool:
    """Whether a folded word is likely the half of one.

    Args:
        key: a word that only the writer's texts have.
        lexicon: of the language; empty where it is not known.
        memory: the writer's texts.
        standing: the word at the gap as it stands, which is no sighting of itself.
        is_learnt: whether they include the document: what stands near the gap and is not among
            them was left out as not whole.
    """
    seen = memory.count(key) - (key == fold(standing))
    if seen > 1 or lexicon.find(key) is not None:
        return False
    if seen < 1 and is_learnt:
        return True
    longer = [*memory.beginning(key), *lexicon.keys[lexicon.slice(key)]]
    longer = [word for word in longer if word[len(key) : len(key) + 1] not in _JOINS]
    return bool(longer) and not regular_forms(key).issuperset(longer)
