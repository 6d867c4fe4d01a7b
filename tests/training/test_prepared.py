"""What is made of documents once: kept on disk, mapped by each process, the same as in memory."""

import errno
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tiny_models
from midword.errors import UserError
from midword.suggest.phrases import PASSAGES, PATTERNS
from midword_training.documents.document import TeamDocument
from midword_training.documents.reading import identity
from midword_training.documents.shelf import Shelf
from midword_training.documents.splitting import split
from midword_training.documents.views import joined
from midword_training.finetuning import finetune as finetuning
from midword_training.finetuning import loop as loops
from midword_training.finetuning import prepared as preparing
from midword_training.finetuning.finetune import finetune
from midword_training.finetuning.prepared import Prepared, key_of, prepare
from midword_training.masked import tokens as token_store
from midword_training.masked.ahead import ahead
from midword_training.masked.blocks import BlockedText, EpochRows, Masking
from midword_training.masked.masking import TokenKinds
from midword_training.masked.network import load_pretrained
from midword_training.masked.tokens import Tokens
from midword_training.settings import make
from midword_training.words import grams
from midword_training.words.grams import Pruning, count_grams


def pages(count: int) -> list[TeamDocument]:
    rng = random.Random(3)
    return [
        TeamDocument(
            f"{i}.md",
            tuple(
                " ".join(rng.sample(tiny_models.SENTENCES, 4)) for _ in range(rng.randrange(1, 9))
            ),
        )
        for i in range(count)
    ]


def test_a_shelf_gives_back_what_was_put_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("midword_training.documents.shelf._BATCH", 2000)
    monkeypatch.setattr("midword_training.documents.shelf._SHARD", 3)
    documents = [*pages(60), TeamDocument("last", ("\ufffc a secret",), redacted=True)]
    shelf = Shelf.write(tmp_path / "shelf", iter(documents))
    assert len(list((tmp_path / "shelf").iterdir())) > 2
    assert list(shelf) == list(Shelf(tmp_path / "shelf")) == documents
    assert shelf[-1] == documents[-1]
    assert list(shelf[10:20]) == documents[10:20]
    assert list(joined(shelf[58:], documents[:2])) == documents[58:] + documents[:2]
    with pytest.raises(IndexError):
        shelf[61]
    assert len(Shelf.write(tmp_path / "shelf", [])) == 0


@pytest.mark.parametrize("recipe", ["writer", "reference"])
def test_mapped_tokens_make_the_blocks_of_those_in_memory(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: str
) -> None:
    _, tokenizer = load_pretrained(tiny_model)
    settings = make({"recipe": recipe, "block_tokens": 32})
    whole = BlockedText.of(pages(60), tokenizer, settings)
    monkeypatch.setattr(token_store, "_BATCH", 3000)
    monkeypatch.setattr(token_store, "_SHARD", 2)
    special = settings.across_documents
    Tokens.write(tmp_path / "tokens", pages(60), tokenizer, special=special)
    mapped = Tokens.load(tmp_path / "tokens")
    assert len(mapped.parts) > 4
    assert mapped.parts[0].dtype == np.uint16
    other = BlockedText(mapped, TokenKinds.of(tokenizer), settings)
    assert other.tokens == whole.tokens
    assert other.fingerprint() == whole.fingerprint()
    for number in (0, 1):
        blocks = zip(whole.epoch(number), other.epoch(number), strict=True)
        assert all((one == two).all() for one, two in blocks)
    changed = [*pages(60)[:-1], TeamDocument("x", ("the committee will meet",))]
    assert BlockedText.of(changed, tokenizer, settings).fingerprint() != whole.fingerprint()


def test_no_block_begins_inside_a_word_or_reaches_over_a_document(tiny_model: Path) -> None:
    _, tokenizer = load_pretrained(tiny_model)
    settings = make({"block_tokens": 16})
    documents = pages(40)
    text = BlockedText.of(documents, tokenizer, settings)
    ends = np.cumsum(
        [len(tokenizer(d.text, add_special_tokens=False).input_ids) for d in documents]
    )
    starts_word = text.kinds.starts_word
    bounds = text.epoch(2).bounds.tolist()
    assert len(bounds) > len(documents)
    for begin, end in bounds:
        assert np.searchsorted(ends, begin, side="right") == np.searchsorted(ends, end)
        assert starts_word[text.epoch(2)._tokens.between(begin, begin + 1)[0]]
        assert 8 <= end - begin <= 14 + 14 // 2


