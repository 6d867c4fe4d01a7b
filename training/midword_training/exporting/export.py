"""From a Hugging Face folder to the CPU runtime's files: ``midword models export DIR``.

The ONNX body runs from input embeddings to the vector before the output embeddings at the
mask. Embeddings stay in ``model.safetensors``, whose rows the runtime reads for both ends.
"""

import contextlib
import inspect
import logging
import sys
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import midword.model.ort  # noqa: F401 - silences onnxruntime, whose tools are used below
from midword.model.errors import ModelError
from midword.model.manifest import Manifest, checksum
from midword.model.network import detach_decoder
from midword_training.exporting.mask_only import return_mask_only
from midword_training.exporting.outliers import keep_outliers

_OPSET = 17  # the newest whose attention pattern onnxruntime's optimizer still fuses
_PASSES = 32  # of random tokens, to see which neurons are outliers
_FILES = ("config.json", "tokenizer.json", "model.safetensors")


def export(
    folder: Path,
    *,
    int8: bool = True,
    fp32: bool = False,
    name: str | None = None,
    length: int = 64,
    licence: str = "",
    language: str = "en",
) -> Manifest:
    """Write ``body.int8.onnx``, ``body.fp32.onnx`` and ``midword.json`` into a model folder.

    Args:
        folder: config.json, tokenizer files and model.safetensors of a masked LM.
        int8: write the body with weights in int8 (per channel, dynamic activations).
        fp32: write the body in fp32.
        name: shown to the writer; the folder's name if None.
        length: tokens of one row that the model is asked with.
        licence: SPDX expression of the weights.
        language: BCP 47 tag of the training texts.

    Raises:
        ModelError: the folder holds no masked LM that can be exported.
    """
    import torch
    import transformers

    if not (folder / "model.safetensors").is_file():
        raise ModelError(f"{folder} has no model.safetensors; pickled weights are never loaded")
    model: Any = transformers.AutoModelForMaskedLM.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation="eager",
        use_safetensors=True,
        trust_remote_code=False,
    ).eval()
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    _complete(folder, tokenizer)
    inputs, outputs, bias = _tensor_names(folder, model)
    detach_decoder(model)
    begin_id = _first(tokenizer.cls_token_id, tokenizer.bos_token_id)
    end_id = _first(tokenizer.sep_token_id, tokenizer.eos_token_id)
    bodies: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as temporary:
        plain = Path(temporary) / "plain.onnx"
        _trace(model, plain)
        fused = Path(temporary) / "fused.onnx"
        _fuse(model.config, plain, fused)
        return_mask_only(fused)
        if fp32:
            bodies["onnx-fp32"] = "body.fp32.onnx"
            (folder / bodies["onnx-fp32"]).write_bytes(fused.read_bytes())
        if int8:
            bodies["onnx-int8"] = "body.int8.onnx"
            ends = (begin_id, tokenizer.mask_token_id, end_id)
            exact = keep_outliers(fused, _random_passes(model, len(tokenizer), ends, length))
            _quantize(fused, folder / bodies["onnx-int8"], exact)
    manifest = Manifest(
        name=name or folder.name,
        mask_id=tokenizer.mask_token_id,
        begin_id=begin_id,
        end_id=end_id,
        pad_id=_first(tokenizer.pad_token_id, tokenizer.eos_token_id),
        length=length,
        input_embeddings=inputs,
        output_embeddings=outputs,
        output_bias=bias,
        bodies=bodies,
        sha256={file: checksum(folder / file) for file in (*_FILES, *bodies.values())},
        language=language,
        licence=licence,
    )
    manifest.write(folder)
    return manifest


def _first(*ids: int | None) -> int:
    for number in ids:
        if number is not None:
            return number
    raise ModelError("the tokenizer lacks a begin, end or padding token")


def _complete(folder: Path, tokenizer: Any) -> None:
    """Write ``tokenizer.json`` where a folder has only the slow tokenizer's files."""
    if not (folder / "tokenizer.json").is_file():
        tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))


