"""torch, where it is installed: any Hugging Face masked LM by path, fp16 on a GPU."""

from pathlib import Path
from typing import Any

import numpy as np

from midword.model.errors import ModelError, native_errors
from midword.model.runtime import Floats, Ids, Probabilities, Rows


class TorchRuntime:
    """A masked language model under torch.

    Args:
        folder: a Hugging Face folder with safetensors.
        device: "auto", "cpu", "cuda" or "mps".
        threads: cores of a pass on the CPU.

    Raises:
        ModelError: torch is missing, or the folder holds no masked LM.
    """

    name = "torch"

    def __init__(self, folder: Path, *, device: str = "auto", threads: int = 1) -> None:
        try:
            import torch
            import transformers
        except ImportError as error:
            raise ModelError(
                "the torch runtime needs torch and transformers: pip install 'midword[gpu]'"
            ) from error
        self._torch = torch
        self.device = _choose(torch, device)
        self.batch = 4 if self.device == "cpu" else 64
        if self.device == "cpu":
            torch.set_num_threads(threads)
        dtype = torch.float32 if self.device == "cpu" else torch.float16
        with native_errors(f"{folder} is no masked language model that transformers can load"):
            model: Any = transformers.AutoModelForMaskedLM.from_pretrained(
                folder, dtype=dtype, use_safetensors=True, trust_remote_code=False
            )
            self.tokens = len(model.get_input_embeddings().weight)
            self._output, self._bias = detach_decoder(model)
            self.tokens = min(self.tokens, len(self._output))
            self._output = self._output.to(self.device)
            self._bias = None if self._bias is None else self._bias.to(self.device)
            self._model = model.eval().to(self.device)

    def probabilities_of(self, tokens: Ids) -> Probabilities:
        """See :class:`midword.model.runtime.Runtime`."""
        torch, index = self._torch, self._torch.from_numpy(tokens)
        matrix = self._output[index].to(self.device).t()
        bias = 0.0 if self._bias is None else self._bias[index].to(self.device)

        def ask(rows: Rows) -> Floats:
            with torch.inference_mode():
                found = (self._vectors(rows) @ matrix + bias).float().softmax(-1)
                return np.asarray(found.cpu().numpy(), dtype=np.float32)

        return ask

    def log_probabilities(self, rows: Rows, at: Ids, tokens: Ids) -> Floats:
        """See :class:`midword.model.runtime.Runtime`."""
        with self._torch.inference_mode():
            bias = 0.0 if self._bias is None else self._bias
            logits = self._vectors(rows) @ self._output.t() + bias
            found = logits.float().log_softmax(-1).cpu()[at, tokens]
            return np.asarray(found.numpy(), dtype=np.float32)

    def _vectors(self, rows: Rows) -> Any:
        ids, attention, places = (self._torch.from_numpy(part).to(self.device) for part in rows)
        states = self._model(input_ids=ids, attention_mask=attention).logits
        return states[self._torch.arange(len(ids), device=self.device), places]


def detach_decoder(model: Any) -> tuple[Any, Any | None]:
    """Make a masked LM return the vectors before its output embeddings.

    The vocabulary product comes later, for the mask alone.

    Returns:
        The output embeddings [tokens, width] and their bias [tokens] or None.
    """
    import torch

    decoder = model.get_output_embeddings()
    path = next(name for name, module in model.named_modules() if module is decoder)
    parent, _, leaf = path.rpartition(".")
    setattr(model.get_submodule(parent), leaf, torch.nn.Identity())
    bias = getattr(decoder, "bias", None)
    return decoder.weight.detach(), None if bias is None else bias.detach()


def _choose(torch: Any, device: str) -> str:
    """The device that is there; raises ModelError where one is asked for that isn't."""
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if device == "auto":
        return next(name for name, found in there.items() if found)
    if not there.get(device, False):
        raise ModelError(f"device {device!r} is not there; set device to auto or cpu")
    return device
