from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

import tiny_models
from midword_training.corpus import Document
from midword_training.masking import TokenKinds
from midword_training.vocabulary import WordCount, count_words, domain_words, enlarge


@pytest.fixture
def tiny(tmp_path: Path) -> tuple[Any, Any]:
    folder = tiny_models.build(tmp_path, steps=1)
    return AutoModelForMaskedLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)


DOCUMENTS = [
    Document("We can't deploy the server. The kubelet can't restart.", "a"),
    Document("A kubelet restarts; it's Tom's long-term plan, can't wait.", "b"),
    Document("The kubelet", "b"),
]


def test_words_are_counted_with_their_spread() -> None:
    counts = {count.word: count for count in count_words(DOCUMENTS)}
    assert counts["can't"] == WordCount("can't", 3, 2, 2)
    assert counts["kubelet"] == WordCount("kubelet", 3, 3, 2)
    assert counts["long-term"].count == 1
    halved = {count.word: count.count for count in count_words(DOCUMENTS, lambda _: 0.5)}
    assert halved["kubelet"] == 1.5


def test_only_words_in_pieces_get_a_row(tiny: tuple[Any, Any]) -> None:
    words = domain_words(count_words(DOCUMENTS), tiny[1], min_count=1, min_documents=1)
    found = {word.word for word in words}
    assert {"can't", "kubelet", "it's", "long-term"} <= found
    assert not {"the", "server", "tom's", "tom"} - {"tom"} & found


def test_the_spread_that_is_asked_for_holds(tiny: tuple[Any, Any]) -> None:
    counts = count_words(DOCUMENTS)
    words = domain_words(counts, tiny[1], min_count=2, min_documents=3, min_sources=2)
    assert [word.word for word in words] == ["kubelet"]


def test_compounds_are_limited(tiny: tuple[Any, Any]) -> None:
    counts = [WordCount(f"long-te{letter}m", 9, 9, 9) for letter in "abcd"]
    assert len(domain_words(counts, tiny[1], compound_limit=2)) == 2


def enlarged(tiny: tuple[Any, Any], *words: str) -> tuple[Any, Any]:
    return enlarge(*tiny, [WordCount(word, 10, 9, 9) for word in words], total=1000)


def test_new_words_are_one_token_and_others_stay(tiny: tuple[Any, Any]) -> None:
    before = tiny[1]
    _, tokenizer = enlarged(tiny, "kubelet", "can't", "long-term")
    for word in ("kubelet", "can't", "long-term", "Kubelet", "CAN'T"):
        assert tokenizer.tokenize(word) == [word.lower()]
    for text in ("the server's plan, on Monday.", "kube let, can t", "cant long"):
        assert tokenizer(text)["input_ids"] == before(text)["input_ids"]


def test_offsets_point_at_the_words(tiny: tuple[Any, Any]) -> None:
    _, tokenizer = enlarged(tiny, "kubelet", "can't")
    text = "The Kubelet, it Can't wait"
    offsets = tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    assert {"Kubelet", "Can't"} <= {text[start:end] for start, end in offsets}


def test_a_new_row_starts_as_the_mean_of_its_pieces(tiny: tuple[Any, Any]) -> None:
    model, before = tiny
    pieces = before("kubelet", add_special_tokens=False)["input_ids"]
    rows = model.get_input_embeddings().weight.detach().clone()
    bias = model.get_output_embeddings().bias.detach().clone()
    model, tokenizer = enlarged(tiny, "kubelet")
    row = tokenizer.convert_tokens_to_ids("kubelet")
    weight = model.get_input_embeddings().weight
    assert torch.allclose(weight[row], rows[pieces].mean(0))
    assert torch.equal(weight[: len(rows)], rows)
    assert model.get_output_embeddings().weight is weight
    assert model.get_output_embeddings().bias[row].exp().item() == pytest.approx(0.01)
    assert torch.equal(model.get_output_embeddings().bias[: len(bias)], bias)


def test_the_pair_survives_saving(tiny: tuple[Any, Any], tmp_path: Path) -> None:
    model, tokenizer = enlarged(tiny, "kubelet", "can't")
    for part in (model, tokenizer):
        part.save_pretrained(tmp_path / "saved")
    again = AutoTokenizer.from_pretrained(tmp_path / "saved")
    ids = again("The kubelet can't", return_tensors="pt")
    assert ids["input_ids"].tolist() == [tokenizer("The kubelet can't")["input_ids"]]
    loaded = AutoModelForMaskedLM.from_pretrained(tmp_path / "saved")
    assert torch.allclose(loaded.eval()(**ids).logits, model.eval()(**ids).logits, atol=1e-5)


@pytest.mark.parametrize("family", ["albert", "roberta"])
def test_unigram_and_byte_level_vocabularies_grow_too(tmp_path: Path, family: str) -> None:
    folder = tiny_models.build(tmp_path, family, steps=1)
    model = AutoModelForMaskedLM.from_pretrained(folder)
    before = AutoTokenizer.from_pretrained(folder)
    pieces = before(" kubelet", add_special_tokens=False)["input_ids"]
    mean = model.get_input_embeddings().weight[pieces].mean(0).detach()
    model, tokenizer = enlarged((model, before), "kubelet", "zonify")
    (row,) = tokenizer(" kubelet", add_special_tokens=False)["input_ids"]
    assert row >= len(before)
    assert torch.allclose(model.get_input_embeddings().weight[row], mean)
    text = "the committee"
    assert tokenizer(text)["input_ids"] == before(text)["input_ids"]
    ids = np.array(tokenizer("the kubelet restarts", add_special_tokens=False)["input_ids"])
    kinds = TokenKinds.of(tokenizer)
    assert kinds.letters[row] and kinds.starts_word[row]
    assert row in ids[kinds.words(ids)[0]]
