"""One run at a time in a folder: two would write each other's checkpoints over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from midword.locks import alone_with

_PATIENCE = 1.0  # seconds: a run that was just ended may still be going


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Make a run's folder and hold it while the block lasts.

    Raises SystemExit, with words for whoever started the run, if another one holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            held.enter_context(alone_with(folder, _PATIENCE))
        except OSError as error:
            raise SystemExit(
                f"{folder}: another run is at work in it, or it can't be held ({error.strerror}). "
                "Wait until that one has saved and left, or name another --out."
            ) from error
        yield
