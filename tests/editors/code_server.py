"""VS Code, driven: code-server with a clean profile, in a headless Chromium."""

import contextlib
import json
import os
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from homes import Home, home
from playwright.sync_api import Browser, FloatRect, Page, TimeoutError, sync_playwright
from waiting import WAIT_S, ask_until, wait_for, wait_for_list

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# A quiet window; nothing here touches completion, so that the extension's own defaults are tested.
SETTINGS: dict[str, Any] = {
    "workbench.startupEditor": "none",
    "workbench.editor.useModal": "off",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.tips.enabled": False,
    "chat.disableAIFeatures": True,
    "editor.cursorBlinking": "solid",
    "editor.minimap.enabled": False,
    "files.autoSave": "off",
    "git.enabled": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
}


# Of VS Code's own texts. The packs that have some are in its marketplace alone.
NO_TRANSLATIONS = Path(__file__).with_name("no_translations.json")


class VSCode:
    """One window on one workspace."""

    def __init__(
        self, page: Page, workspace: Path, home: Home, process_id: int, settings_file: Path
    ) -> None:
        self.page = page
        self.workspace = workspace
        self.home = home
        self.process_id = process_id
        self.settings_file = settings_file
        self._last = workspace

    def another(self, workspace: Path) -> "VSCode":
        """Another window of the same VS Code, on another folder."""
        browser = self.page.context.browser
        assert browser is not None
        page = open_window(browser, self.page.url.split("/")[2], workspace)
        return VSCode(page, workspace, self.home, self.process_id, self.settings_file)

    def close(self) -> None:
        """Close the window."""
        self.page.close()

    # What a writer does

    def write(self, name: str, text: str = "") -> Path:
        """Make a file of `text` and open it with the cursor where `text` has a `|`."""
        left, _, right = text.partition("|")
        path = self._last = self.workspace / name
        path.write_text(left + right, "utf-8", newline="")
        line = left.count("\n") + 1
        column = len(left.rpartition("\n")[2].encode("utf-16-le")) // 2 + 1
        wait_for(f"{name} to be found", lambda: self._find(path, line, column))
        self.page.keyboard.press("Enter")
        self.page.locator(f'.tab.active[data-resource-name="{name}"]').wait_for(
            timeout=WAIT_S * 1000
        )
        self.page.locator(".editor-group-container.active .monaco-editor.focused").wait_for(
            timeout=WAIT_S * 1000
        )
        if right:
            wait_for(f"the cursor at {line}:{column}", lambda: self.cursor() == (line, column))
        else:  # VS Code counts columns otherwise than we where there are emoji
            self.page.keyboard.press("Control+End")
        return path

    def write_notebook(self, name: str, *cells: tuple[str, str]) -> Path:
        """Make a Jupyter notebook of cells (kind and text) and open it, the first one selected."""
        path = self.workspace / name
        path.write_text(json.dumps(jupyter_notebook(*cells)), "utf-8")
        wait_for(f"{name} to be found", lambda: self._find(path, 1, 1))
        self.page.keyboard.press("Enter")
        tab = self.page.locator(f'.tab.active[data-resource-name="{name}"]')
        tab.wait_for(timeout=WAIT_S * 1000)
        selected = self.page.locator(".notebookOverlay .monaco-list-row.focused")
        selected.first.wait_for(state="attached", timeout=WAIT_S * 1000)
        return path

    def edit_cell(self) -> None:
        """Begin to edit the notebook's selected cell, at its end."""
        self.page.keyboard.press("Enter")
        editor = self.page.locator(".notebookOverlay .monaco-editor.focused")
        editor.wait_for(timeout=WAIT_S * 1000)
        self.page.keyboard.press("Control+End")

    def _find(self, path: Path, line: int, column: int) -> bool:
        """Ask for a file by its whole path, which needs no search; whether it is offered."""
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Control+p")
        self.page.locator(".quick-input-widget input").fill(f"{path}:{line}:{column}")
        row = self.page.locator(".quick-input-list .monaco-list-row").first
        with contextlib.suppress(TimeoutError):
            row.locator(".label-name", has_text=path.name).wait_for(timeout=20_000)
            return True
        return False

    def type(self, text: str, *, delay_ms: float = 30) -> None:
        """Type as on a keyboard."""
        self.page.keyboard.type(text, delay=delay_ms)

    def press(self, *keys: str) -> None:
        """Press keys by their names, such as "Control+Space"."""
        for key in keys:
            self.page.keyboard.press(key)

    def command(self, title: str) -> None:
        """Run a command by its title in the palette.

        An open palette doesn't hear of commands that a server brings which is just there: it is
        opened anew.
        """
        row = self.page.locator(".quick-input-list .monaco-list-row").first
        name = row.locator(".label-name", has_text=title)

        entry = self.page.locator(".quick-input-widget input")

        def ask() -> None:
            if entry.is_visible():
                self.page.keyboard.press("Escape")
            self.page.keyboard.press("F1")
            with contextlib.suppress(TimeoutError):  # one that closes takes no letters
                entry.fill(f">{title}", timeout=2000)

        ask_until(f"the command {title}", ask, name.is_visible)
        self.page.keyboard.press("Enter")

    def choose(self, label: str) -> None:
        """Choose a row of the open quick pick."""
        row = self.page.locator(".quick-input-list .monaco-list-row", has_text=label).first
        row.click(timeout=WAIT_S * 1000)

    def choose_mode(self, label: str, mode: str) -> None:
        """Choose how suggestions show, and wait until that is noted."""
        self.press("Escape")
        self.command("Midword: Choose How Suggestions Show")
        self.choose(label)
        setting = f'"midword.mode": "{mode}"'
        wait_for("the setting", lambda: setting in self.settings_file.read_text("utf-8"))

    def set(self, changes: dict[str, Any]) -> None:
        """Change the user's settings in their file, opened here: nothing watches the disk."""
        settings = json.loads(self.settings_file.read_text("utf-8"))
        self.command("Preferences: Open User Settings (JSON)")
        tab = self.page.locator('.tab.active[data-resource-name="settings.json"]')
        tab.wait_for(timeout=WAIT_S * 1000)
        self.page.locator(".editor-group-container.active .monaco-editor.focused").wait_for(
            timeout=WAIT_S * 1000
        )
        self.press("Control+a", "Delete")
        text = json.dumps({**settings, **changes})
        self.page.keyboard.insert_text(text)
        self.press("Control+s")
        wait_for("the settings", lambda: self.settings_file.read_text("utf-8") == text)

    def open_menu(self) -> list[str]:
        """Open the menu in the status bar; its entries, or those of them on the screen."""
        self.page.locator(".quick-input-widget").wait_for(state="hidden", timeout=WAIT_S * 1000)
        self.page.locator("#midword\\.midword\\.midword\\.status").click()
        rows = self.page.locator(".quick-input-list .monaco-list-row .label-name")
        rows.filter(has_text="Settings").wait_for(timeout=WAIT_S * 1000)
        return [row.strip() for row in rows.all_inner_texts()]

    def close_list(self) -> None:
        """Close the open list."""
        self.press("Escape")

    def take_first(self) -> None:
        """Take the first word of the open list."""
        self.press("Tab")

    def restart(self) -> None:
        """Have the server started anew."""
        self.command("Midword: Restart Server")

    # What a writer sees

    def popup(self) -> list[str]:
        """The words of the open list that are on the screen, at most about twelve."""
        labels = self.page.locator(".suggest-widget.visible .monaco-list-row .label-name")
        return labels.all_inner_texts()

    def wait_for_popup(self, *, first: str | None = None, holds: str | None = None) -> list[str]:
        """Wait for a list, or for one that begins with or holds a word."""
        return wait_for_list(self.popup, first, holds)

    def ghost(self) -> str:
        """The grey text at the cursor."""
        parts = self.page.locator('.view-line [class*="ghost-text"]').all_inner_texts()
        return "".join(parts).replace("\xa0", " ")

    def cursor(self) -> tuple[int, int] | None:
        """Line and column, from 1, as the status bar shows them."""
        item = self.page.locator("#status\\.editor\\.selection")
        words = (item.inner_text() if item.count() else "").replace(",", " ").split()
        numbers = [int(word) for word in words if word.isdigit()]
        return (numbers[0], numbers[1]) if len(numbers) == 2 else None

    def text(self, path: Path | None = None) -> str:
        """The buffer's text, if none is named the last one's: saved, then read."""
        path = path or self._last
        self.page.keyboard.press("Control+s")
        tab = self.page.locator(f'.tab.active[data-resource-name="{path.name}"]')
        wait_for("the file to be saved", lambda: "dirty" not in (tab.get_attribute("class") or ""))
        return path.read_bytes().decode("utf-8")

    def status(self) -> str:
        """What the status bar's item says to a screen reader."""
        item = self.page.locator("#midword\\.midword\\.midword\\.status")
        return (item.get_attribute("aria-label") or "") if item.count() else ""

    def notifications(self) -> str:
        """The texts of the notifications on the screen."""
        return "\n".join(self.page.locator(".notification-toast").all_inner_texts())

    def is_ready(self) -> bool:
        """Whether the server is there, with its model."""
        return self.status() == "Midword: Ready."

    def said(self) -> str:
        """What is said to the writer now."""
        return self.notifications()

    def no_suggestions(self) -> bool:
        """Whether a list was asked for and there was none."""
        return self.page.locator(".suggest-widget.visible.message").count() > 0

    def picture(self, path: Path, part: FloatRect | None = None) -> None:
        """Save what the window, or a part of it, shows as a PNG."""
        self.page.screenshot(path=path, clip=part)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser; one at a time in a process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def vscode(
    browser: Browser,
    cache: Path,
    profile: Path,
    settings: dict[str, Any],
    search: str,
    variables: dict[str, str] | None = None,
    trusted: bool = True,
    language: str | None = None,
) -> Iterator[VSCode]:
    """VS Code with the packed extension, a clean profile in the folder `profile`, and one window.

    `search` is the PATH of its user, `variables` what the environment holds besides; `trusted`
    whether the folder's authors are; `language` the one that extensions are to speak.
    """
    root = cache / "code-server" / "node_modules" / "code-server"
    folders = {name: profile / name for name in ("data", "extensions", "workspace", "home")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    user = folders["data"] / "User"
    user.mkdir()
    (user / "settings.json").write_text(json.dumps({**SETTINGS, **settings}), "utf-8")
    (profile / "config.yaml").write_text("auth: none\n", "utf-8")
    # VS Code asks a login shell for the environment of its extensions.
    (folders["home"] / ".profile").write_text(f"export PATH='{search}'\n", "utf-8")
    if language is not None:
        (folders["data"] / "languagepacks.json").write_text(language_packs(language), "utf-8")
    command = [
        str(cache / "bin" / "node"),
        str(root / "out" / "node" / "entry.js"),
        *("--auth", "none", "--disable-telemetry", "--disable-update-check"),
        *(("--disable-workspace-trust",) if trusted else ()),
        *(("--locale", language) if language else ()),
        *("--config", str(profile / "config.yaml")),
        *("--user-data-dir", str(folders["data"])),
        *("--extensions-dir", str(folders["extensions"])),
    ]
    with home(folders["home"], search) as writer:
        path = os.environ["PATH"]  # of code-server itself
        environment = {
            **writer.environment,
            **(variables or {}),
            "PATH": path,
            "SHELL": "/bin/bash",
        }
        install = [*command, "--install-extension", str(cache / "midword.vsix")]
        done = subprocess.run(install, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

        address = f"127.0.0.1:{free_port()}"
        with (profile / "code-server.log").open("w") as log:
            server = subprocess.Popen(
                [*command, "--bind-addr", address], env=environment, stdout=log, stderr=log
            )
        try:
            wait_for("code-server", lambda: answers(f"http://{address}/healthz"))
            page = open_window(browser, address, folders["workspace"])
            settings_file = user / "settings.json"
            yield VSCode(page, folders["workspace"], writer, server.pid, settings_file)
            page.close()
        finally:
            server.terminate()
            server.wait(timeout=30)


def language_packs(language: str) -> str:
    """A list of language packs with one, that has nothing of VS Code's own in it."""
    pack = {
        "hash": language,
        "label": language,
        "extensions": [{"extensionIdentifier": {"id": f"none.{language}"}, "version": "1.0.0"}],
        "translations": {"vscode": str(NO_TRANSLATIONS)},
    }
    return json.dumps({language: pack})


def open_window(browser: Browser, address: str, workspace: Path) -> Page:
    """A window of a code-server on a folder."""
    page = browser.new_page(viewport={"width": 1100, "height": 700})
    page.goto(f"http://{address}/?folder={workspace}", timeout=WAIT_S * 1000)
    page.locator(".monaco-workbench .statusbar-item").first.wait_for(timeout=WAIT_S * 1000)
    return page


def jupyter_notebook(*cells: tuple[str, str]) -> dict[str, Any]:
    """A notebook's file (nbformat 4.5) of cells: "markdown" or "code", and the text."""
    more: dict[str, Any] = {"code": {"outputs": [], "execution_count": None}}
    return {
        "cells": [
            {
                "id": f"cell-{number}",
                "cell_type": kind,
                "metadata": {},
                "source": text.splitlines(keepends=True),
                **more.get(kind, {}),
            }
            for number, (kind, text) in enumerate(cells)
        ],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def free_port() -> int:
    """A TCP port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> bool:
    """Whether a page answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False
