import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers
import torch
import transformers
from transformers import AutoModelForMaskedLM, AutoTokenizer

import tiny_models
from midword.model.vocabulary import Vocabulary
from midword_training.masked.masking import TokenKinds
from midword_training.pretraining.corpora import CorpusDocument
from midword_training.pretraining.corpus_words import count_words, domain_words
from midword_training.words.vocabulary import WordCount, enlarge


@pytest.fixture
def tiny(tmp_path: Path) -> tuple[Any, Any]:
    folder = tiny_models.build(tmp_path, steps=1)
    return AutoModelForMaskedLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)


DOCUMENTS = [
    CorpusDocument("We can't deploy the server. The kubelet can't restart.", "a"),
    CorpusDocument("A kubelet restarts; it's Tom's long-term plan, can't wait.", "b"),
    CorpusDocument("The kubelet", "b"),
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


def jargon(tokenizer: Any, count: int = 200) -> list[str]:
    """Words that a tokenizer breaks, among them those that it has, but only inside of words."""
    rng = random.Random(1)
    parts = ["ku", "zo", "be", "tri", "mor", "let", "fex", "lan", "sup", "ort"]
    inside = {t for t in tokenizer.get_vocab() if t.isascii() and t.isalpha() and len(t) > 2}
    made = {"".join(rng.choices(parts, k=rng.randint(2, 4))) for _ in range(2 * count)}
    words = [*sorted(inside), *sorted(made)]
    return [w for w in words if len(tokenizer.tokenize(" " + w)) > 1][:count]


def roberta() -> Any:
    """As transformers' own class builds it anew from the vocabulary and the merges."""
    spec = json.loads(tiny_models.byte_level_bpe().backend_tokenizer.to_str())["model"]
    merges = [tuple(merge) for merge in spec["merges"]]
    return transformers.RobertaTokenizer(vocab=spec["vocab"], merges=merges)


def modernbert() -> Any:
    """Byte-level BPE with added tokens behind the vocabulary."""
    tokenizer = tiny_models.byte_level_bpe()
    tokenizer.add_tokens([f"[unused{number}]" for number in range(7)])
    return tokenizer


def mpnet() -> Any:
    """WordPiece whose [MASK] stands behind the vocabulary."""
    words = ["<s>", "<pad>", "</s>", "[UNK]", "the", "team", *"abcdefghijklmnopqrstuvwxyz"]
    words += ["##" + letter for letter in "abcdefghijklmnopqrstuvwxyz"]
    return transformers.MPNetTokenizer(vocab={word: i for i, word in enumerate(words)})


@pytest.mark.parametrize(
    "build", [roberta, modernbert, mpnet, tiny_models.of_bert, tiny_models.unigram]
)
def test_each_word_gets_its_own_row(build: Callable[[], Any], tmp_path: Path) -> None:
    before = build()
    words = jargon(before)
    compounds = [] if build is tiny_models.unigram else ["can't", "long-term"]
    assert len(words) > 150
    model = _any_model(before)
    rows = model.get_input_embeddings().weight.detach().clone()
    counts = [WordCount(w, 10 + i, 9, 9) for i, w in enumerate([*words, *compounds])]
    model, tokenizer = enlarge(model, before, counts, total=10_000)
    tokenizer.save_pretrained(tmp_path)
    served = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    weight = model.get_input_embeddings().weight
    bias = model.get_output_embeddings().bias
    known = Vocabulary.from_file(tmp_path / "tokenizer.json")
    for word in counts:
        (row,) = tokenizer(" " + word.word, add_special_tokens=False)["input_ids"]
        assert served.encode(f"x {word.word}, x", add_special_tokens=False).ids.count(row) == 1
        pieces = before(" " + word.word, add_special_tokens=False)["input_ids"]
        assert torch.allclose(weight[row], rows[pieces].mean(0), atol=1e-6), word
        assert bias[row].exp().item() == pytest.approx(word.count / 10_000)
        assert row in known.ids[known.find(word.word)]
    for word in words:
        text = f"the {word} team"
        assert tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"]) == text
    # What is not made of the words is read as it was, and nothing but them can be suggested.
    for text in tiny_models.SENTENCES if build is not mpnet else ["a b c"]:
        assert tokenizer(text)["input_ids"] == before(text)["input_ids"]
    before.save_pretrained(tmp_path / "before")
    already = Vocabulary.from_file(tmp_path / "before" / "tokenizer.json")
    assert set(known.keys) - set(already.keys) <= {word.word for word in counts}


def test_byte_level_words_are_words_to_masking_too() -> None:
    before = roberta()
    tokenizer = enlarged((_any_model(before), before), "kubelet", "zonify")[1]
    ids = np.array(tokenizer("the kubelet restarts", add_special_tokens=False)["input_ids"])
    (row,) = tokenizer(" kubelet", add_special_tokens=False)["input_ids"]
    kinds = TokenKinds.of(tokenizer)
    assert kinds.letters[row] and kinds.starts_word[row]
    assert row in ids[kinds.words(ids)[0]]


def _any_model(tokenizer: Any) -> Any:
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
    )
    return transformers.BertForMaskedLM(config)
