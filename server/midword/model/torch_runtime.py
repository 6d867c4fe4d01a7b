"""torch, where it is installed: any Hugging Face masked LM by path, fp16 on a GPU."""

from pathlib import Path
from typing import Any

import numpy as np

from midword.model.errors import ModelError, native_errors
from midword.model.runtime import Floats, Ids, Product


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
            self._model = model.eval().to(self.device)

    def hidden(self, ids: Ids, attention: Ids, mask_index: Ids) -> Floats:
        """See :class:`midword.model.runtime.Runtime`."""
        torch = self._torch
        with torch.inference_mode():
            rows = torch.from_numpy(ids).to(self.device)
            states = self._model(
                input_ids=rows, attention_mask=torch.from_numpy(attention).to(self.device)
            ).logits
            places = torch.from_numpy(mask_index).to(self.device)
            picked = states[torch.arange(len(rows), device=self.device), places]
        return np.asarray(picked.float().cpu().numpy(), dtype=np.float32)

    def product(self, ids: Ids) -> Product:
        """See :class:`midword.model.runtime.Runtime`."""
        torch, index = self._torch, self._torch.from_numpy(ids)
        rows = self._output[index].to(self.device).t()
        bias = 0.0 if self._bias is None else self._bias[index].to(self.device)

        def multiply(vectors: Floats) -> Floats:
            with torch.inference_mode():
                there = torch.from_numpy(vectors).to(rows.device, rows.dtype)
                return np.asarray((there @ rows + bias).float().cpu().numpy(), dtype=np.float32)

        return multiply

    def output_rows(self, ids: Ids | slice) -> tuple[Floats, Floats]:
        """See :class:`midword.model.runtime.Runtime`."""
        index = ids if isinstance(ids, slice) else self._torch.from_numpy(ids)
        rows = np.asarray(self._output[index].float().cpu().numpy(), dtype=np.float32)
        if self._bias is None:
            return rows, np.zeros(len(rows), dtype=np.float32)
        return rows, np.asarray(self._bias[index].float().cpu().numpy(), dtype=np.float32)


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
