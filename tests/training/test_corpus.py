import json
import lzma
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from midword_training.pretraining.corpora import (
    CorpusDocument,
    TokenFile,
    epoch_blocks,
    held_out,
    read_documents,
    share_of,
    training_documents,
    write_tokens,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    records = [
        ("the cat\u2019s hat", "a/essays", "CC0-1.0", "essays"),
        ("free as in freedom", "b/kernel", "GPL-2.0", "docs"),
        ("a mail", "c/mail", "x (no formal licence on mails)", "email"),
        ("the \u201cbig\u201d dog", "a/docs", "MIT", "docs"),
    ]
    with lzma.open(tmp_path / "all-00.jsonl.xz", "wt", encoding="utf-8") as out:
        for text, source, licence, genre in records:
            record = {"text": text, "source": source, "license": licence, "genre": genre}
            out.write(json.dumps(record) + "\n")
    return tmp_path


def test_refused_licences_are_left_out_and_quotes_made_straight(folder: Path) -> None:
    assert [document.text for document in read_documents(folder)] == [
        "the cat's hat",
        'the "big" dog',
    ]


def test_the_held_out_side_is_a_property_of_the_text_alone() -> None:
    texts = [f"document {i}" for i in range(2000)]
    chosen = {text for text in texts if held_out(CorpusDocument(text), 0.1)}
    assert 150 < len(chosen) < 250
    assert chosen == {
        text for text in reversed(texts) if held_out(CorpusDocument(text, "other"), 0.1)
    }
    assert chosen <= {text for text in texts if held_out(CorpusDocument(text), 0.2)}


def test_the_two_sides_of_the_split_are_the_whole(folder: Path) -> None:
    recipe = {
        "data": {"corpora": [str(folder)], "held_out": 0.5},
        "weights": {"genre": {"docs": 0.5}},
    }
    sides = [list(training_documents(recipe, side)) for side in (False, True)]
    assert sorted(document.text for side in sides for document, _ in side) == [
        'the "big" dog',
        "the cat's hat",
    ]
    assert {document.genre: weight for side in sides for document, weight in side} == {
        "docs": 0.5,
        "essays": 1.0,
    }


def test_a_genre_can_be_held_out_more_than_the_rest(folder: Path) -> None:
    recipe = {
        "data": {"corpora": [str(folder), str(folder)], "held_out": 0.0},
        "held_out": {"genre": {"essays": 1.0}},
        "weights": {},
    }
    sides = [
        [document.genre for document, _ in training_documents(recipe, side)]
        for side in (False, True)
    ]
    assert sides == [["docs", "docs"], ["essays", "essays"]]  # both folders were read


@pytest.mark.parametrize(
    ("source", "genre", "share"),
    [
        ("x/win32", "docs", 0.05),
        ("x/winter", "docs", 0.3),
        ("x/peps", "docs", 0.6),
        ("x/docs", "handbook", 1.0),  # a genre's name in a source's is chance
    ],
)
def test_the_longest_named_part_of_a_source_counts_before_its_genre(
    source: str, genre: str, share: float
) -> None:
    shares = {"genre": {"docs": 0.6}, "source": {"win": 0.3, "win32": 0.05}}
    assert share_of(CorpusDocument("", source, genre=genre), shares) == share


def tokens_of(lengths: list[int], weights: list[float]) -> TokenFile:
    starts = np.cumsum([0, *lengths])
    return TokenFile(
        np.arange(starts[-1], dtype=np.uint16),
        starts,
        np.asarray(weights, dtype=np.float32),
        np.asarray([""] * len(lengths)),
    )


def test_a_pass_reads_every_token_once_and_never_across_documents() -> None:
    tokens = tokens_of([100, 1000, 37], [1, 1, 1])
    blocks = epoch_blocks(tokens, 32, seed=1, epoch=0)
    read = np.concatenate([np.arange(begin, end) for begin, end in blocks])
    assert len(read) == len(set(read.tolist()))
    assert len(read) >= 1137 - 6 * 7  # a document's two ends may be too short to be worth a row
    assert all(end - begin <= 32 for begin, end in blocks)
    for edge in (100, 1100):
        assert not any(begin < edge < end for begin, end in blocks)


def test_weights_thin_out_and_repeat() -> None:
    tokens = tokens_of([20000, 20000, 20000], [0.25, 1, 2])
    blocks = epoch_blocks(tokens, 20, seed=1, epoch=0)
    share = [np.mean((blocks[:, 0] // 20000) == i) * len(blocks) / 1000 for i in range(3)]
    assert share == pytest.approx([0.25, 1, 2], abs=0.05)


def test_the_order_is_the_seed_s_and_the_pass_s() -> None:
    tokens = tokens_of([5000], [1])
    orders = [epoch_blocks(tokens, 20, *at).tolist() for at in ((1, 0), (1, 0), (1, 1), (2, 0))]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert orders[0] != orders[3]


def test_tokens_are_written_once_and_mapped(tmp_path: Path) -> None:
    tokenizer = Tokenizer(WordLevel({"?": 0, "a": 1, "b": 2}, unk_token="?"))
    tokenizer.pre_tokenizer = Whitespace()
    documents = [
        (CorpusDocument("a b a", genre="chat"), 1.0),
        (CorpusDocument(""), 0.5),
        (CorpusDocument("b x", genre="email"), 0.25),
    ]
    write_tokens(tmp_path, documents, tokenizer)
    tokens = TokenFile.load(tmp_path)
    assert tokens.ids.tolist() == [1, 2, 1, 2, 0]
    assert tokens.starts.tolist() == [0, 3, 3, 5]
    assert tokens.weights.tolist() == [1.0, 0.5, 0.25]
    assert tokens.genres.tolist() == ["chat", "", "email"]
