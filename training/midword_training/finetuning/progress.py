"""Where a training run stands: with the checkpoint's tensors, all that a resumed one needs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Epoch:
    """One line of the results table; losses are means over all questions (nats)."""

    epoch: int
    step: int
    training_loss: float
    validation_loss: float | None


@dataclass(slots=True)
class Progress:
    """Where a run stands; with the checkpoint's tensors, all that a resumed run needs."""

    epoch: int = 0
    step: int = 0  # updates, over all epochs
    loss_sum: float = 0.0  # of this epoch's updates
    closed: int = 0  # updates of the epochs before
    before: float | None = None  # validation loss
    best: int = -1  # index in `table`
    table: list[Epoch] = field(default_factory=list)
    curve: list[tuple[int, float]] = field(default_factory=list)  # (step, loss of the update)
    data: int = 0  # fingerprint of the first epoch's blocks
    settings: dict[str, Any] = field(default_factory=dict)  # those that must stay the same
    epochs: int = 0  # of the whole run
    processes: int = 1
    threads: int = 0  # of a process
    sharded: bool = False  # each process has a part of the model
    seconds: float = 0.0
    tokens: int = 0

    def differs(self, other: Progress) -> str:
        """In what another run differs from this one, for people; "" where it is the same.

        Where all of them are the same its documents may be others.
        """
        names = sorted({*self.settings, *other.settings})
        found = [
            f"--{name.replace('_', '-')} {other.settings.get(name)}"
            for name in names
            if self.settings.get(name) != other.settings.get(name)
        ]
        if self.sharded != other.sharded:
            found.append("FSDP" if other.sharded else "the whole model in each process, not FSDP")
        return ", ".join(found) or ("other documents" if self.data != other.data else "")

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> Progress:
        """Read what `save` wrote."""
        record = json.loads(path.read_text())
        record["table"] = [Epoch(**line) for line in record["table"]]
        record["curve"] = [(int(step), float(loss)) for step, loss in record["curve"]]
        return cls(**record)
