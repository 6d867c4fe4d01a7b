"""One ONNX network from token ids to words, for a server that knows no Midword.

A model folder's body begins at embeddings and ends at the vector of the mask; the embeddings
themselves lie in its safetensors file. Here all of it becomes one graph, so that a server runs a
batch in one call, on a GPU without a trip back:

    ids   int32 [rows, length]  token ids, -1 behind a row's end
    place int32 [rows, 1]       where each row's mask stands
    asked int32 [rows, any]     token ids whose probability is wanted too; -1: none

    words             int32 [rows, K]    token ids of the K likeliest whole words, in no order
    log_probabilities fp16  [rows, K]    theirs, among whole words
    rest              fp32  [rows, 1]    the probability of all other whole words together
    asked_log_probabilities fp32 [rows, any]  among all tokens
    vocabulary        int64 [rows, 1]    a number of the tokenizer, by which both ends see that they
                                         mean the same by an id
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from midword.model.manifest import Manifest
from midword.model.runtime import Ids
from midword.model.weights import Weights

FILE_NAME = "model.onnx"


def write_network(
    folder: Path, manifest: Manifest, body: Path, *, words: Ids, most: int, number: int, path: Path
) -> None:
    """Put a model's parts together.

    Args:
        folder: the model folder, with ``model.safetensors``.
        manifest: which tensors are the embeddings.
        body: the ONNX file from embeddings to the vector at the mask.
        words: token ids of the whole words.
        most: how many of the likeliest of them come back.
        number: the tokenizer's (`midword.model.vocabulary.tokenizer_number`).
        path: the file to write.
    """
    import onnx

    model: Any = onnx.load(str(body))
    graph = model.graph
    weights = Weights(folder / "model.safetensors")
    tensors = _Tensors(graph, weights)
    inputs = tensors.add(manifest.input_embeddings)
    outputs = tensors.add(manifest.output_embeddings)
    bias = None if manifest.output_bias is None else tensors.add(manifest.output_bias)
    tensors.constant("word_ids", np.asarray(words, dtype=np.int64))
    tensors.constant("nothing", np.array(0, dtype=np.int64))
    tensors.constant("whole", np.array(1, dtype=np.float32))
    tensors.constant("none", np.array(0, dtype=np.float32))
    tensors.constant("column", np.array([1], dtype=np.int64))
    tensors.constant("number", np.array([[number]], dtype=np.int64))
    tensors.constant("most", np.array([min(most, len(words))], dtype=np.int64))
    before = _nodes(
        ("Cast", ["ids"], "ids_64", {"to": _INT64}),
        ("Max", ["ids_64", "nothing"], "tokens", {}),
        ("GreaterOrEqual", ["ids_64", "nothing"], "is_token", {}),
        ("Cast", ["is_token"], "attention_mask", {"to": _INT64}),
        ("Gather", [inputs, "tokens"], "inputs_embeds", {"axis": 0}),
        ("Cast", ["place"], "place_64", {"to": _INT64}),
        ("Squeeze", ["place_64", "column"], "mask_index", {}),
    )
    after = _nodes(
        (
            "Gemm",
            ["hidden", outputs] if bias is None else ["hidden", outputs, bias],
            "logits",
            {"transB": 1},
        ),
        ("ReduceLogSumExp", ["logits"], "total", {"axes": [1], "keepdims": 1}),
        ("Cast", ["asked"], "asked_64", {"to": _INT64}),
        ("Max", ["asked_64", "nothing"], "asked_tokens", {}),
        ("GatherElements", ["logits", "asked_tokens"], "asked_logits", {"axis": 1}),
        ("Sub", ["asked_logits", "total"], "asked_log_probabilities", {}),
        ("Gather", ["logits", "word_ids"], "word_logits", {"axis": 1}),
        ("LogSoftmax", ["word_logits"], "all_words", {"axis": 1}),
    )
    after.append(
        onnx.helper.make_node(
            "TopK", ["all_words", "most"], ["likeliest", "places"], axis=1, sorted=0
        )
    )
    after += _nodes(
        ("Gather", ["word_ids", "places"], "words_64", {"axis": 0}),
        ("Cast", ["words_64"], "words", {"to": _INT32}),
        ("Cast", ["likeliest"], "log_probabilities", {"to": _FLOAT16}),
        ("Exp", ["likeliest"], "probabilities", {}),
        ("ReduceSum", ["probabilities", "column"], "covered", {"keepdims": 1}),
        ("Sub", ["whole", "covered"], "difference", {}),
        ("Max", ["difference", "none"], "rest", {}),
        ("Shape", ["place"], "one_a_row", {}),
        ("Expand", ["number", "one_a_row"], "vocabulary", {}),
    )
    nodes = [*before, *graph.node, *after]
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.input[:], graph.output[:]
    value = onnx.helper.make_tensor_value_info
    graph.input.extend(
        [
            value("ids", _INT32, ["rows", "length"]),
            value("place", _INT32, ["rows", 1]),
            value("asked", _INT32, ["rows", "any"]),
        ]
    )
    kept = min(most, len(words))
    graph.output.extend(
        [
            value("words", _INT32, ["rows", kept]),
            value("log_probabilities", _FLOAT16, ["rows", kept]),
            value("rest", _FLOAT, ["rows", 1]),
            value("asked_log_probabilities", _FLOAT, ["rows", "any"]),
            value("vocabulary", _INT64, ["rows", 1]),
        ]
    )
    onnx.save(model, str(path))


# onnx.TensorProto's numbers, which its file format fixes.
_FLOAT, _INT32, _INT64, _FLOAT16 = 1, 6, 7, 10


def _nodes(*rows: tuple[str, list[str], str, dict[str, Any]]) -> list[Any]:
    from onnx import helper

    return [
        helper.make_node(operation, inputs, [output], name=f"network_{output}", **attributes)
        for operation, inputs, output, attributes in rows
    ]


class _Tensors:
    """What a graph is given besides its inputs."""

    def __init__(self, graph: Any, weights: Weights) -> None:
        self._graph = graph
        self._weights = weights
        self._added: set[str] = set()

    def add(self, name: str) -> str:
        """A tensor of the safetensors file in fp32, once; returns its name in the graph."""
        inner = f"weights.{name}"
        if inner not in self._added:
            self._added.add(inner)
            self.constant(inner, self._weights.rows(name, slice(None)))
        return inner

    def constant(self, name: str, values: Any) -> None:
        """An array under a name."""
        from onnx import numpy_helper

        self._graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
