from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

import tiny_models


@pytest.mark.parametrize("family", tiny_models.FAMILIES)
def test_the_last_layers_feed_forward_part_reads_the_mask_alone(
    build_model: Callable[[str], Path], family: str
) -> None:
    """What it returns is compared with transformers in tests/unit/model/test_masked_lm.py."""
    graph = onnx.load(str(build_model(family) / "body.fp32.onnx")).graph
    assert [put.name for put in graph.input] == ["inputs_embeds", "attention_mask", "mask_index"]
    assert [put.name for put in graph.output] == ["hidden"]
    at = [node.op_type for node in graph.node]
    weights = {tensor.name for tensor in graph.initializer}
    products = [
        place
        for place, node in enumerate(graph.node)
        if node.op_type == "MatMul" and node.input[1] in weights
    ]
    # The attention's output, the two of the feed-forward part and at most one of the head;
    # ModernBERT's first two stand before a gate, which is not looked behind.
    after = [place for place in products if place > at.index("GatherND")]
    assert len(after) >= (2 if family == "modernbert" else 3)
