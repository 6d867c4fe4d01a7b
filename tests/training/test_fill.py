"""Filling masks, and variants of texts for data augmentation."""

import json
from pathlib import Path

import pytest

from midword.errors import UserError
from midword.model.loading import load
from midword.model.masked_lm import MaskedLM
from midword_training.fill import Resampling, augment, command, fill, variants

TEXT = "the committee will meet on tuesday to [MASK] the budget"


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> MaskedLM:
    return load(tiny_model, runtime="onnx-fp32")


def test_masks_get_words_and_probabilities(model: MaskedLM) -> None:
    (mask,) = fill(model, TEXT)
    assert mask[0].word == "discuss"
    assert mask[0].text == TEXT.replace("[MASK]", "discuss")
    assert 1 >= mask[0].probability > mask[1].probability > 0
    assert len(fill(model, "the <mask> will [MASK] the plan", limit=2)) == 2
    with pytest.raises(UserError, match=r"\[MASK\]"):
        fill(model, "no mask")


def test_variants_are_drawn_from_a_seed(model: MaskedLM) -> None:
    wanted = Resampling(rate=0.3, seed=1)
    text = "The Committee will meet on TUESDAY, 12 May 2024, to discuss the budget."
    first = list(variants(model, text, 4, wanted))
    assert first == list(variants(model, text, 4, wanted))
    assert len(set(first)) > 1
    for variant in first:
        assert variant.count(" ") == text.count(" ")
        assert variant[0].isupper()
        assert " 12 " in variant and " 2024, " in variant
    assert "[MASK]" not in next(variants(model, TEXT, 1, wanted))


def test_a_file_of_records_is_augmented_whole_or_not_at_all(
    model: MaskedLM, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps({"text": TEXT, "label": 1}) + "\n\n")
    argv = ["--jsonl", str(source), str(target), "--variants", "3", "--model", str(tiny_model)]
    assert command(argv) == 0
    assert "3 records" in capsys.readouterr().out
    records = [json.loads(line) for line in target.read_text().splitlines()]
    assert [record["label"] for record in records] == [1, 1, 1]
    target.unlink()
    source.write_text(json.dumps({"text": TEXT}) + "\n{}\n")
    with pytest.raises(UserError, match="line 2"):
        augment(model, source, target, count=1, wanted=Resampling())
    assert list(tmp_path.iterdir()) == [source]
    with pytest.raises(UserError, match="No such file"):
        augment(model, tmp_path / "none", target, count=1, wanted=Resampling())


def test_the_command_prints_a_list(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command([TEXT, "--model", str(tiny_model), "--limit", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].split()[1] == "discuss"
    assert command([TEXT, "--model", str(tiny_model), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0][0]["word"] == "discuss"
