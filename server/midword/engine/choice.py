"""Which model, run how: what the settings say, with the model's name looked up."""

from __future__ import annotations

from dataclasses import dataclass, field

from midword.model import store
from midword.model.errors import ModelError
from midword.model.loading import REMOTE
from midword.settings import Settings


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What the settings say about the model; readers with equal choices are one.

    Attributes:
        model: its folder; what the settings say where there is no such model.
        endpoint: the server that it is asked at, "" for none.
        checksum: what its files must have, for to no others did the writer agree; "" if any may be.
        name: what the settings say, "" for the default; two names of one model are one choice.
    """

    model: str
    runtime: str
    device: str
    threads: int
    endpoint: str = ""
    checksum: str = ""
    name: str = field(default="", compare=False)

    @classmethod
    def of(cls, settings: Settings, checksum: str = "") -> ModelChoice:
        """The choice that some settings make; looks for the model's folder."""
        try:
            model = str(store.resolve(settings.model or None))
        except ModelError:  # whoever loads it says so
            model = settings.model
        return cls(
            model,
            settings.runtime,
            settings.device,
            settings.threads,
            settings.endpoint if settings.runtime == REMOTE else "",
            checksum,
            settings.model,
        )