def _tensor_names(folder: Path, model: Any) -> tuple[str, str, str | None]:
    """How the safetensors file calls the two embeddings and the bias (tied ones are there once)."""
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", framework="pt") as file:
        stored = set(file.keys())
    parameters = dict(model.named_parameters(remove_duplicate=False))

    def name_of(tensor: Any) -> str | None:
        return next(
            (name for name, other in parameters.items() if other is tensor and name in stored),
            None,
        )

    decoder = model.get_output_embeddings()
    inputs = name_of(model.get_input_embeddings().weight)
    outputs = name_of(decoder.weight)
    if inputs is None or outputs is None:
        raise ModelError(f"{folder}/model.safetensors lacks the model's embeddings")
    bias = getattr(decoder, "bias", None)
    return inputs, outputs, None if bias is None else name_of(bias)


def _trace(model: Any, path: Path) -> None:
    """The body as plain ONNX: inputs_embeds, attention_mask -> states."""
    import torch

    class Body(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, inputs_embeds: Any, attention_mask: Any) -> Any:
            # Named, they are one node; left to the model, they are cut from a buffer by fourteen.
            segments = {"token_type_ids": torch.zeros_like(attention_mask)} if has_segments else {}
            return self.model(
                inputs_embeds=inputs_embeds, attention_mask=attention_mask, **segments
            ).logits

    has_segments = "token_type_ids" in inspect.signature(model.forward).parameters
    width = model.get_input_embeddings().weight.shape[1]
    names = ("inputs_embeds", "attention_mask")
    with warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")  # the tracer warns of each constant that it folds
        torch.onnx.export(
            Body(),
            (torch.randn(2, 12, width), torch.ones(2, 12, dtype=torch.int64)),
            str(path),
            input_names=list(names),
            output_names=["states"],
            dynamic_axes={name: {0: "rows", 1: "length"} for name in (*names, "states")},
            opset_version=_OPSET,
            dynamo=False,
        )


def _fuse(config: Any, plain: Path, fused: Path) -> None:
    """Fuse attention, GELU and layer norms with onnxruntime's own optimizer."""
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False  # there are no ids in the graph
    options.enable_skip_layer_norm = False  # Add + LayerNorm is quicker in int8
    options.enable_bias_skip_layer_norm = False
    with _quiet():
        optimizer.optimize_model(
            str(plain),
            model_type="bert",
            num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size,
            optimization_options=options,
            opt_level=1,
        ).save_model_to_file(str(fused))


def _random_passes(
    model: Any, tokens: int, ends: tuple[int, int, int], length: int
) -> list[dict[str, Any]]:
    """Inputs of the body: rows of random tokens between `ends`, which are begin, mask and end."""
    import torch

    rng = np.random.default_rng(0)
    embed = model.get_input_embeddings()
    passes = []
    for _ in range(_PASSES):
        ids = rng.integers(tokens, size=(1, length))
        ids[0, [0, -2, -1]] = ends
        passes.append(
            {
                "inputs_embeds": embed(torch.from_numpy(ids)).detach().numpy(),
                "attention_mask": np.ones_like(ids),
                "mask_index": np.array([length - 2]),
            }
        )
    return passes


def _quantize(fused: Path, path: Path, exact: list[str]) -> None:
    """Weights in int8, each output channel with a scale of its own (one scale for all ruins it).

    The products named in `exact` stay in fp32.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _quiet(), _random_names():
        quantize_dynamic(
            str(fused),
            str(path),
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Attention", "Gemm"],
            nodes_to_exclude=exact,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )


@contextlib.contextmanager
def _random_names() -> Iterator[None]:
    """Name onnx's temporary files at random: uuid1 asks the network cards for an address."""
    before = uuid.uuid1
    uuid.uuid1 = lambda *_: uuid.uuid4()
    try:
        yield
    finally:
        uuid.uuid1 = before


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporters' chatter off the terminal."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        logging.disable(before)
