"""A folder may have any name: no terminal obeys it, whatever command names it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# A window's title, red letters in two ways, and a name that is read backwards.
NAME = "\x1b]0;title\x07\x1b[31m\x9b31m\u202etxt"


@pytest.fixture
def folder(tmp_path: Path, tiny_model: Path) -> Path:
    """A cloned folder, with a model, the store and Neovim's folders in it."""
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / ".midword.toml").write_text(f'items = "{NAME[1:5]}"\nnone = [')
    shutil.copytree(tiny_model, folder / f"{NAME}model")
    (folder / "data" / "midword" / "models").mkdir(parents=True)
    (folder / "file").touch()
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ["doctor"],
        ["doctor", "--json"],
        ["models", "pull", "{model}", "--name", "ours"],
        ["models", "use", "{model}"],
        ["models", "show", "{model}"],
        ["models", "trust", "{model}"],
        ["models", "export", "{model}", "--name", "ours"],
        ["models", "pack", "{model}"],
        ["editor", "neovim"],
        ["editor", "neovim", "--install"],
        ["suggest", "--file", f"{NAME}.txt"],
        ["serve", "--stdio", "--log-file", f"file/{NAME}"],
        ["serve", "--tcp", "127.0.0.1:0", "--token-file", f"{NAME}none"],
        ["finetune", f"{NAME}none", "--output", "out"],
    ],
)
def test_no_terminal_obeys_a_name(arguments: list[str], folder: Path) -> None:
    model = str(folder / f"{NAME}model")
    ended = subprocess.run(
        [sys.executable, "-m", "midword", *(part.format(model=model) for part in arguments)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        timeout=60,
        check=False,
        env={
            **os.environ,
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_RUNTIME_DIR": str(folder.parent),
            "PATH": "",
        },
    )
    said = (ended.stdout + ended.stderr).decode()
    assert "title" in said, "the name is shown, but for its signs"
    assert all(sign.isprintable() or sign in "\r\n" for sign in said)
    assert "Traceback" not in said
