"""Which of a tokenizer's tokens are words, in each family of tokenizers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import tiny_models
from midword.model.errors import ModelError
from midword.model.vocabulary import Vocabulary


@pytest.mark.parametrize("family", ["bert", "roberta", "albert"])
def test_whole_words_of_each_family(build_model: Callable[[str], Path], family: str) -> None:
    vocabulary = Vocabulary.from_file(build_model(family) / "tokenizer.json")
    assert "the" in vocabulary.keys
    assert not any(sign in key for key in vocabulary.keys for sign in "#Ġ▁[]<>. ")
    assert list(vocabulary.keys) == sorted(vocabulary.keys)


def test_wordpiece_has_every_word_once(tiny_model: Path) -> None:
    vocabulary = Vocabulary.from_file(tiny_model / "tokenizer.json")
    assert {word for word in tiny_models.words() if "'" not in word} <= set(vocabulary.keys)
    assert len(vocabulary.keys) == len(set(vocabulary.keys))


def test_a_prefix_is_a_slice() -> None:
    words = ["plan", "plane", "Plan", "planet", "play", "ply", "café", "cafe", "zoo"]
    vocabulary = Vocabulary([(word, n) for n, word in enumerate(words)], cased=True)
    part = vocabulary.slice("plan")
    assert sorted(vocabulary.forms[part]) == ["Plan", "plan", "plane", "planet"]
    assert [vocabulary.forms[place] for place in vocabulary.find("cafe")] == ["cafe", "café"]
    assert vocabulary.slice("") == slice(0, len(words))
    assert list(vocabulary.find("plank")) == []
    assert vocabulary.slice("x") == slice(8, 8)


def test_what_is_no_word_stays_out() -> None:
    tokens = ["don't", "well-known", "3rd", "snake_case", "...", "é", "e\u0301", "-", "a'", "2"]
    vocabulary = Vocabulary([(token, n) for n, token in enumerate(tokens)], cased=False)
    assert vocabulary.forms == ("don't", "é", "well-known")


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "missing"), ("{", "not a tokenizer"), ("{}", "not a tokenizer"), ("[1]", "tokenizer")],
)
def test_a_damaged_tokenizer_is_a_message(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "tokenizer.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ModelError, match=said):
        Vocabulary.from_file(path)


def test_an_added_word_counts_once(tiny_model: Path, tmp_path: Path) -> None:
    description = json.loads((tiny_model / "tokenizer.json").read_text())
    description["added_tokens"].append(
        {
            "id": len(description["model"]["vocab"]),
            "content": "don't",
            "special": False,
            "single_word": True,
            "lstrip": False,
            "rstrip": False,
            "normalized": True,
        }
    )
    (tmp_path / "tokenizer.json").write_text(json.dumps(description))
    vocabulary = Vocabulary.from_file(tmp_path / "tokenizer.json")
    assert vocabulary.keys.count("don't") == 1
