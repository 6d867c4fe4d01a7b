"""A graphics card's part, played by the processor: a real model, read as a card reads it."""

from pathlib import Path

import torch

from midword.model.devices import Habits
from midword.model.manifest import Manifest
from midword.model.masked_lm import MaskedLM
from midword.model.runtime import Floats, Ids, Probabilities, Rows
from midword.model.torch_runtime import TorchRuntime

EXACT = Habits("float32", "free")
LIKE_A_CARD = Habits("float16", "fixed")


class OnACard(TorchRuntime):
    """Half precision and fixed shapes under a card's name; may be lost, as cards are.

    Attributes:
        gaps: how many it was asked about, together each time.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        super().__init__(folder, manifest, device="cpu", habits=LIKE_A_CARD)
        self.device = "cuda"
        self.gaps: list[int] = []

    def probabilities_of(self, tokens: Ids) -> Probabilities:
        ask = super().probabilities_of(tokens)

        def counted(rows: Rows) -> Floats:
            self.gaps.append(len(rows.ids))
            return ask(rows)

        return counted

    def be_lost(self) -> None:
        """From now on it gives what a card gives whose memory is broken."""
        for parameter in self._network.body.parameters():
            parameter.data.fill_(torch.nan)


def resident(folder: Path, habits: Habits | None, *, device: str = "cpu") -> MaskedLM:
    """A model on a device that is used so, or as it is by default."""
    manifest = Manifest.read(folder)
    runtime = TorchRuntime(folder, manifest, device=device, habits=habits)
    return MaskedLM(folder, manifest, runtime)


def resident_on_a_card(folder: Path) -> tuple[MaskedLM, OnACard]:
    """A model on what plays a card, and that card."""
    manifest = Manifest.read(folder)
    card = OnACard(folder, manifest)
    return MaskedLM(folder, manifest, card), card
