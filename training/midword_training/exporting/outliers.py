"""Keep a body's outlier neurons out of its int8 products.

An int8 product shares one scale among all activations of a pass. A few neurons of a trained
network's feed-forward layers fire ten times as strongly as the rest, and leave these a tenth of the
256 steps; in `cursor-v3` one to five neurons of 1536 in each of the first five layers do, and make
half of the int8 body's whole error. So they are taken out of the two products of their layer and
computed beside them in fp32, as in LLM.int8() (Dettmers et al. 2022,
https://arxiv.org/abs/2208.07339) but chosen once: which neurons they are depends on the weights,
and random tokens show it as well as text does.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_USUAL_SHARE = 0.99  # of a layer's neurons; an outlier's peak is beyond theirs ...
_BEYOND = 1.5  # ... by this factor


@dataclass(frozen=True, slots=True)
class _Layer:
    """A feed-forward layer's nodes: product, activation (with its bias), product."""

    inner: Any
    activation: Any
    outer: Any


def keep_outliers(path: Path, samples: list[dict[str, NDArray[Any]]]) -> list[str]:
    """Rewrite a fused body so that outlier neurons are computed by products of their own.

    Args:
        path: the ONNX file; layers whose bias is not part of a `BiasGelu` stay as they are.
        samples: inputs of the body, each of one pass.

    Returns:
        The names of the products that must stay in fp32.
    """
    import onnx

    model: Any = onnx.load(str(path))
    layers = _layers(model.graph)
    peaks = _peaks(model, [layer.activation.output[0] for layer in layers], samples)
    exact: list[str] = []
    for number, (layer, peak) in enumerate(zip(layers, peaks, strict=True)):
        outliers = np.flatnonzero(peak > _BEYOND * np.quantile(peak, _USUAL_SHARE))
        if len(outliers):
            exact += _take_out(model.graph, layer, outliers, f"outliers_{number}")
    onnx.save(model, str(path))
    return exact


def _layers(graph: Any) -> list[_Layer]:
    made_by = {name: node for node in graph.node for name in node.output}
    readers = Counter(name for node in graph.node for name in node.input)
    # Weights that layers share, as ALBERT's do, cannot be changed for one of them.
    constants = {tensor.name for tensor in graph.initializer if readers[tensor.name] == 1}
    found = []
    for outer in graph.node:
        activation = made_by.get(outer.input[0]) if outer.op_type == "MatMul" else None
        if activation is None or activation.op_type != "BiasGelu":
            continue
        inner = made_by.get(activation.input[0])
        names = {outer.input[1], activation.input[1]} | ({inner.input[1]} if inner else set())
        if inner is not None and inner.op_type == "MatMul" and names <= constants:
            found.append(_Layer(inner, activation, outer))
    return found


def _peaks(
    model: Any, names: list[str], samples: list[dict[str, NDArray[Any]]]
) -> list[NDArray[np.float32]]:
    """The largest magnitude of each neuron over the samples, a [neurons] array for each name."""
    import onnx

    from midword.model.ort import onnxruntime

    if not names:
        return []
    observed = onnx.ModelProto()
    observed.CopyFrom(model)
    observed.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names
    )
    session = onnxruntime.InferenceSession(
        observed.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    passes = [session.run(names, sample) for sample in samples]
    return [
        np.max([np.abs(values).max(axis=(0, 1)) for values in of_one], axis=0)
        for of_one in zip(*passes, strict=True)
    ]


def _take_out(graph: Any, layer: _Layer, neurons: NDArray[np.int64], name: str) -> list[str]:
    """Move `neurons` of a layer to nodes beside it; returns the names of the new products."""
    from onnx import helper, numpy_helper

    tensors = {tensor.name: tensor for tensor in graph.initializer}

    def part(tensor: str, axis: int) -> str:
        """Zero the neurons' share of a weight; returns the name of that share by itself."""
        values = numpy_helper.to_array(tensors[tensor]).copy()
        own = f"{name}_{tensor}"
        graph.initializer.append(numpy_helper.from_array(values.take(neurons, axis), own))
        np.moveaxis(values, axis, 0)[neurons] = 0
        tensors[tensor].CopyFrom(numpy_helper.from_array(values, tensor))
        return own

    inner, activation, outer = layer.inner, layer.activation, layer.outer
    result, usual = outer.output[0], f"{name}_usual"
    outer.output[0] = usual
    beside = [
        helper.make_node(
            "MatMul", [inner.input[0], part(inner.input[1], 1)], [f"{name}_in"], name=f"{name}_in"
        ),
        helper.make_node(
            activation.op_type,
            [f"{name}_in", part(activation.input[1], 0)],
            [f"{name}_active"],
            name=f"{name}_active",
            domain=activation.domain,
        ),
        helper.make_node(
            "MatMul",
            [f"{name}_active", part(outer.input[1], 0)],
            [f"{name}_out"],
            name=f"{name}_out",
        ),
        helper.make_node("Add", [usual, f"{name}_out"], [result], name=f"{name}_sum"),
    ]
    place = list(graph.node).index(outer) + 1
    for offset, node in enumerate(beside):
        graph.node.insert(place + offset, node)
    return [f"{name}_in", f"{name}_out"]
