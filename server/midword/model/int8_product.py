"""A product with many rows in int8 on onnxruntime: the one that outweighs a small model's body.

The words' embeddings of a 6x384 model are 48 MB in fp32, and every mask reads all of them. In int8,
one scale a row, they are 12 MB and the product takes a fifth of the time; logits move by 0.05.

The graph is a single node, so it is written here, field by field: the onnx package would add 31 MB
to an install. Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from collections.abc import Callable

import numpy as np

from midword.model.ort import onnxruntime
from midword.model.runtime import Floats

_FLOAT, _INT8 = 1, 3  # TensorProto.DataType
_EXTERNAL = 1  # TensorProto.DataLocation
_IR_VERSION, _OPSET = 8, 17
_LARGEST = 63
"""Of a weight: two of them times a byte must fit 16 bits on CPUs without VNNI."""
_SHARE = 2048
"""Rows that are there in fp32 at one time, while they are quantised."""


class Int8Product:
    """x [n, width] -> x @ rows.T + bias, float32 [n, len(bias)].

    Args:
        rows: begin, end -> those rows, float32 [end - begin, width].
        bias: float32.
        options: how onnxruntime is to run it.

    Raises:
        ValueError: the rows hold NaN or infinity, which int8 can't.
    """

    def __init__(
        self,
        rows: Callable[[int, int], Floats],
        bias: Floats,
        options: onnxruntime.SessionOptions,
    ) -> None:
        count, width = len(bias), rows(0, 1).shape[1]
        weights = np.empty((width, count), dtype=np.int8)
        scales = np.empty(count, dtype=np.float32)
        for begin in range(0, count, _SHARE):
            part = rows(begin, min(begin + _SHARE, count))
            if not np.isfinite(part).all():
                raise ValueError("its output embeddings hold numbers that are none")
            scale = np.maximum(np.abs(part).max(axis=1), np.finfo(np.float32).tiny) / _LARGEST
            weights[:, begin : begin + len(part)] = np.rint(part / scale[:, None]).T
            scales[begin : begin + len(part)] = scale
        options.add_external_initializers(
            ["weights", "scales", "bias"],
            [
                onnxruntime.OrtValue.ortvalue_from_numpy(array)
                for array in (weights, scales, np.ascontiguousarray(bias))
            ],
        )
        self._session = onnxruntime.InferenceSession(
            _graph(width, count), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, vectors: Floats) -> Floats:
        """The product with some vectors, one at a time: together they would share one scale."""
        found = [self._session.run(None, {"vectors": vector[None]})[0] for vector in vectors]
        return np.concatenate(found)


def _graph(width: int, count: int) -> bytes:
    """A ModelProto whose weights, scales and bias are handed over beside it."""
    node = b"".join(
        [
            *(_bytes(1, name) for name in ("vectors", "weights", "scales", "", "bias")),
            _bytes(2, "products"),
            _bytes(4, "DynamicQuantizeMatMul"),
            _bytes(7, "com.microsoft"),
        ]
    )
    graph = b"".join(
        [
            _bytes(1, node),
            _bytes(2, "int8_product"),
            _bytes(5, _initializer("weights", _INT8, width, count)),
            _bytes(5, _initializer("scales", _FLOAT, count)),
            _bytes(5, _initializer("bias", _FLOAT, count)),
            _bytes(11, _value("vectors", width)),
            _bytes(12, _value("products", count)),
        ]
    )
    opsets = [_number(2, _OPSET), _bytes(1, "com.microsoft") + _number(2, 1)]
    return b"".join(
        [_number(1, _IR_VERSION), _bytes(7, graph), *(_bytes(8, opset) for opset in opsets)]
    )


def _initializer(name: str, kind: int, *shape: int) -> bytes:
    """A TensorProto whose data are elsewhere."""
    place = _bytes(1, "location") + _bytes(2, "memory")
    sizes = b"".join(_number(1, size) for size in shape)
    return b"".join(
        [sizes, _number(2, kind), _bytes(8, name), _bytes(13, place), _number(14, _EXTERNAL)]
    )


def _value(name: str, width: int) -> bytes:
    """A ValueInfoProto: float32 [n, width]."""
    shape = _bytes(1, _bytes(2, "n")) + _bytes(1, _number(1, width))
    tensor = _number(1, _FLOAT) + _bytes(2, shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, tensor))


def _number(field: int, value: int) -> bytes:
    """A protobuf field that holds a number."""
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    """A protobuf field that holds text or a message."""
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
