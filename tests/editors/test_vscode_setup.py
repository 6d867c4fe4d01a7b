"""VS Code set up anew: a server to be installed, a folder not to be trusted, other settings."""

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from code_server import VSCode, vscode
from playwright.sync_api import Browser
from waiting import WAIT_S, servers, wait_for

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def german(
    browser: Browser, cache: Path, search: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VSCode]:
    """A German VS Code, with settings."""
    settings = {"midword.minLetters": 3, "midword.languages": {"plaintext": False}}
    profile = tmp_path_factory.mktemp("german")
    with vscode(browser, cache, profile, settings, search, language="de") as window:
        yield window


def test_it_speaks_german_in_a_german_vs_code(german: VSCode) -> None:
    german.write("deutsch.md")
    wait_for("the model", lambda: german.status() == "Midword: Bereit.")
    wait_for("the welcome", lambda: "bricht weiterhin die Zeile um" in german.notifications())
    german.command("Midword: Für diese Datei ein- oder ausschalten")
    wait_for("the pause", lambda: german.status() == "Midword: In dieser Datei angehalten.")


def test_settings_hold_lists_back_unless_they_are_asked_for(german: VSCode) -> None:
    german.write("off.txt")
    wait_for(
        "the status", lambda: german.status() == "Midword: In den Einstellungen ausgeschaltet."
    )
    notes = german.write("letters.md", "It is very |")
    wait_for("the model", lambda: german.status() == "Midword: Bereit.")
    german.type("im")
    time.sleep(1)  # silence has no event to wait for
    assert german.popup() == []
    german.type("p")
    german.wait_for_popup(first="important")
    german.press("Tab")
    german.type(" to do it, and it is very i")
    german.press("Control+Space")
    german.wait_for_popup()
    german.type("m")  # an asked-for list goes on with the letters
    german.wait_for_popup(first="important")
    german.press("Tab")
    text = "It is very important to do it, and it is very important"
    assert german.text(notes) == text


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


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder for the PATH of a writer who has Python, as `python`, and nothing else."""
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("sh", "bash", "cat", "ps", "which"):
        if (found := shutil.which(name)) is not None:
            (bare / name).symlink_to(found)
    # What Windows calls python3 where there is none: it names a shop, and fails.
    shop = bare / "python3"
    shop.write_text("#!/bin/sh\necho Python was not found\nexit 49\n", "utf-8")
    shop.chmod(0o755)
    (bare / "python").symlink_to(Path(sys.executable).resolve())
    return bare


def test_without_a_server_the_writer_is_asked_and_it_is_installed_and_updated(
    browser: Browser, cache: Path, wheel: Path, bare: Path, tmp_path: Path
) -> None:
    """The README's steps, for a writer who has Python and nothing else."""
    # Downloads everything that Midword needs from PyPI, but Midword itself is this checkout's.
    published = tmp_path / "constraints.txt"
    published.write_text(f"midword @ {(tmp_path / 'nowhere.whl').as_uri()}\n", "utf-8")
    pip = {"PIP_CONSTRAINT": str(published), "PIP_CACHE_DIR": str(Path.home() / ".cache" / "pip")}
    with vscode(browser, cache, tmp_path / "profile", {}, str(bare), pip) as window:
        window.write("code.md", "prices\n\n```python\nx = |\n```\n")
        wait_for("the question", lambda: "not on this machine yet" in window.notifications())
        missing = "Midword: The server is not installed."
        wait_for("the status", lambda: window.status() == missing)
        assert servers(window.process_id) == []
        window.type("pri")
        time.sleep(1)  # silence has no event to wait for
        assert window.popup() == []

        window.command("Welcome: Open Walkthrough...")
        window.choose("Write with Midword")
        step = window.page.locator(".getting-started-step", has_text="Get the server")
        step.get_by_text("Install the Server").wait_for(timeout=WAIT_S * 1000)

        # Not now; later from the status bar, where it stays to be seen.
        window.command("Notifications: Clear All Notifications")
        item = window.page.locator("#midword\\.midword\\.midword\\.status.warning-kind")
        assert "Midword: install" in item.inner_text()
        item.click()
        wait_for("what to do", lambda: "Look whether you are online" in window.notifications(), 240)
        assert window.status() == missing
        published.write_text(f"midword @ {wheel.as_uri()}\n", "utf-8")
        window.page.get_by_role("button", name="Try Again", exact=True).click()
        wait_for("the progress", lambda: "Installing Midword" in window.notifications())
        wait_for("the model", window.is_ready, timeout=240)

        path = window.write("first.md", "We would like to | you for your letter.")
        window.type("t")
        window.wait_for_popup(first="thank")
        window.press("Tab")
        assert window.text(path) == "We would like to thank you for your letter."

        (daemon,) = window.home.daemons()
        window.command("Midword: Update the Server")
        wait_for("the progress", lambda: "Updating Midword" in window.notifications())
        wait_for("another daemon", lambda: window.home.daemons() not in ([], [daemon]), 120)
        wait_for("the model", window.is_ready)
