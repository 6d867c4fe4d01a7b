"""Model folders as somebody might make them to do harm, or as a broken disk leaves them.

Each takes a whole, working model folder and damages it. None of it is a stub: the files are such as
the libraries really choke on.
"""

from __future__ import annotations

import base64
import io
import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Damage = Callable[[Path], None]
DEEP = "[" * 200_000


def change_json(path: Path, **fields: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def manifest(**fields: Any) -> Damage:
    return lambda folder: change_json(folder / "midword.json", **fields)


def tokenizer(**fields: Any) -> Damage:
    return lambda folder: change_json(folder / "tokenizer.json", **fields)


def content(name: str, data: bytes | str) -> Damage:
    def write(folder: Path) -> None:
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)

    return write


def safetensors(header: object, data: bytes = b"") -> Damage:
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    return content("model.safetensors", struct.pack("<Q", len(text)) + text + data)


def tensor(**fields: Any) -> Damage:
    """Change what the header says of the embeddings."""

    def write(folder: Path) -> None:
        path = folder / "model.safetensors"
        data = path.read_bytes()
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        name = json.loads((folder / "midword.json").read_text())["input_embeddings"]
        header[name] |= fields
        safetensors(header, data[8 + length :])(folder)

    return write


def weights_of_nan(folder: Path) -> None:
    path = folder / "model.safetensors"
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    path.write_bytes(data[: 8 + length] + b"\xff" * (len(data) - 8 - length))


def sparse(name: str, size: int) -> Damage:
    def write(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        with (folder / name).open("wb") as file:
            file.truncate(size)

    return write


def pipe(name: str) -> Damage:
    def write(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return write


def link(name: str, target: str) -> Damage:
    def write(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return write


def charsmap(data: bytes) -> Damage:
    """A tokenizer whose normaliser has a compiled table of characters."""
    encoded = base64.b64encode(data).decode()
    return tokenizer(normalizer={"type": "Precompiled", "precompiled_charsmap": encoded})


asks_for_8_gigabytes = charsmap(struct.pack("<I", 0xFFFFFFFF) + bytes(64))
"""A table that says it has 4 GB; the reader makes room for 2^30 numbers of 8 bytes first."""
panics = charsmap(struct.pack("<I", 4) + bytes(8))
"""A table with one entry: any letter lies behind its end."""


def npz(name: str, **arrays: np.ndarray) -> Damage:
    def write(folder: Path) -> None:
        np.savez_compressed(folder / name, **arrays)

    return write


def npz_with(name: str, entry: str, data: bytes) -> Damage:
    def write(folder: Path) -> None:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as opened:
            opened.writestr(entry, data)

    return write


def npy_header(shape: tuple[int, ...], dtype: str = "|u1") -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": dtype, "fortran_order": False, "shape": shape}
    )
    return stream.getvalue()


def body(make: Callable[[Any], tuple[list[Any], list[Any]]]) -> Damage:
    """Another ONNX body of the same inputs; `make` gives nodes and initializers for "hidden"."""

    def write(folder: Path) -> None:
        import onnx
        from onnx import TensorProto, helper

        nodes, initializers = make(helper)
        inputs = [
            helper.make_tensor_value_info("inputs_embeds", TensorProto.FLOAT, ["n", "l", "w"]),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["n", "l"]),
            helper.make_tensor_value_info("mask_index", TensorProto.INT64, ["n"]),
        ]
        output = helper.make_tensor_value_info("hidden", TensorProto.FLOAT, None)
        graph = helper.make_graph(nodes, "g", inputs, [output], initializers)
        opset = helper.make_opsetid("", 17)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
        for name in json.loads((folder / "midword.json").read_text())["bodies"].values():
            onnx.save(model, folder / name)

    return write


def _first_vector(helper: Any, *after: tuple[str, str]) -> tuple[list[Any], list[Any]]:
    """The mean of a row's embeddings, through further operators of one input each."""
    names = ["mean", *(name for _, name in after)]
    nodes = [helper.make_node("ReduceMean", ["inputs_embeds"], ["mean"], axes=[1], keepdims=0)]
    for (operator, name), before in zip(after, names, strict=False):
        nodes.append(helper.make_node(operator, [before], [name]))
    return nodes, []


def _for_ever(helper: Any) -> tuple[list[Any], list[Any]]:
    """Counts to 2^62 before it answers."""
    count = helper.make_tensor_value_info
    inner = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["still"]),
            helper.make_node("Identity", ["state"], ["next"]),
        ],
        "again",
        [count("i", 7, []), count("going", 9, []), count("state", 1, None)],
        [count("still", 9, []), count("next", 1, None)],
    )
    nodes, _ = _first_vector(helper)
    nodes.append(helper.make_node("Loop", ["many", "yes", "mean"], ["hidden"], body=inner))
    return nodes, [
        helper.make_tensor("many", 7, [], [1 << 62]),
        helper.make_tensor("yes", 9, [], [True]),
    ]


