"""VS Code set up anew: a server to be installed, a folder not to be trusted, other settings."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest
from code_server import vscode
from playwright.sync_api import Browser
from waiting import WAIT_S, servers, wait_for

pytestmark = pytest.mark.timeout(300)


def test_settings_hold_lists_back_unless_they_are_asked_for(
    browser: Browser, cache: Path, midword: str, tmp_path: Path
) -> None:
    path = f"{Path(midword).parent}{os.pathsep}{os.environ['PATH']}"
    settings = {"midword.minLetters": 3, "midword.languages": {"plaintext": False}}
    with vscode(browser, cache, tmp_path / "profile", settings, path) as window:
        window.write("off.txt")
        wait_for("the status", lambda: window.status() == "Midword: Turned off in the settings.")
        notes = window.write("letters.md", "It is very |")
        wait_for("the model", lambda: window.status() == "Midword: Ready.")
        window.type("im")
        time.sleep(1)  # silence has no event to wait for
        assert window.popup() == []
        window.type("p")
        window.wait_for_popup(first="important")
        window.press("Tab")
        window.type(" to do it, and it is very i")
        window.press("Control+Space")
        window.wait_for_popup()
        window.type("m")  # an asked-for list goes on with the letters
        window.wait_for_popup(first="important")
        window.press("Tab")
        text = "It is very important to do it, and it is very important"
        assert window.text(notes) == text


def test_a_folder_that_is_not_trusted_cannot_choose_the_program(
    browser: Browser, cache: Path, midword: str, tmp_path: Path
) -> None:
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch '{sprung}'\n", "utf-8")
    trap.chmod(0o755)
    folder = tmp_path / "profile" / "workspace" / ".vscode"
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text(json.dumps({"midword.command": [str(trap)]}), "utf-8")
    path = f"{Path(midword).parent}{os.pathsep}{os.environ['PATH']}"
    settings = {"security.workspace.trust.startupPrompt": "never"}
    profile = tmp_path / "profile"
    with vscode(browser, cache, profile, settings, path, trusted=False) as window:
        window.page.get_by_text("Restricted Mode").first.wait_for(timeout=WAIT_S * 1000)
        notes = window.write("notes.md", "It is very |")
        wait_for("the model", lambda: window.status() == "Midword: Ready.")
        window.type("impo")
        window.wait_for_popup(first="important")
        window.press("Tab")
        assert window.text(notes) == "It is very important"
        assert not sprung.exists()


def test_without_a_server_the_writer_is_asked_and_it_is_installed(
    browser: Browser, cache: Path, wheel: Path, tmp_path: Path
) -> None:
    """The README's five steps, for a writer who has Python and nothing else."""
    bare = tmp_path / "bin"  # a PATH without `midword`
    bare.mkdir()
    for name in ("sh", "bash", "cat", "ps", "which"):
        if (found := shutil.which(name)) is not None:
            (bare / name).symlink_to(found)
    (bare / "python3").symlink_to(Path(sys.executable).resolve())
    # Downloads everything that Midword needs from PyPI, but Midword itself is this checkout's.
    published = tmp_path / "constraints.txt"
    published.write_text(f"midword @ {wheel.as_uri()}\n", "utf-8")
    pip = {"PIP_CONSTRAINT": str(published), "PIP_CACHE_DIR": str(Path.home() / ".cache" / "pip")}
    with vscode(browser, cache, tmp_path / "profile", {}, str(bare), pip) as window:
        path = window.write("first.md", "We would like to | you for your letter.")
        wait_for("the question", lambda: "Install it" in window.notifications())
        missing = "Midword: The server is not installed."
        wait_for("the status", lambda: window.status() == missing)
        assert servers(window.process_id) == []

        window.page.get_by_role("button", name="Install", exact=True).click()
        wait_for("the progress", lambda: "Installing Midword" in window.notifications())
        wait_for("the model", lambda: window.status() == "Midword: Ready.", timeout=240)
        window.write("first.md", "We would like to | you for your letter.")
        window.type("t")
        window.wait_for_popup(first="thank")
        window.press("Tab")
        assert window.text(path) == "We would like to thank you for your letter."
