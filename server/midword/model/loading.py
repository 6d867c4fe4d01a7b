"""From a model's name or path to a resident model, on the best runtime that is there."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, get_args

from midword import choices
from midword.foreign import shown
from midword.model import devices, store
from midword.model.errors import ModelError
from midword.model.json_file import MOST_OF_TOKENIZER, read_object
from midword.model.manifest import FILE_NAME, Manifest
from midword.model.masked_lm import MaskedLM
from midword.model.runtime import Runtime

REMOTE: Final = "remote"
RUNTIMES = get_args(choices.Runtime)

# A model without a manifest is asked with rows of this many tokens.
_LENGTH, _SHORTEST = 64, 8


def load(
    name_or_path: str | Path | None = None,
    *,
    runtime: str = "auto",
    device: str = "auto",
    threads: int = 1,
    endpoint: str = "",
) -> MaskedLM:
    """Load a masked language model; the network is opened for the runtime "remote" alone.

    Args:
        name_or_path: a name in the store, a folder, or None for the chosen default: the one
            of ``midword models use``, else the one that the package carries.
        runtime: one of :data:`midword.choices.Runtime`; "auto" takes a GPU through torch if there
            is one, else the folder's ONNX body (int8 first), else torch on the CPU. "remote" asks
            a team's server, and has what "auto" takes behind it.
        device: one of :data:`midword.choices.Device`.
        threads: cores of one pass on the CPU.
        endpoint: the server that "remote" asks (see :mod:`midword.endpoint`).

    Raises:
        ModelError: it can't be found, read or run; the message says what to do.
        DeviceError: the device can't; "cpu" still can.
    """
    folder = store.resolve(name_or_path)
    manifest = _manifest(folder)
    chosen = _chosen(manifest, runtime, device)
    load_here = partial(_runtime, folder, manifest, chosen, device, threads)
    if runtime != REMOTE:
        return MaskedLM(folder, manifest, load_here())
    from midword.model.remote_runtime import remote_runtime

    return MaskedLM(folder, *remote_runtime(endpoint, folder, manifest, load_here))


def chosen_runtime(folder: Path, runtime: str, device: str) -> str:
    """What :func:`load` would run a model folder with here.

    Raises:
        ModelError: the folder is no model's, or there is no such runtime.
        DeviceError: there is no such device, or no torch to reach it with.
    """
    return _chosen(_manifest(folder), runtime, device)


def _manifest(folder: Path) -> Manifest:
    exported = (folder / FILE_NAME).is_file()
    manifest = Manifest.read(folder) if exported else _manifest_of_hugging_face(folder)
    return replace(manifest, name=store.name_of(folder) or manifest.name)


def _chosen(manifest: Manifest, runtime: str, device: str) -> str:
    if runtime not in RUNTIMES:
        raise ModelError(f"runtime {runtime!r} is unknown; use one of {', '.join(RUNTIMES)}")
    if runtime in ("auto", REMOTE):
        bodies = [name for name in get_args(choices.Body) if name in manifest.bodies]
        runtime = "torch" if devices.wants_card(device) or not bodies else bodies[0]
    if runtime == "torch":
        devices.choose(device)
    return runtime


def _runtime(folder: Path, manifest: Manifest, runtime: str, device: str, threads: int) -> Runtime:
    if runtime == "torch":
        from midword.model.torch_runtime import TorchRuntime

        return TorchRuntime(folder, manifest, device=device, threads=threads)
    if runtime not in manifest.bodies:
        raise ModelError(
            f"{folder} has no file for runtime {runtime}; it has "
            f"{', '.join(manifest.bodies) or 'none'} (set runtime to auto)"
        )
    from midword.model.onnx_runtime import OnnxRuntime

    return OnnxRuntime(folder, manifest, runtime, threads=threads)


def _manifest_of_hugging_face(folder: Path) -> Manifest:
    """What a plain Hugging Face folder says of itself, enough for the torch runtime."""
    try:
        tokenizer = read_object(folder / "tokenizer.json", MOST_OF_TOKENIZER)
        config = read_object(folder / "config.json")
        names = read_object(folder / "tokenizer_config.json")
    except FileNotFoundError as error:
        raise ModelError(
            f"{folder} is no model folder (no {Path(error.filename).name}): it needs config.json, "
            "tokenizer.json, tokenizer_config.json and model.safetensors"
        ) from error
    try:
        ids = {token["content"]: int(token["id"]) for token in tokenizer.get("added_tokens", [])}
        positions = int(config.get("max_position_embeddings", _LENGTH))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelError(
            f"{folder}: its tokenizer or config is damaged ({shown(error)}); get the model again"
        ) from error

    def special(*roles: str) -> int:
        for role in roles:
            token = names.get(role)
            content = token.get("content") if isinstance(token, dict) else token
            if isinstance(content, str) and ids.get(content, -1) >= 0:
                return ids[content]
        raise ModelError(f"{folder}: its tokenizer names no {roles[0]}: no masked language model")

    return Manifest(
        name=folder.name,
        mask_id=special("mask_token"),
        begin_id=special("cls_token", "bos_token"),
        end_id=special("sep_token", "eos_token"),
        pad_id=special("pad_token", "eos_token"),
        length=max(_SHORTEST, min(_LENGTH, positions)),
        input_embeddings="",
        output_embeddings="",
        output_bias=None,
    )
