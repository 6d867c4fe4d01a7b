"""torch, where it is installed: any Hugging Face masked LM by path, in fp16 on a card."""

from pathlib import Path

import numpy as np
import torch

from midword.model import devices
from midword.model.buckets import SIZES, Buckets
from midword.model.devices import Habits
from midword.model.errors import native_errors
from midword.model.manifest import Manifest
from midword.model.network import Network, read_folder
from midword.model.runtime import Floats, Ids, Probabilities, Rows


class TorchRuntime:
    """A masked language model under torch.

    The processor reads rows as they come, a card in the shapes of its `Buckets`, with all that is
    needed resident there.

    Args:
        folder: a Hugging Face folder with safetensors.
        manifest: its row's length and its padding.
        device: one of :data:`midword.choices.Device`.
        threads: cores of a pass on the processor.
        habits: how the device is used; None: as is best.

    Raises:
        ModelError: the folder holds no masked LM.
        DeviceError: there is no such device, or its memory is too small.
    """

    name = "torch"
    trouble = ""

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        *,
        device: str = "auto",
        threads: int = 1,
        habits: Habits | None = None,
    ) -> None:
        self.device = devices.choose(device)
        precision, self._shapes = habits or devices.DEVICES[self.device]
        self.batch = 4 if self._shapes == "free" else SIZES[-1]
        self._manifest = manifest
        self._buckets: Buckets | None = None
        if self.device == "cpu":
            torch.set_num_threads(threads)
        with native_errors(f"{folder} is no masked language model that transformers can load"):
            model = read_folder(folder, precision)
            with devices.failures(self.device):
                self._network = Network(model.to(self.device))
        self.tokens = self._network.tokens

    def probabilities_of(self, tokens: Ids) -> Probabilities:
        """See :class:`midword.model.runtime.Runtime`; asked again, the former answer is void."""
        self._network.choose(torch.from_numpy(tokens))
        if self._shapes != "free":
            self._buckets = Buckets(
                self._network,
                self._manifest.length,
                self._manifest.pad_id,
                is_recorded=self._shapes == "recorded",
            )
        return self._probabilities

    def log_probabilities(self, rows: Rows, at: Ids, tokens: Ids) -> Floats:
        """See :class:`midword.model.runtime.Runtime`."""
        if self._buckets is not None:
            return self._buckets.log_probabilities(rows, at, tokens)
        with torch.inference_mode():
            wanted = map(torch.from_numpy, (at, tokens))
            found = self._network.log_probabilities(self._vectors(rows), *wanted)
            return np.asarray(found.numpy(), dtype=np.float32)

    def _probabilities(self, rows: Rows) -> Floats:
        if self._buckets is not None:
            return self._buckets.probabilities(rows)
        with torch.inference_mode():
            found = self._network.probabilities(self._vectors(rows))
            return np.asarray(found.numpy(), dtype=np.float32)

    def _vectors(self, rows: Rows) -> torch.Tensor:
        return self._network.vectors(*map(torch.from_numpy, rows))
