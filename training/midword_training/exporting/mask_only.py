"""Let an ONNX body return the vector at the mask, and compute its end for the mask alone.

Past the last attention no token reads another, so the last layer's feed-forward part and the head's
transform need one row instead of all: a seventh of a 6x384 model's pass.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

_EACH_TOKEN_BY_ITSELF = {"Add", "MatMul", "LayerNormalization", "BiasGelu", "Gelu", "FastGelu"}


def return_mask_only(path: Path) -> None:
    """Rewrite a fused body: states [rows, length, width] -> hidden [rows, width].

    Its new input `mask_index`, int64 [rows], says where each row's mask stands. The choice is made
    as early as the graph's last operations allow, at the latest after all of them.
    """
    from onnx import TensorProto, helper, load, save

    model: Any = load(str(path))
    graph = model.graph
    (states,) = graph.output
    constants = {tensor.name for tensor in graph.initializer}
    constants |= {node.output[0] for node in graph.node if node.op_type == "Constant"}
    after = _at_mask_alone(graph, states.name, constants)
    produced = {node.output[0] for node in after}
    chosen: dict[str, Any] = {}

    def choose(name: str) -> str:
        """The name of a tensor's row at the mask, [rows, 1, width]."""
        if not name or name in constants or name in produced:
            return name
        row = f"{name}_at_mask"
        chosen[name] = helper.make_node("GatherND", [name, "mask"], [row], name=row, batch_dims=1)
        return row

    for node in after:
        node.input[:] = [choose(name) for name in node.input]
    end = helper.make_node("Squeeze", [choose(states.name), "second"], ["hidden"], name="hidden")
    mask = helper.make_node("Unsqueeze", ["mask_index", "last_two"], ["mask"], name="mask")
    before = [node for node in graph.node if node not in after]
    del graph.node[:]
    graph.node.extend([*before, mask, *chosen.values(), *after, end])
    graph.initializer.extend(
        [
            helper.make_tensor("last_two", TensorProto.INT64, [2], [1, 2]),
            helper.make_tensor("second", TensorProto.INT64, [1], [1]),
        ]
    )
    rows, _, width = states.type.tensor_type.shape.dim
    graph.input.append(
        helper.make_tensor_value_info("mask_index", TensorProto.INT64, [rows.dim_param])
    )
    hidden = helper.make_tensor_value_info(
        "hidden", TensorProto.FLOAT, [rows.dim_param, width.dim_value or width.dim_param]
    )
    del graph.output[:]
    graph.output.append(hidden)
    save(model, str(path))


def _at_mask_alone(graph: Any, states: str, constants: set[str]) -> list[Any]:
    """The nodes whose results are read at the mask alone, in the graph's order."""
    readers: dict[str, list[str]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            readers[name].append(node.output[0])
    found: list[Any] = []
    names: set[str] = set()
    for node in reversed(graph.node):
        by_itself = node.op_type in _EACH_TOKEN_BY_ITSELF and len(node.output) == 1
        if not by_itself or (node.op_type == "MatMul" and node.input[1] not in constants):
            continue
        output = node.output[0]
        if output == states or (readers[output] and names.issuperset(readers[output])):
            found.append(node)
            names.add(output)
    return found[::-1]
