"""A server that speaks the protocol and answers nonsense."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from tritonclient.grpc import service_pb2, service_pb2_grpc

from midword.model.errors import ModelError
from midword.model.loading import load
from midword.model.masked_lm import Gap
from midword.model.vocabulary import tokenizer_number

KINDS = {"i4": "INT32", "i8": "INT64", "f2": "FP16", "f4": "FP32"}
GAP = Gap("the committee will meet on tuesday to ", " the budget")


class Liar(service_pb2_grpc.GRPCInferenceServiceServicer):
    """Answers each row with the same parts; those in `lies` otherwise, from the third call on."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.calls = 0
        self.longest = 0  # row of token ids
        self.lies: dict[str, Any] = {}

    def ModelInfer(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        self.calls += 1
        self.longest = max(self.longest, request.inputs[0].shape[1])
        rows, asked = request.inputs[0].shape[0], request.inputs[2].shape[1]
        parts = {
            "words": np.tile(np.array([[20, 21]], "i4"), (rows, 1)),
            "log_probabilities": np.tile(np.log(np.array([[0.6, 0.3]])).astype("f2"), (rows, 1)),
            "rest": np.full((rows, 1), 0.1, "f4"),
            "asked_log_probabilities": np.full((rows, asked), -1.0, "f4"),
            "vocabulary": np.full((rows, 1), self.number, "i8"),
        }
        if self.calls > 2:
            parts |= self.lies
        answer = service_pb2.ModelInferResponse()
        for name, values in parts.items():
            if values is None:
                continue
            tensor = answer.outputs.add(name=name, datatype=KINDS[values.dtype.str[1:]])
            tensor.shape.extend(values.shape)
            answer.raw_output_contents.append(values.tobytes())
        return answer


@pytest.fixture
def liar(tiny_model: Path) -> Iterator[tuple[Liar, str]]:
    """A liar, and where it listens."""
    server = grpc.server(futures.ThreadPoolExecutor(2))
    liar = Liar(tokenizer_number(tiny_model / "tokenizer.json"))
    service_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(liar, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield liar, f"grpc://127.0.0.1:{port}"
    server.stop(None)


def test_what_it_says_counts_while_it_makes_sense(
    liar: tuple[Liar, str], tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("midword.model.box.PATIENCE", 30.0)
    model = load(tiny_model, runtime="remote", endpoint=liar[1])
    (found,) = model.word_probabilities([GAP])
    assert not model.trouble
    ids = list(model.vocabulary.ids)
    assert found[ids.index(20)] == pytest.approx(0.6, abs=1e-3)
    assert found[ids.index(21)] == pytest.approx(0.3, abs=1e-3)
    others = np.delete(found, [ids.index(20), ids.index(21)])
    assert others.sum() == pytest.approx(0.1, abs=1e-3)
    assert others.min() == others.max(), "what is left is shared evenly"
    assert model.score_words(GAP, ["discuss"]).tolist() == [-1.0]
    # Ids that are no words of ours, or none at all.
    liar[0].lies = {"words": np.array([[20, 1 << 30]], "i4")}
    (found,) = model.word_probabilities([GAP])
    assert found.sum() == pytest.approx(1, abs=1e-5)
    assert found.argmax() == ids.index(20)


LIES: dict[str, dict[str, Any]] = {
    "no words": {"words": None},
    "no rows": {"words": np.empty((0, 2), "i4")},
    "too many rows": {"rest": np.full((9, 1), 0.1, "f4")},
    "flat": {"rest": np.full(1, 0.1, "f4")},
    "no numbers": {"log_probabilities": np.full((1, 2), np.nan, "f2")},
    "endless": {"rest": np.full((1, 1), np.inf, "f4")},
    "words alone": {"words": np.full((1, 9), 20, "i4")},
    "other types": {"words": np.full((1, 2), 20.5, "f4")},
    "likelier than sure": {"log_probabilities": np.full((1, 2), 9.0, "f2")},
    "another vocabulary": {"vocabulary": np.full((1, 1), 1, "i8")},
}


@pytest.mark.parametrize("lies", LIES.values(), ids=LIES)
def test_answers_that_are_none(
    liar: tuple[Liar, str],
    tiny_model: Path,
    lies: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("midword.model.box.PATIENCE", 30.0)
    model = load(tiny_model, runtime="remote", endpoint=liar[1])
    assert not model.trouble
    liar[0].lies = lies
    (found,) = model.word_probabilities([GAP])
    assert model.trouble
    assert model.device == "cpu"
    (wanted,) = load(tiny_model).word_probabilities([GAP])
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert "committee" not in caplog.text


def test_rows_are_read_together(
    liar: tuple[Liar, str], build_model: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("midword.model.box.PATIENCE", 30.0)
    model = load(build_model("bert"), runtime="remote", endpoint=liar[1])
    before = liar[0].calls
    assert len(model.word_probabilities([GAP] * 20)) == 20
    assert liar[0].calls == before + 2


def test_no_server_to_ask(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match=r"midword\.endpoint"):
        load(tiny_model, runtime="remote")
    with pytest.raises(ModelError, match="can't be used"):
        load(tiny_model, runtime="remote", endpoint="box:8001")


def test_rows_of_a_long_model_are_cut(
    liar: tuple[Liar, str], tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("midword.model.box.PATIENCE", 30.0)
    folder = Path(shutil.copytree(tiny_model, tmp_path / "long"))
    described = json.loads((folder / "midword.json").read_text())
    (folder / "midword.json").write_text(json.dumps({**described, "length": 128}))
    model = load(folder, runtime="remote", endpoint=liar[1])
    assert model.word_probabilities([Gap("the garden " * 400, "")])
    assert not model.trouble
    assert liar[0].longest == 64
