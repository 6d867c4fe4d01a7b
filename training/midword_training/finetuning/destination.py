"""Where a run writes, checked before any work is done."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from midword.errors import UserError
from midword.own_folders import expanded


@dataclass(slots=True)
class Destination:
    """Where a run writes: `output` at the end, `work` meanwhile."""

    output: Path
    work: Path

    @classmethod
    def claim(cls, output: Path, overwrite: bool, needed: int) -> Destination:
        """Check, before any work is done, that the result can be written.

        Raises:
            UserError: it exists already, cannot be written, or would not fit.
        """
        output = expanded(output).absolute()
        work = output.with_name(output.name + ".run")
        if output.exists() and any(output.iterdir() if output.is_dir() else [1]) and not overwrite:
            raise UserError(f"{output} exists already; name another folder or say --overwrite")
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=output.parent, prefix=f".{output.name}"):
                pass
        except OSError as error:
            raise UserError(f"cannot write beside {output}: {error.strerror}") from None
        free = shutil.disk_usage(output.parent).free
        if free < needed:
            raise UserError(
                f"{output}: {free / 1e9:.1f} GB free, about {needed / 1e9:.1f} GB are needed"
            )
        return cls(output, work)
