import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from transformers import AutoModelForMaskedLM

import tiny_models
from midword.model.ort import onnxruntime
from midword_training.exporting import export as exporting
from midword_training.exporting import outliers
from midword_training.exporting.export import export

OUTLIER = 7


@pytest.fixture(scope="module")
def strong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny BERT, one of whose neurons fires much more strongly than the others."""
    folder = tiny_models.build(tmp_path_factory.mktemp("strong") / "model", steps=20)
    model = AutoModelForMaskedLM.from_pretrained(folder)
    layer = model.bert.encoder.layer[0]
    with torch.no_grad():
        layer.intermediate.dense.weight *= 8.0  # so that the other neurons matter
        layer.output.dense.weight *= 8.0
        layer.intermediate.dense.bias[OUTLIER] = 1000.0
        layer.output.dense.weight[:, OUTLIER] /= 8000.0
    model.save_pretrained(folder)
    return folder


def body(folder: Path, name: str) -> np.ndarray[Any, Any]:
    """What a body returns for a few fixed rows."""
    session = onnxruntime.InferenceSession(
        str(folder / f"body.{name}.onnx"), providers=["CPUExecutionProvider"]
    )
    width = session.get_inputs()[0].shape[2]
    embeddings = np.random.default_rng(1).normal(size=(4, 12, width)).astype(np.float32)
    inputs = {
        "inputs_embeds": embeddings,
        "attention_mask": np.ones((4, 12), dtype=np.int64),
        "mask_index": np.arange(4),
    }
    return np.asarray(session.run(None, inputs)[0])


def error(folder: Path) -> float:
    """How far the int8 body is from the fp32 one, in relation to its size."""
    exact = body(folder, "fp32")
    return float(np.linalg.norm(body(folder, "int8") - exact) / np.linalg.norm(exact))


def test_an_outlier_does_not_spoil_the_other_neurons_int8(
    strong: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(strong, int8=True, fp32=True)
    with_care = error(strong)
    monkeypatch.setattr(exporting, "keep_outliers", lambda path, samples: [])
    export(strong, int8=True, fp32=True)
    assert with_care < 0.5 * error(strong)


def test_taking_outliers_out_changes_nothing_but_rounding(
    strong: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(strong, int8=False, fp32=True)
    before = body(strong, "fp32")
    monkeypatch.setattr(
        exporting,
        "_quantize",
        lambda fused, path, exact: (path.write_bytes(fused.read_bytes()), taken.extend(exact)),
    )
    taken: list[str] = []
    export(strong, int8=True, fp32=True)
    assert len(taken) == 2
    assert body(strong, "int8") == pytest.approx(before, abs=1e-4)


def test_weights_that_layers_share_stay_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny_models.build(tmp_path / "model", "albert", steps=20)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_act": "gelu"}))
    monkeypatch.setattr(outliers, "_BEYOND", 0.0)  # every neuron would be one
    export(folder, int8=True, fp32=True)
    assert "BiasGelu" in nodes(folder / "body.fp32.onnx").values()
    assert not [name for name in nodes(folder / "body.int8.onnx") if "outliers" in name]


def nodes(path: Path) -> dict[str, str]:
    """The operation of each node of a body, by its name."""
    return {node.name: node.op_type for node in onnx.load(str(path)).graph.node}
