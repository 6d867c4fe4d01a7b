"""Which model, run how: what the settings say, with the model's name looked up."""

from __future__ import annotations

from dataclasses import dataclass, field

from midword.model import store
from midword.model.errors import ModelError
from midword.settings import Settings


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What the settings say about the model; readers with equal choices are one.

    Attributes:
        model: its folder; what the settings say where there is no such model.
        name: what the settings say, "" for the default; two names of one model are one choice.
    """

    model: str
    runtime: str
    device: str
    threads: int
    name: str = field(default="", compare=False)

    @classmethod
    def of(cls, settings: Settings) -> ModelChoice:
        """The choice that some settings make; looks for the model's folder."""
        try:
            model = str(store.resolve(settings.model or None))
        except ModelError:  # whoever loads it says so
            model = settings.model
        return cls(model, settings.runtime, settings.device, settings.threads, settings.model)
