"""Runs a Midword model inside Triton's Python backend; copied into the model repository as it is.

It needs onnxruntime and numpy, not Midword: onnxruntime-gpu where instances stand on GPUs. Triton
hands it whatever waited while the last batch ran; rows of different lengths share a pass.
"""

import json
import os
from pathlib import Path
from typing import Any

# Before it is imported: onnxruntime 1.29 and newer report home otherwise.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["ORT_TELEMETRY_DISABLED"] = "1"

import numpy as np
import onnxruntime
import triton_python_backend_utils as triton

_MOST_ASKED = 256  # tokens of a row
_OUTPUTS = ("words", "log_probabilities", "rest", "vocabulary", "asked_log_probabilities")


class TritonPythonModel:
    """One instance: a session on the processor, or on one GPU."""

    def initialize(self, args: dict[str, str]) -> None:
        """Load the network that lies beside this file."""
        parameters = json.loads(args["model_config"])["parameters"]
        self._tokens = int(parameters["tokens"]["string_value"])
        self._length = int(parameters["length"]["string_value"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(parameters["threads"]["string_value"])
        options.inter_op_num_threads = 1
        # Spinning threads of several instances slow each other.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers: list[Any] = ["CPUExecutionProvider"]
        if args["model_instance_kind"] == "GPU":
            if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
                raise triton.TritonModelException(
                    "onnxruntime has no CUDA here: install onnxruntime-gpu, or export the model "
                    "with --device cpu"
                )
            device = {"device_id": args["model_instance_device_id"]}
            providers.insert(0, ("CUDAExecutionProvider", device))
        path = Path(args["model_repository"]) / args["model_version"] / "model.onnx"
        self._session = onnxruntime.InferenceSession(
            str(path),
            options,
            providers=providers,
            # Its kernel takes six times as long on the processor as what it replaces (1.32).
            disabled_optimizers=["SkipLayerNormFusion"],
        )
        self._run([np.zeros((1, 3), np.int32)], [np.ones((1, 1), np.int32)], [_NONE_ASKED])

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer all requests by one pass; what is no question is refused by itself."""
        answers: list[Any] = [None] * len(requests)
        good: list[int] = []  # the numbers of those that are questions
        ids: list[Any] = []
        places: list[Any] = []
        asked: list[Any] = []
        for number, request in enumerate(requests):
            parts = [_array(request, name) for name in ("ids", "place", "asked")]
            if fault := self._fault(*parts):
                error = triton.TritonError(fault, triton.TritonError.INVALID_ARG)
                answers[number] = triton.InferenceResponse(error=error)
                continue
            good.append(number)
            for kept, part in zip((ids, places, asked), parts, strict=True):
                kept.append(part)
        if good:
            found = self._run(ids, places, asked)
            begin = 0
            for number, rows, questions in zip(good, ids, asked, strict=True):
                end = begin + len(rows)
                mine = [part[begin:end] for part in found]
                mine[-1] = mine[-1][:, : questions.shape[1]]  # not what others asked
                tensors = [
                    triton.Tensor(name, np.ascontiguousarray(part))
                    for name, part in zip(_OUTPUTS, mine, strict=True)
                ]
                answers[number] = triton.InferenceResponse(output_tensors=tensors)
                begin = end
        return answers

    def _fault(self, ids: Any, place: Any, asked: Any) -> str | None:
        """Why a request can't be answered; None if it can."""
        if ids.shape[1] > self._length or asked.shape[1] > _MOST_ASKED:
            return f"a row is longer than {self._length} tokens, or asks too much"
        if ids.max() >= self._tokens or asked.max() >= self._tokens:
            return f"tokens beyond the model's {self._tokens}: another vocabulary?"
        if place.min() < 0 or (place >= (ids >= 0).sum(axis=1, keepdims=True)).any():
            return "a mask that stands outside of its row"
        return None

    def _run(self, ids: list[Any], places: list[Any], asked: list[Any]) -> list[Any]:
        """The network's outputs for several requests' rows, one under the other."""
        feed = {"ids": _stacked(ids), "place": np.concatenate(places), "asked": _stacked(asked)}
        found: list[Any] = self._session.run(_OUTPUTS, feed)
        return found


_NONE_ASKED = np.full((1, 1), -1, np.int32)


def _array(request: Any, name: str) -> Any:
    return triton.get_input_tensor_by_name(request, name).as_numpy()


def _stacked(parts: list[Any]) -> Any:
    """Arrays [rows, any] under one another, filled with -1 on the right."""
    found = np.full(
        (sum(map(len, parts)), max(part.shape[1] for part in parts)), -1, dtype=np.int32
    )
    begin = 0
    for part in parts:
        found[begin : begin + len(part), : part.shape[1]] = part
        begin += len(part)
    return found
