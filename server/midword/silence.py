"""Libraries that would report home, told not to before they are imported.

`import midword` (and `midword_training`) does this first, for most of them look once, when they are
imported. A program that imports onnxruntime before Midword must set `ORT_DISABLE_TELEMETRY=1`
itself.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Set whatever the environment says: that nothing leaves the machine is a promise, not a default.
VARIABLES = {
    # onnxruntime 1.29 and newer, then names that builds before read; on Windows only a call helps
    # (`midword.model.ort`). github.com/microsoft/onnxruntime/pull/27379
    "ORT_DISABLE_TELEMETRY": "1",
    "ORT_TELEMETRY_DISABLED": "1",
    # huggingface_hub, transformers, and the client of its storage
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_XET_TELEMETRY_ENABLED": "0",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_UPDATE_DOWNLOAD_COUNTS": "0",  # datasets
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",  # donottrack.sh
}


def hush() -> None:
    """Switch off what libraries send of their own accord; for child processes too."""
    os.environ.update(VARIABLES)


def left_behind() -> list[Path]:
    """Folders that onnxruntime's telemetry made before Midword switched it off."""
    from pathlib import Path  # milliseconds, both, that a start need not wait for

    import platformdirs

    try:
        caches = {Path(platformdirs.user_cache_dir()), Path.home() / ".cache"}
    except RuntimeError:  # whoever has no home has no folder there
        return []
    folders = [cache / "Microsoft" / "DeveloperTools" / ".onnxruntime" for cache in caches]
    return sorted(folder for folder in folders if folder.is_dir())
