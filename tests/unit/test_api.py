"""The public API: what it answers, that its names are what it says, and that importing is light."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import midword as package
from midword import Midword, UserError

SERVER = Path(package.__file__).parents[1]


@pytest.fixture(scope="module")
def midword(tiny_model: Path) -> Midword:
    return Midword.load(tiny_model)


def words(found: list[package.Suggestion]) -> list[str]:
    return [suggestion.word for suggestion in found]


def test_both_sides_of_a_gap_count(midword: Midword) -> None:
    left = "the committee will meet on tuesday to "
    first = midword.suggest(left, " the budget")[0]
    assert first.word == "discuss"
    assert first.source == "model"
    assert 0 < first.probability <= 1
    assert words(midword.suggest(left)) != words(midword.suggest(left, " the budget"))


@pytest.mark.parametrize("right", [" the plan", "s the plan", "cuss the plan"])
def test_letters_at_the_cursor_belong_to_the_word(midword: Midword, right: str) -> None:
    found = words(midword.suggest("we will dis", right))
    assert found[0] == "discuss"
    assert {word[:3] for word in found} == {"dis"}


def test_a_list_is_as_long_as_asked_for(midword: Midword) -> None:
    assert len(midword.suggest("we will ", limit=3)) == 3
    assert len(midword.alternatives("we will ", "discuss", limit=2).suggestions) == 2


def test_the_texts_own_words_are_suggested(midword: Midword) -> None:
    found = midword.suggest("The zyxgarden is red. We saw the zyx")
    assert [(item.word, item.source) for item in found[:1]] == [("zyxgarden", "memory")]
    assert midword.suggest("We saw the zyx") == [], "nothing is left of another text"


def test_markup_is_read_as_its_language_says(midword: Midword) -> None:
    assert midword.suggest("`we will dis", "`", language="markdown") == []
    assert words(midword.suggest("`we will dis", "`"))[0] == "discuss"
    assert midword.alternatives("`we will ", "discuss", "`", language="markdown").rank is None


@pytest.mark.parametrize("language", ["klingon", "jupyter", ""])
def test_an_unknown_language_is_named(midword: Midword, language: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(language))):
        midword.suggest("we will ", language=language)
    with pytest.raises(ValueError, match=re.escape(repr(language))):
        midword.alternatives("we will ", "discuss", language=language)


def test_a_word_is_judged_in_its_place(midword: Midword) -> None:
    fits = midword.alternatives("we will ", "discuss", " the plan")
    assert fits.rank == 1
    assert fits.probability == fits.suggestions[0].probability
    odd = midword.alternatives("we will ", "flowers", " the plan")
    assert words(odd.suggestions)[0] == "discuss"
    assert odd.probability < fits.probability


@pytest.mark.parametrize(
    ("left", "word", "right"),
    [("we will ", "", " the plan"), ("we will ", "dis", "cuss"), ("we ", "will discuss", "")],
)
def test_only_whole_words_have_alternatives(
    midword: Midword, left: str, word: str, right: str
) -> None:
    with pytest.raises(ValueError, match="no whole word"):
        midword.alternatives(left, word, right)


def test_a_model_that_is_not_there_is_the_users_to_mend() -> None:
    with pytest.raises(UserError, match="no-such-model"):
        Midword.load("no-such-model")


def test_public_names_are_sorted_there_and_documented() -> None:
    assert package.__all__ == sorted(set(package.__all__))
    assert set(package.__all__) <= set(dir(package))
    for name in package.__all__:
        value = getattr(package, name)
        assert inspect.getdoc(value), name
    with pytest.raises(AttributeError, match="no attribute 'midword'"):
        package.midword  # type: ignore[attr-defined]  # noqa: B018


def test_importing_it_needs_the_standard_library_alone() -> None:
    """`midword connect` does it for each window."""
    program = (
        f"import sys; sys.path.insert(0, {str(SERVER)!r}); import midword; "
        "print(*sys.modules); print(*dir(midword))"
    )
    # -S: nothing that is installed can be found.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True
    )
    modules, names = (line.split() for line in done.stdout.splitlines())
    ours = {name for name in modules if name.partition(".")[0] == "midword"}
    assert ours == {"midword", "midword.silence"}
    assert not {"asyncio", "importlib.metadata", "pathlib"} & set(modules)
    assert set(package.__all__) <= set(names)


def test_a_star_brings_the_names_and_no_torch() -> None:
    program = "from midword import *; import sys; print(Midword.__name__, *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(SERVER)},
        capture_output=True,
        text=True,
        check=True,
    )
    name, *modules = done.stdout.split()
    assert name == "Midword"
    assert not {"torch", "transformers", "pygls", "huggingface_hub"} & set(modules)
