"""Vim with Debian's ALE: the lines of editors/README.md, in the real program."""

from pathlib import Path

import pytest
from copied import lines_to_copy
from homes import Home
from programs import program
from terminal import Terminal
from waiting import ask_until, wait_for

ALE = Path("/usr/share/vim-ale")

# What Debian's `vim-addon-manager install ale` and a usual vimrc do before.
VIMRC = f"""
set nocompatible encoding=utf-8 noswapfile
set runtimepath^={ALE}
filetype plugin on
"""


@pytest.mark.timeout(180)
def test_ale_offers_words_takes_one_and_leaves_enter_alone(home: Home, tmp_path: Path) -> None:
    """Inside a word too, whose other letters are replaced; and hovers are plain text."""
    if not ALE.exists():
        pytest.skip("Debian's vim-ale is not installed")
    vimrc = tmp_path / "vimrc"
    vimrc.write_text(VIMRC + lines_to_copy("Vim", "vim"), "utf-8")
    notes = tmp_path / "notes.txt"
    notes.write_text(" you for your letter.\n", "utf-8")
    vim = Terminal([program("vim"), "-u", str(vimrc), str(notes)], home)

    def text() -> str:
        before = notes.stat().st_mtime_ns
        vim.press("Escape")
        vim.type(":w\n")
        wait_for("the file to be saved", lambda: notes.stat().st_mtime_ns > before)
        return notes.read_text("utf-8")

    def listed() -> list[str]:
        """The first words of the lines below the first, the list's if one is open."""
        below = (line.strip("~ ") for line in vim.screen()[1:])
        return [line.split()[0] for line in below if line]

    def ask_anew() -> None:
        vim.press("BSpace")
        vim.type("t")

    try:
        vim.wait_for_line("you for")
        vim.type("0iWe would like to t")
        ask_until("the word", ask_anew, lambda: listed()[:1] == ["thank"])
        vim.press("C-n", "C-y")
        assert text() == "We would like to thank you for your letter.\n"
        vim.type("a t")
        wait_for("a list", lambda: listed()[:1] != ["--"])
        vim.press("Enter")
        assert text() == "We would like to thank t\n you for your letter.\n"
        vim.type("GoIt is very import to note.")
        vim.press("Escape")
        vim.type("0fpao")
        wait_for("the word", lambda: "important" in listed())
        vim.press("C-n", "C-y")
        assert text().endswith("\nIt is very important to note.\n")
        vim.type("0fv:ALEHover\n")
        vim.wait_for_line("very: ")
        assert not [line for line in vim.screen() if "**" in line or "|" in line]
    finally:
        vim.close()