def test_rows_of_workers_are_those_of_a_thread(tiny_model: Path) -> None:
    _, tokenizer = load_pretrained(tiny_model)
    settings = make({"block_tokens": 32})
    text = BlockedText.of(pages(30), tokenizer, settings)
    rows = EpochRows(text.epoch(0), Masking(text.kinds, "bert", settings), 0)
    batches = [range(begin, begin + 4) for begin in range(0, 20, 4)]
    made = [[row.ids for row in batch] for batch in ahead(rows, batches)]
    assert made == [[rows[place].ids for place in places] for places in batches]
    assert [[row.ids for row in batch] for batch in ahead(rows, batches, workers=2)] == made


def test_grams_counted_share_by_share_are_those_counted_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    stream = (rng.zipf(1.4, size=6000) % 50).astype(np.uint16)
    ends = np.append(np.sort(rng.integers(6000, size=40)), 6000)
    for pattern in (*PATTERNS, *PASSAGES):
        once = count_grams(stream, pattern, Pruning(2, 0.0, 0.0, 2), ends)
        with monkeypatch.context() as patch:
            patch.setattr(grams, "_AT_ONCE", 700)
            shared = count_grams(stream, pattern, Pruning(2, 0.0, 0.0, 2), ends, tmp_path)
        assert len(once.words)
        assert all((one == two).all() for one, two in zip(once, shared, strict=True))
    assert list(tmp_path.iterdir()) == []


def test_no_more_is_held_out_than_tells_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("midword_training.documents.splitting.ENOUGH", 5000)
    documents = pages(300)
    train, held = split(documents, 0.3, seed=1)
    assert 2500 < sum(document.size for document in held) < 7000
    assert len(train) > 280


def test_a_source_is_known_by_its_files(docs: Path, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one")
    before = identity(str(tmp_path))
    assert identity(str(tmp_path)) == before == identity(f"{tmp_path}/*.md")
    (tmp_path / "a.md").write_text("other")
    assert identity(str(tmp_path)) != before
    assert identity("hub:a/b") == [("hub:a/b", 0, 0)]


OPTIONS: dict[str, Any] = {"block_tokens": 32, "batch": 8, "threads": 1, "epochs": 2}


def test_what_was_prepared_is_taken_up_while_nothing_changed(
    docs: Path, tiny_model: Path, tmp_path: Path
) -> None:
    folder, settings = tmp_path / "run" / "prepared", make(OPTIONS)
    key = key_of([str(docs)], [], settings, tiny_model)
    prepare(folder, key, [str(docs)], [], settings, tiny_model, 1)
    assert {path.name for path in folder.iterdir()} == {
        "prepared.json",
        "start",
        "tokens",
        "validation",
        "words",
    }  # the text is gone
    found = Prepared.load(folder, key)
    assert found is not None and found == Prepared.load(folder)
    assert found.documents.train.documents and "kubelet" in found.added
    for changed in ({"seed": 1}, {"word_count": 9}, {"redact": False}):
        other = key_of([str(docs)], [], make({**OPTIONS, **changed}), tiny_model)
        assert Prepared.load(folder, other) is None
    assert key_of([str(docs)], [], make({**OPTIONS, "batch": 16}), tiny_model) == key


def test_nothing_is_left_of_what_could_not_be_prepared(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Only a few words are here.")
    with pytest.raises(UserError, match="words to learn from"):
        settings = make(OPTIONS)
        prepare(tmp_path / "run" / "p", "k", [str(tmp_path)], [], settings, tiny_model, 1)
    assert not (tmp_path / "run").exists()


def test_a_resumed_run_reads_no_document_again(
    docs: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def dies(*_: Any) -> tuple[float, int]:
        raise Killed

    def again(*_: Any) -> None:
        raise AssertionError("prepared again")

    options: dict[str, Any] = {"model": tiny_model, "settings": make(OPTIONS), "simulate_words": 0}
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(loops.Loop, "update", dies)
        finetune([str(docs)], tmp_path / "out", **options)
    monkeypatch.setattr(preparing, "prepare", again)
    finetune([str(docs)], tmp_path / "out", **options)
    assert (tmp_path / "out" / "phrases.npz").is_file()
    assert finetuning.store.manifest_of(tmp_path / "out") is not None


def test_a_disk_that_fills_while_preparing_is_named(
    docs: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Tokens, "write", full)
    with pytest.raises(UserError, match="No space left"):
        finetune([str(docs)], tmp_path / "out", model=tiny_model, settings=make(OPTIONS))
    assert list(tmp_path.iterdir()) == []
