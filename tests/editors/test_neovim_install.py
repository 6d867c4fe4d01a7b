"""`midword editor neovim` with a real Neovim: from the published wheel to the first suggestion."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from embedded_neovim import Neovim
from homes import Home, home
from programs import program
from waiting import wait_for

pytestmark = [
    pytest.mark.timeout(180),
    # pynvim leaves the pipes of its child to the garbage collector.
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]


def test_installed_by_the_command_the_first_suggestion_appears(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The wheel's own files come before this checkout's; what the wheel needs is here already.
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "--quiet", "install", "--no-deps", "--target", site]
    subprocess.run([*pip, wheel], check=True)
    monkeypatch.setenv("PYTHONPATH", str(site))
    nvim = Path(program("nvim"))
    search = os.pathsep.join([str(site / "bin"), str(nvim.parent), os.environ["PATH"]])

    with home(tmp_path, search) as writer:
        install_write_and_uninstall(writer, str(nvim))


def install_write_and_uninstall(writer: Home, nvim: str) -> None:
    said = writer.say("editor", "neovim", "--install")
    plugin = (
        writer.folder / "xdg_data_home" / "nvim" / "site" / "pack" / "midword" / "start" / "midword"
    )
    assert f"installed {plugin}" in said
    assert "    vim.lsp.enable('midword')\n" in said

    editor = Neovim(nvim, writer, extra="")
    try:
        editor.write("first.md", "We would like to | you for your letter.")
        wait_for("the model", lambda: editor.status() == "ready")
        editor.type("t")
        editor.wait_for_popup(first="thank")
        editor.type("<C-n><C-y>")
        assert editor.text() == "We would like to thank you for your letter."
        editor.type("<Esc>")
        editor.nvim.command("help midword")
        assert editor.nvim.current.buffer.name == str(plugin / "doc" / "midword.txt")
    finally:
        editor.close()

    assert f"up to date already: {plugin}" in writer.say("editor", "neovim", "--install")
    assert f"removed {plugin}" in writer.say("editor", "neovim", "--uninstall")
    assert not plugin.exists()
