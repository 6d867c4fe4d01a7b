"""Midword in a program: words for a place in a text, without an editor or a server."""

from __future__ import annotations

from pathlib import Path

from midword.errors import UserError
from midword.model.masked_lm import MaskedLM
from midword.model.probation import load_somewhere
from midword.suggest.alternatives import Alternatives, alternatives_at
from midword.suggest.loading import load_suggester
from midword.suggest.memory import Memory
from midword.suggest.ranking import Suggestion
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze, cloze_between
from midword.text.prose import prose_text

__all__ = ["Alternatives", "Midword", "Suggestion", "UserError"]

_DOCUMENT = "text"  # its key in a memory that holds no other


class Midword:
    """A model in memory, asked about texts.

    It answers as the server does with its default settings: the words of the text itself count
    beside the model's. Nothing of a text is kept but the model's answers for the latest gaps, in
    memory. Safe to use from several threads.

    Attributes:
        model: the resident model, which says its name, runtime and device.
        suggester: what ranks; not a part of the public API.
        trouble: why the device that was wanted is not used, "" if it is.
    """

    def __init__(self, model: MaskedLM, *, trouble: str = "") -> None:
        """Around a model that is loaded; `Midword.load` loads one."""
        self.model = model
        self.suggester: Suggester = load_suggester(model)
        self.trouble = trouble

    @classmethod
    def load(
        cls,
        model: str | Path | None = None,
        *,
        runtime: str = "auto",
        device: str = "auto",
        threads: int = 1,
    ) -> Midword:
        """Load a model: half a second for the bundled one. The network is never opened.

        One that isn't known yet is first loaded in a process of its own, with bounds on memory and
        time. A device that fails leaves the model on the processor, and `trouble` says why.

        Args:
            model: a name of ``midword models list``, or a folder; None: the one of
                ``midword models use``, else the bundled one.
            runtime: "onnx-int8", "onnx-fp32", "torch", or "auto": the fastest installed one.
            device: "cpu", "cuda", "mps", or "auto": an NVIDIA card if there is one.
            threads: cores of one pass on the processor.

        Raises:
            UserError: the model can't be found, read or run; the message says what to do.
        """
        found, trouble = load_somewhere(model, runtime=runtime, device=device, threads=threads)
        return cls(found, trouble=trouble)

    def suggest(
        self, left: str, right: str = "", *, language: str = "plaintext", limit: int = 10
    ) -> list[Suggestion]:
        """Rank the words that may stand between two texts.

        Letters at the end of `left` are what is typed of the word, so that "We will dis" gets words
        with "dis"; letters at the beginning of `right` are the rest of it, which a word replaces.

        Args:
            left: the text up to the cursor.
            right: the text from the cursor on.
            language: of the markup, an editor's language id such as "markdown".
            limit: the longest list.

        Returns:
            Whole words, best first; none where no word of prose can stand, as in code.

        Raises:
            ValueError: Midword doesn't read that language.
        """
        cloze = cloze_between(left, right, language)
        if cloze is None:
            return []
        memory = _memory(left + right, cloze, language)
        return self.suggester.suggest(cloze, memory=memory, document=_DOCUMENT, limit=limit)

    def alternatives(
        self,
        left: str,
        word: str,
        right: str = "",
        *,
        language: str = "plaintext",
        limit: int = 8,
    ) -> Alternatives:
        """Rank what could stand in a word's place, and say how likely the word itself is there.

        Args:
            left: the text before the word.
            word: one whole word.
            right: the text behind it.
            language: see `suggest`, as for `limit`.

        Returns:
            Suggestions, and the word's own probability and rank; none where no word of prose can
            stand.

        Raises:
            ValueError: `word` is no whole word there, or Midword doesn't read that language.
        """
        cloze = cloze_between(left + word, right, language)
        if cloze is None:
            return Alternatives([], 0.0, None)
        if not word or (cloze.start, cloze.end) != (len(left), len(left) + len(word)):
            raise ValueError("it is no whole word: give one, and what stands before and behind it")
        memory = _memory(left + word + right, cloze, language)
        return alternatives_at(
            self.suggester, cloze, memory=memory, document=_DOCUMENT, limit=limit
        )


def _memory(text: str, cloze: Cloze, language: str) -> Memory:
    """The text's own words, without the one at the cursor, which may be half typed."""
    # A line's end instead of the word: those beside it aren't neighbours.
    others = f"{text[: cloze.start]}\n{text[cloze.end :]}"
    memory = Memory()
    memory.update(_DOCUMENT, "\n".join(prose_text(others, language)))
    return memory