runs_for_ever = body(_for_ever)
gives_nan = body(  # the logarithm of what is below zero
    lambda helper: _first_vector(helper, ("Abs", "above"), ("Neg", "below"), ("Log", "hidden"))
)
gives_another_shape = body(lambda helper: _first_vector(helper, ("Transpose", "hidden")))


def external_data(location: str) -> Damage:
    """A body that keeps a tensor in another file."""

    def make(helper: Any) -> tuple[list[Any], list[Any]]:
        nodes, _ = _first_vector(helper)
        nodes.append(helper.make_node("Add", ["mean", "outside"], ["hidden"]))
        tensor = helper.make_tensor("outside", 1, [1], [0.0])
        tensor.ClearField("float_data")
        tensor.data_location = 1
        for key, value in (("location", location), ("offset", "0"), ("length", "4")):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, value
        return nodes, [tensor]

    return body(make)


def lose(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


def _entry(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


DAMAGES: dict[str, Damage] = {
    "weights are empty": content("model.safetensors", b""),
    "weights are nested deeply": safetensors('{"a":' * 100_000),
    "weights' header is a list": safetensors([1]),
    "weights' header is a number": safetensors(7),
    "weights' tensor is a list": safetensors({"a": []}),
    "weights' shape is wrong": tensor(shape=[3, 3]),
    "weights' shape runs over": tensor(shape=[1 << 40, 1 << 40]),
    "weights' shape is negative": tensor(shape=[-1, -32]),
    "weights' shape is text": tensor(shape="ab"),
    "weights' shape is true": tensor(shape=[True]),
    "weights in one dimension": tensor(shape=[1]),
    "weights in int8": tensor(dtype="I8"),
    "weights of an unknown type": tensor(dtype="X9"),
    "weights' type is a list": tensor(dtype=["F32"]),
    "weights' offsets are negative": tensor(data_offsets=[-8, 8]),
    "weights' offsets are backwards": tensor(data_offsets=[8, 0]),
    "weights' offsets are huge": tensor(data_offsets=[1 << 80, 1 << 81]),
    "weights' offsets are three": tensor(data_offsets=[0, 1, 2]),
    "weights' offsets are fractions": tensor(data_offsets=[0.0, 4.0]),
    "weights overlap": safetensors(
        {"a": _entry("F32", [2], 0, 8), "b": _entry("F32", [2], 4, 12)}, bytes(12)
    ),
    "weights are other tensors": safetensors({"a": _entry("F32", [2], 0, 8)}, bytes(8)),
    "weights are no numbers": weights_of_nan,
    "weights are a pipe": pipe("model.safetensors"),
    "weights are a device": link("model.safetensors", "/dev/zero"),
    "weights are nothing, much": sparse("model.safetensors", 1 << 28),
    "a mask of 10^9": manifest(mask_id=10**9),
    "a mask beyond the embeddings": manifest(mask_id=5000),
    "a negative mask": manifest(mask_id=-1),
    "a mask that is true": manifest(mask_id=True),
    "a mask of text": manifest(mask_id="4"),
    "a length of 10^9": manifest(length=10**9),
    "a length of 0": manifest(length=0),
    "a length that is true": manifest(length=True),
    "a length beyond the positions": manifest(length=2000),
    "a name that is a list": manifest(name=["x"]),
    "bodies that are a list": manifest(bodies=["body.int8.onnx"]),
    "a body elsewhere": manifest(bodies={"onnx-int8": "../body.int8.onnx"}),
    "a body by its whole path": manifest(bodies={"onnx-int8": "/etc/passwd"}),
    "a body that is a number": manifest(bodies={"onnx-int8": 7}),
    "checksums that are a list": manifest(sha256=[]),
    "a checksum of a file elsewhere": manifest(sha256={"../../etc/passwd": "0" * 64}),
    "a checksum that is a number": manifest(sha256={"config.json": 1}),
    "embeddings of no name": manifest(input_embeddings=""),
    "embeddings of a wrong type": manifest(input_embeddings={"a": 1}),
    "a bias that is missing": manifest(output_bias="nowhere"),
    "a bias of another shape": manifest(output_bias="bert.embeddings.LayerNorm.weight"),
    "a field too many": manifest(surprise=1),
    "a format of text": manifest(format="1"),
    "a manifest nested deeply": content("midword.json", DEEP),
    "a manifest that is a list": content("midword.json", "[]"),
    "a manifest that is a pipe": pipe("midword.json"),
    "a manifest of nothing, much": sparse("midword.json", 3 << 30),
    "a tokenizer of text": content("tokenizer.json", "words\n" * 100),
    "a tokenizer nested deeply": content("tokenizer.json", DEEP),
    "a tokenizer that is a list": content("tokenizer.json", "[1, 2]"),
    "a tokenizer of bytes": content("tokenizer.json", bytes(range(256))),
    "a tokenizer without a model": tokenizer(model=None),
    "a tokenizer without words": tokenizer(model={"type": "WordPiece", "vocab": {}}),
    "a tokenizer with ids beyond": tokenizer(
        model={
            "type": "WordPiece",
            "unk_token": "the",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {"the": 10**6, "a": 2},
        }
    ),
    "a tokenizer with ids of text": tokenizer(model={"type": "WordPiece", "vocab": {"a": "b"}}),
    "a tokenizer with ids of 10^30": tokenizer(model={"type": "WordPiece", "vocab": {"a": 10**30}}),
    "a tokenizer of nothing, much": sparse("tokenizer.json", 1 << 28),
    "a tokenizer that is a pipe": pipe("tokenizer.json"),
    "a tokenizer that panics": panics,
    "a tokenizer that asks for 8 GB": asks_for_8_gigabytes,
    "a body of text": content("body.int8.onnx", "not a model"),
    "a body that is missing": lose("body.int8.onnx"),
    "a body that is a pipe": pipe("body.int8.onnx"),
    "a body that leads elsewhere": link("body.int8.onnx", "/etc/passwd"),
    "a body that is cut off": lambda folder: (folder / "body.int8.onnx").write_bytes(
        (folder / "body.int8.onnx").read_bytes()[:-5000]
    ),
    "a body with data elsewhere": external_data("../../../../../etc/passwd"),
    "a body with data on a device": external_data("/dev/zero"),
    "a body that gives no numbers": gives_nan,
    "a body that gives another shape": gives_another_shape,
    "a lexicon of text": content("lexicon.npz", "not a zip"),
    "a lexicon without arrays": npz("lexicon.npz", a=np.zeros(3)),
    "a lexicon of objects": npz("lexicon.npz", keys=np.array([{}], dtype=object)),
    "a lexicon of wrong lengths": npz(
        "lexicon.npz",
        keys=np.frombuffer(b"a\nb", np.uint8),
        forms=np.frombuffer(b"\n", np.uint8),
        counts=np.ones(7, np.uint32),
        capitals=np.ones(2, np.uint8),
    ),
    "a lexicon of 10^15 words": npz_with("lexicon.npz", "keys.npy", npy_header((10**15,))),
    "a lexicon that is a bomb": npz_with("lexicon.npz", "keys.npy", bytes(200_000_000)),
    "a lexicon that is a pipe": pipe("lexicon.npz"),
    "phrases of text": content("phrases.npz", "not a zip"),
    "phrases in one dimension": npz(
        "phrases.npz", words=np.frombuffer(b"\na", np.uint8), **{"l1r0.gaps": np.ones(4, np.uint8)}
    ),
    "phrases of words beyond": npz(
        "phrases.npz",
        words=np.frombuffer(b"\na", np.uint8),
        **{
            "l1r0.gaps": np.ones((4, 1), np.uint8),
            "l1r0.lengths": np.array([[1], [0]], np.uint8),
            "l1r0.words": np.array([[9], [9]], np.uint8),
            "l1r0.shares": np.ones(1, np.uint8),
        },
    ),
}
"""Each ends in a message, wherever the model is loaded."""
