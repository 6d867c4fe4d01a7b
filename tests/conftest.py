"""Fixtures that suites share: tiny real models and a wheel, made once for a test run."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

import tiny_models


@pytest.fixture(scope="session")
def build_model(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[[str], Path]:
    """Make a tiny exported model of a family: ``build_model("roberta")``; read-only, shared.

    Runs that follow each other find those made before in the folder ``MIDWORD_TINY_MODELS``.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    root = Path(os.environ.get("MIDWORD_TINY_MODELS") or shared / "tiny-models")
    root.mkdir(exist_ok=True)

    def build(family: str) -> Path:
        folder = root / family
        # Workers share the folder: the first one builds, the others wait for it.
        with FileLock(root / f"{family}.lock"):
            if not tiny_models.finished(folder):
                from midword_training.exporting.export import export

                tiny_models.build(folder, family)
                export(folder, int8=True, fp32=True, name=f"tiny-{family}", length=32)
                (folder / "done.json").write_text("true")
        return folder

    return build


@pytest.fixture(scope="session")
def tiny_model(build_model: Callable[[str], Path]) -> Path:
    """A model folder for ``--model``: a tiny BERT that knows ``tiny_models.SENTENCES``."""
    return build_model("bert")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Midword as it is published: a wheel, made of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps", "--wheel-dir", folder]
    subprocess.run([*pip, Path(__file__).parents[1]], check=True)
    (wheel,) = folder.glob("midword-*.whl")
    return wheel
