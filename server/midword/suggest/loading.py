"""A suggester with the data that the package carries."""

from functools import lru_cache
from pathlib import Path

from midword.errors import UserError
from midword.foreign import shown
from midword.model.masked_lm import MaskedLM
from midword.model.store import BUNDLED
from midword.suggest.blocklist import Blocklist
from midword.suggest.language import is_english
from midword.suggest.lexicon import Lexicon
from midword.suggest.mixture import Mixture
from midword.suggest.phrases import Phrases
from midword.suggest.suggester import Suggester
from midword.text.folding import fold

DATA = Path(__file__).parent.parent / "data"


def load_suggester(model: MaskedLM | None, *, on_demand: bool = True) -> Suggester:
    """A suggester around a model, with the package's lexicon, phrases, mixture and blocklist.

    A fine-tuned model's folder brings its team's: a lexicon that lies over the package's, and
    phrases. The package's are English: a model of another language is asked without them.

    Args:
        model: the resident model; None: phrases, lexicon, memory and dictionaries alone.
        on_demand: see :class:`midword.suggest.suggester.Suggester`.

    Raises:
        UserError: the installation is damaged.
    """
    lexicon, phrases, mixture, blocklist = _data()
    if model is None:
        return Suggester(
            None, lexicon=lexicon, phrases=phrases, mixture=mixture, blocklist=blocklist
        )
    folder, team = model.folder, None
    is_complete = folder.resolve() == BUNDLED.resolve()
    knows_data = is_english(model.language)
    if not knows_data:
        lexicon = Lexicon.from_counts({})
    try:
        if (folder / "lexicon.npz").exists():
            own, is_complete = Lexicon.load(folder / "lexicon.npz"), True
            lexicon = own.laid_over(lexicon) if knows_data else own
        if (folder / "phrases.npz").exists():
            team = Phrases.load(folder / "phrases.npz")
            mixture = mixture.with_team()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(
            f"{folder} has damaged word lists ({shown(reason)}): get the model again"
        ) from error
    return Suggester(
        model,
        lexicon=lexicon,
        phrases=phrases if knows_data else None,
        mixture=mixture,
        team=team,
        is_complete=is_complete,
        blocklist=blocklist,
        on_demand=on_demand,
    )


def has_word(word: str) -> bool:
    """Whether the language's lexicon has a word.

    Raises:
        UserError: the installation is damaged.
    """
    return _data()[0].probability(fold(word)) > 0


def inside_a_sentence(word: str) -> str:
    """A word that begins a sentence as the language writes it inside of one.

    One that the language lacks stays as it is, and so does a small letter, which is meant.

    Raises:
        UserError: the installation is damaged.
    """
    lexicon = _data()[0]
    place = lexicon.find(fold(word)) if word[:1].isupper() else None
    return word if place is None else lexicon.forms[place]


@lru_cache(maxsize=1)
def _data() -> tuple[Lexicon, Phrases, Mixture, Blocklist]:
    """The package's data; read once, shared by all suggesters."""
    try:
        return (
            Lexicon.load(DATA / "lexicon.npz"),
            Phrases.load(DATA / "phrases.npz"),
            Mixture.load(DATA / "mixture.json"),
            Blocklist.load(DATA / "blocklist.tsv"),
        )
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"Midword's data in {DATA} is damaged ({error}): install Midword again"
        ) from error
