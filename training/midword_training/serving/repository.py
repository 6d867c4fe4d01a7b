"""A model repository for Triton Inference Server: ``midword models export NAME --triton DIR``.

    DIR/midword/config.pbtxt              for Triton's Python backend
    DIR/midword/configs/onnxruntime.pbtxt for its onnxruntime backend (untested here)
    DIR/midword/1/model.onnx              from token ids to words
    DIR/midword/1/model.py                runs it in the Python backend

Triton's documents: https://github.com/triton-inference-server/server, docs/user_guide
(model_repository.md, model_configuration.md).
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from midword.endpoint import DEFAULT_NAME, NAME
from midword.foreign import shown
from midword.model.box import LENGTH
from midword.model.errors import ModelError
from midword.model.manifest import FILE_NAME as MANIFEST
from midword.model.manifest import Manifest
from midword.model.vocabulary import Vocabulary, tokenizer_number
from midword.model.weights import Weights
from midword_training.exporting.export import export
from midword_training.serving import network

_VERSION = "1"
_QUEUE_MICROSECONDS = 300_000  # whoever waits longer has turned to a model of their own
_MOST_WAITING = 512
_BATCHES = {"cpu": 8, "cuda": 64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How a box runs a model.

    Attributes:
        name: what writers' endpoints call it.
        device: "cpu", with the body in int8, or "cuda", in fp32.
        instances: processes that run it: in all on the CPU, on each GPU otherwise.
        threads: cores of one pass on the CPU.
        words: how many of the likeliest words come back.
    """

    name: str = DEFAULT_NAME
    device: Literal["cpu", "cuda"] = "cpu"
    instances: int = 1
    threads: int = 1
    words: int = 4096


def write_repository(folder: Path, repository: Path, serving: Serving) -> Path:
    """Write a model's folder into a model repository, in place of one of that name.

    Args:
        folder: a model folder; it stays as it is.
        repository: where Triton's models lie; made if need be.
        serving: how it is to run.

    Returns:
        The folder in the repository.

    Raises:
        ModelError: it is no masked LM that can be exported, or the name can't be one.
    """
    if not re.fullmatch(NAME, serving.name):
        raise ModelError(f"{shown(serving.name)!r} can't be a name there: use letters and digits")
    runtime = "onnx-int8" if serving.device == "cpu" else "onnx-fp32"
    with tempfile.TemporaryDirectory() as temporary:
        folder, manifest = _with_body(folder, runtime, Path(temporary))
        vocabulary = Vocabulary.from_file(folder / "tokenizer.json")
        made = Path(temporary) / serving.name
        (made / _VERSION).mkdir(parents=True)
        network.write_network(
            folder,
            manifest,
            manifest.body(folder, runtime),
            words=vocabulary.ids,
            most=serving.words,
            number=tokenizer_number(folder / "tokenizer.json"),
            path=made / _VERSION / network.FILE_NAME,
        )
        shutil.copyfile(Path(__file__).with_name("model.py"), made / _VERSION / "model.py")
        parameters = {
            "tokens": str(_tokens(folder, manifest)),
            "length": str(min(manifest.length, LENGTH)),
            "threads": str(serving.threads),
        }
        kept = min(serving.words, len(vocabulary))
        (made / "config.pbtxt").write_text(_config(serving, kept, parameters, "python"))
        (made / "configs").mkdir()
        (made / "configs" / "onnxruntime.pbtxt").write_text(
            "# Not tested: the server that Midword's tests run has no onnxruntime backend.\n"
            "# tritonserver --model-config-name=onnxruntime takes it.\n"
            + _config(serving, kept, parameters, "onnxruntime")
        )
        target = repository / serving.name
        repository.mkdir(parents=True, exist_ok=True)
        if target.exists():
            if not (target / "config.pbtxt").is_file():
                raise ModelError(f"{shown(target)} is no model of Triton's: choose another name")
            shutil.rmtree(target)
        shutil.copytree(made, target)
    return target


def _with_body(folder: Path, runtime: str, temporary: Path) -> tuple[Path, Manifest]:
    """A model folder that has a body: this one, or a copy for which it is made."""
    if (folder / MANIFEST).is_file():
        manifest = Manifest.read(folder)
        if runtime in manifest.bodies:
            return folder, manifest
        length, name = manifest.length, manifest.name
    else:
        length, name = 64, folder.name
    copy = Path(shutil.copytree(folder, temporary / "model"))
    int8 = runtime == "onnx-int8"
    return copy, export(copy, int8=int8, fp32=not int8, name=name, length=length)


def _tokens(folder: Path, manifest: Manifest) -> int:
    """How many tokens have embeddings on both ends."""
    weights = Weights(folder / "model.safetensors")
    names = (manifest.input_embeddings, manifest.output_embeddings)
    return min(weights.shape(name)[0] for name in names)


def _config(serving: Serving, kept: int, parameters: dict[str, str], backend: str) -> str:
    """Triton's description of a model, a protocol buffer's text (model_config.proto)."""
    # Rows of all lengths share a batch where model.py fills them up.
    ragged = "allow_ragged_batch: true" if backend == "python" else ""
    kind = "KIND_GPU" if serving.device == "cuda" else "KIND_CPU"
    rows = [
        f"name: {json.dumps(serving.name)}",
        f"backend: {json.dumps(backend)}",
        f"max_batch_size: {_BATCHES[serving.device]}",
        *(
            f'input {{ name: "{name}" data_type: TYPE_INT32 dims: [ {size} ] {more} }}'
            for name, size, more in (("ids", -1, ragged), ("place", 1, ""), ("asked", -1, ragged))
        ),
        *(
            f'output {{ name: "{name}" data_type: TYPE_{kind_} dims: [ {size} ] }}'
            for name, kind_, size in (
                ("words", "INT32", kept),
                ("log_probabilities", "FP16", kept),
                ("rest", "FP32", 1),
                ("asked_log_probabilities", "FP32", -1),
                ("vocabulary", "INT64", 1),
            )
        ),
        "# Nothing waits for others to come: what came while a batch ran is the next one.",
        "dynamic_batching {",
        "  max_queue_delay_microseconds: 0",
        "  default_queue_policy {",
        "    timeout_action: REJECT",
        f"    default_timeout_microseconds: {_QUEUE_MICROSECONDS}",
        f"    max_queue_size: {_MOST_WAITING}",
        "  }",
        "}",
        f"instance_group [ {{ count: {serving.instances} kind: {kind} }} ]",
        *(
            f'parameters {{ key: "{key}" value {{ string_value: {json.dumps(value)} }} }}'
            for key, value in parameters.items()
        ),
    ]
    return "\n".join(row.rstrip() for row in rows) + "\n"
