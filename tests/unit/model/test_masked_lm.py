"""Gaps are asked of real tiny models of each family, through each runtime."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

import hostile_models
import tiny_models
from midword.model.errors import ModelError
from midword.model.loading import load
from midword.model.manifest import Manifest
from midword.model.masked_lm import Gap, MaskedLM

GAPS = [
    Gap("the committee will meet on tuesday to ", " the budget"),
    Gap("", " committee will meet on monday"),
    Gap("she closed the ", ""),
    Gap("", ""),
    Gap("the garden behind the house is full of " * 40, " are red and yellow" * 40),
]


@pytest.mark.parametrize("family", tiny_models.FAMILIES)
def test_the_cpu_runtime_says_what_transformers_says(
    build_model: Callable[[str], Path], family: str
) -> None:
    folder = build_model(family)
    expected = _by_transformers(folder, GAPS[0])
    model = load(folder, runtime="onnx-fp32")
    (found,) = model.word_probabilities(GAPS[:1])  # the words' product is in int8
    assert found.sum() == pytest.approx(1, abs=1e-4)
    of_words = torch.tensor(expected[model.vocabulary.ids]).log_softmax(0)
    np.testing.assert_allclose(np.log(found), of_words, atol=0.03 * float(np.ptp(expected)))
    words = [form for form in model.vocabulary.forms if len(model.pieces(form)) == 1][:50]
    wanted = torch.tensor(expected).log_softmax(0)[[model.pieces(word)[0] for word in words]]
    np.testing.assert_allclose(model.score_words(GAPS[0], words), wanted, atol=2e-4)


@pytest.mark.parametrize("family", tiny_models.FAMILIES)
def test_the_runtimes_agree(build_model: Callable[[str], Path], family: str) -> None:
    folder = build_model(family)
    fp32 = _logarithms(load(folder, runtime="onnx-fp32"))
    by_torch = _logarithms(load(folder, runtime="torch", device="cpu"))
    np.testing.assert_allclose(by_torch, fp32, atol=0.03 * float(np.ptp(by_torch)))
    int8 = _logarithms(load(folder, runtime="onnx-int8"))
    assert np.corrcoef(int8.ravel(), fp32.ravel())[0, 1] > 0.99


def test_gaps_together_are_the_gaps_alone(tiny_model: Path) -> None:
    model = load(tiny_model, runtime="onnx-fp32")
    together = model.word_probabilities(GAPS)
    assert [row.shape for row in together] == [(len(model.vocabulary),)] * len(GAPS)
    for gap, row in zip(GAPS, together, strict=True):
        np.testing.assert_allclose(model.word_probabilities([gap])[0], row, atol=1e-4)


def test_both_sides_count(tiny_model: Path) -> None:
    model = load(tiny_model)

    def best(left: str, right: str) -> str:
        (found,) = model.word_probabilities([Gap(left, right)])
        return model.vocabulary.keys[int(found.argmax())]

    left = "the committee will meet on tuesday to "
    assert best(left, " the budget") == "discuss"
    assert best("the ", " in the garden are red and yellow") == "flowers"
    assert best("the server ", " the request and writes the result") == "answers"
    assert best("the client ", " the request and reads the result") == "sends"


def test_a_words_pieces_are_scored_from_the_left(tiny_model: Path) -> None:
    model = load(tiny_model, runtime="onnx-fp32")
    gap = GAPS[0]
    scores = model.score_words(gap, ["discuss", "budgets", "garden"])
    assert scores.shape == (3,)
    assert scores[0] > scores[2]
    # One piece: the mask's own log-probability over all tokens.
    logits = torch.tensor(_by_transformers(tiny_model, gap))
    (piece,) = model.pieces("discuss")
    assert scores[0] == pytest.approx(float(logits.log_softmax(0)[piece]), abs=1e-4)
    # Two pieces: the first with two masks, the second given the first.
    first, *rest = model.pieces("budgets")
    assert rest
    assert np.isfinite(scores[1])
    assert model.score_words(gap, []).shape == (0,)
    assert first == model.pieces("budget")[0]


def test_without_a_manifest_torch_runs_it(tiny_model: Path, tmp_path: Path) -> None:
    folder = _copy(tiny_model, tmp_path)
    (folder / "midword.json").unlink()
    model = load(folder)
    assert (model.runtime, model.device) == ("torch", "cpu")
    (found,) = model.word_probabilities(GAPS[:1])
    expected = _by_transformers(tiny_model, GAPS[0])[model.vocabulary.ids]
    np.testing.assert_allclose(np.log(found), torch.tensor(expected).log_softmax(0), atol=2e-4)


def test_auto_prefers_the_small_body(tiny_model: Path) -> None:
    assert load(tiny_model).runtime == "onnx-int8"


def _damage_body(folder: Path) -> None:
    (folder / "body.int8.onnx").write_bytes(b"not a model")


def _lose_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def _lose_body(folder: Path) -> None:
    (folder / "body.int8.onnx").unlink()


def _newer_format(folder: Path) -> None:
    _change(folder, format=99)


def _unknown_field(folder: Path) -> None:
    _change(folder, surprise=1)


def _no_words(folder: Path) -> None:
    path = folder / "tokenizer.json"
    description = json.loads(path.read_text())
    description["model"]["vocab"] = {"[UNK]": 0, "##a": 1}
    path.write_text(json.dumps(description))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_damage_body, "can't be run"),
        (_lose_weights, "missing"),
        (_lose_body, "missing"),
        (_newer_format, "upgrade Midword"),
        (_unknown_field, "damaged"),
        (_no_words, "no whole words"),
    ],
)
def test_each_damage_has_a_message(
    tiny_model: Path, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    folder = _copy(tiny_model, tmp_path)
    damage(folder)
    with pytest.raises(ModelError, match=said):
        load(folder, runtime="onnx-int8")


def test_what_is_not_there_is_said(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match="unknown"):
        load(tiny_model, runtime="onnx-int4")
    if not torch.cuda.is_available():
        with pytest.raises(ModelError, match="set device to auto or cpu"):
            load(tiny_model, device="cuda")


def test_damage_is_found_by_checksum(tiny_model: Path, tmp_path: Path) -> None:
    folder = _copy(tiny_model, tmp_path)
    manifest = Manifest.read(folder)
    assert manifest.damaged(folder) == []
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    (folder / "config.json").unlink()
    assert sorted(manifest.damaged(folder)) == ["config.json", "model.safetensors"]


def _copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "model"))


def _change(folder: Path, **fields: object) -> None:
    path = folder / "midword.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def _logarithms(model: MaskedLM) -> np.ndarray:
    return np.log(np.stack(model.word_probabilities(GAPS)))


def _by_transformers(folder: Path, gap: Gap) -> np.ndarray:
    """Logits over all tokens at the mask, as transformers alone computes them."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForMaskedLM.from_pretrained(folder).eval()
    manifest = Manifest.read(folder)
    left = tokenizer(gap.left.rstrip(), add_special_tokens=False)["input_ids"]
    right = tokenizer(gap.right, add_special_tokens=False)["input_ids"]
    ids = [manifest.begin_id, *left, manifest.mask_id, *right, manifest.end_id]
    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([ids])).logits
    return np.asarray(logits[0, 1 + len(left)].numpy())


@pytest.mark.parametrize(
    "damage",
    [hostile_models.gives_nan, hostile_models.gives_another_shape, hostile_models.panics],
)
def test_a_pass_that_fails_is_a_message(
    tiny_model: Path, tmp_path: Path, damage: hostile_models.Damage
) -> None:
    """Whatever was found out about the model before: a file can do well once."""
    folder = _copy(tiny_model, tmp_path)
    damage(folder)
    model = load(folder, runtime="onnx-int8")
    with pytest.raises(ModelError, match="fails while it reads"):
        model.word_probabilities(GAPS)
    with pytest.raises(ModelError, match="fails while it reads"):
        model.score_words(GAPS[0], ["discuss"])


def test_a_row_longer_than_the_positions_is_a_message(tiny_model: Path, tmp_path: Path) -> None:
    folder = _copy(tiny_model, tmp_path)
    _change(folder, length=2000)
    model = load(folder)
    with pytest.raises(ModelError, match="fails while it reads"):
        model.word_probabilities([Gap("the garden " * 4000, "")])
