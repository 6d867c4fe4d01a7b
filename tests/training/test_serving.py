"""A model for an inference server says what the model folder says, whatever its family."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import tiny_models
from midword.model.errors import ModelError
from midword.model.loading import load
from midword.model.masked_lm import Gap
from midword.model.ort import onnxruntime
from midword.model.vocabulary import tokenizer_number
from midword_training.serving.command import command
from midword_training.serving.repository import Serving, write_repository

GAP = Gap("the committee will meet on tuesday to ", " the budget")


@pytest.mark.parametrize("family", tiny_models.FAMILIES)
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_the_network_says_what_the_model_says(
    build_model: Callable[[str], Path], family: str, device: str, tmp_path: Path
) -> None:
    folder = build_model(family)
    serving = Serving(device=device, words=30)  # type: ignore[arg-type]
    network = write_repository(folder, tmp_path, serving) / "1" / "model.onnx"
    model = load(folder, runtime="torch", device="cpu")
    row, place = model._row(*model._encode(GAP), masks=1)
    short, other = model._row(*model._encode(Gap("the ", "")), masks=1)
    pieces = [model.pieces(word)[0] for word in ("discuss", "garden")]
    session = onnxruntime.InferenceSession(str(network), providers=["CPUExecutionProvider"])
    words, logs, rest, numbers, asked = session.run(
        ["words", "log_probabilities", "rest", "vocabulary", "asked_log_probabilities"],
        {
            "ids": np.array([row, short + [-1] * (len(row) - len(short))], np.int32),
            "place": np.array([[place], [other]], np.int32),
            "asked": np.array([pieces, [-1, -1]], np.int32),
        },
    )
    atol = 1e-3 if device == "cuda" else 0.06  # fp32, or in int8
    for number, gap in enumerate((GAP, Gap("the ", ""))):
        (wanted,) = model.word_probabilities([gap])
        places = {int(token): at for at, token in enumerate(model.vocabulary.ids)}
        at = [places[int(token)] for token in words[number]]
        assert len(set(at)) == 30
        found = np.exp(logs[number].astype(np.float32))
        np.testing.assert_allclose(found, wanted[at], atol=atol)
        assert found.sum() + rest[number, 0] == pytest.approx(1, abs=1e-3)
        assert set(at) >= set(np.argsort(-wanted)[:5])
    scores = [model.score_words(GAP, [word])[0] for word in ("discuss", "garden")]
    if all(len(model.pieces(word)) == 1 for word in ("discuss", "garden")):
        np.testing.assert_allclose(asked[0], scores, atol=10 * atol)
    assert (numbers == tokenizer_number(folder / "tokenizer.json")).all()


def test_a_repository_is_written_anew(
    build_model: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = build_model("bert")
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    always = [str(folder), "--triton", str(tmp_path), "--as", "handbook"]
    assert command([*always, "--instances", "2"]) == 0
    assert "/handbook" in capsys.readouterr().out
    assert "count: 2 kind: KIND_CPU" in (tmp_path / "handbook" / "config.pbtxt").read_text()
    assert command([*always, "--device", "cuda", "--words", "7"]) == 0
    config = (tmp_path / "handbook" / "config.pbtxt").read_text()
    assert "count: 1 kind: KIND_GPU" in config
    assert 'name: "words" data_type: TYPE_INT32 dims: [ 7 ]' in config
    other = (tmp_path / "handbook" / "configs" / "onnxruntime.pbtxt").read_text()
    assert other.startswith("# Not tested")
    assert 'backend: "onnxruntime"' in other
    assert before == {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.txt").write_text("mine")
    assert command([str(folder), "--triton", str(tmp_path), "--as", "letters"]) == 1
    assert "no model of Triton's" in capsys.readouterr().err
    assert (tmp_path / "letters" / "mine.txt").exists()
    with pytest.raises(ModelError, match="can't be a name"):
        write_repository(folder, tmp_path, Serving(name="../up"))


def test_a_tokenizers_number(build_model: Callable[[str], Path], tmp_path: Path) -> None:
    numbers = {tokenizer_number(build_model(f) / "tokenizer.json") for f in tiny_models.FAMILIES}
    assert len(numbers) >= 3  # some families share one
    path = Path(shutil.copy(build_model("bert") / "tokenizer.json", tmp_path))
    number = tokenizer_number(path)
    assert 0 <= number < 1 << 63
    text = path.read_text("utf-8")
    path.write_text(text.replace("\n", " "), "utf-8")
    assert tokenizer_number(path) == number, "it is written otherwise"
    path.write_text(text.replace('"garden"', '"gardens"'), "utf-8")
    assert tokenizer_number(path) != number
    path.write_text("[]")
    with pytest.raises(ModelError, match="is not a tokenizer"):
        tokenizer_number(path)
