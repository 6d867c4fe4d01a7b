"""One daemon for all windows: two of VS Code, two Neovims, and what becomes of it meanwhile."""

import contextlib
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import homes
import pytest
from code_server import VSCode, vscode
from embedded_neovim import Neovim
from homes import Home
from playwright.sync_api import Browser
from programs import program
from waiting import servers, wait_for

pytestmark = [
    pytest.mark.timeout(300),
    # pynvim leaves the pipes of its child to the garbage collector.
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]


NUMBERS = itertools.count(1)  # of files, so that no two windows have one open


class Window(Protocol):
    """What a writer does and sees in a window of either editor."""

    process_id: int

    def write(self, name: str, text: str = "") -> object: ...
    def type(self, text: str) -> None: ...
    def wait_for_popup(self, *, first: str | None = None) -> list[str]: ...
    def popup(self) -> list[str]: ...
    def close_list(self) -> None: ...
    def take_first(self) -> None: ...
    def text(self) -> str: ...
    def is_ready(self) -> bool: ...
    def said(self) -> str: ...
    def restart(self) -> None: ...
    def close(self) -> None: ...


class Pair(NamedTuple):
    """Two windows of one writer."""

    home: Home
    first: Window
    second: Window

    def servers(self) -> list[int]:
        """What the editors have started, by process."""
        editors = {window.process_id for window in (self.first, self.second)}
        return sorted(server.pid for editor in editors for server in servers(editor))

    def said(self) -> list[str]:
        return [self.first.said(), self.second.said()]


@pytest.fixture(scope="module", params=["Neovim", "VS Code"])
def pair(
    request: pytest.FixtureRequest, search: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """Two windows of one editor whose servers are ready, with nothing on the screen to read."""
    folder = tmp_path_factory.mktemp("pair")
    with contextlib.ExitStack() as stack:
        if request.param == "Neovim":
            pair = neovims(stack, folder, search)
        else:
            browser, cache = (request.getfixturevalue(name) for name in ("browser", "cache"))
            pair = windows_of_vscode(stack, browser, cache, folder, search)
        yield pair


def neovims(stack: contextlib.ExitStack, folder: Path, search: str) -> Pair:
    home = stack.enter_context(homes.home(folder, search))
    first, second = (Neovim(program("nvim"), home) for _ in range(2))
    for editor, name in ((first, "first.md"), (second, "second.md")):
        stack.callback(leave, editor)
        editor.write(name)
        wait_for("the model", editor.is_ready)
    return Pair(home, first, second)


def leave(editor: Neovim) -> None:
    with contextlib.suppress(AssertionError):  # a test has closed it
        editor.close()


def windows_of_vscode(
    stack: contextlib.ExitStack, browser: Browser, cache: Path, folder: Path, search: str
) -> Pair:
    settings = {"midword.memoryWeight": 0}  # one test's words must not sway the next one's
    first = stack.enter_context(vscode(browser, cache, folder, settings, search))
    other = folder / "other"
    other.mkdir()
    second = first.another(other)
    for window in (first, second):
        window.write("start.md")
        wait_for("the model", window.is_ready)
    # The welcome shows once, in the one or the other, some time around now.
    end = time.monotonic() + 5
    while time.monotonic() < end:
        for window in (first, second):
            if window.notifications():
                window.command("Notifications: Clear All Notifications")
    return Pair(first.home, first, second)


def writes(window: Window) -> None:
    """A list opens, and a word is taken."""
    window.write(f"notes {next(NUMBERS)}.md", "The committee will meet on Tuesday to |")
    window.type("dis")
    window.wait_for_popup(first="discuss")
    window.take_first()
    assert window.text() == "The committee will meet on Tuesday to discuss"


def test_two_windows_have_one_daemon(pair: Pair) -> None:
    for window in (pair.first, pair.second):
        writes(window)
    report = pair.home.report()
    assert [daemon.pid for daemon in pair.home.daemons()] == [report["pid"]]
    assert len(pair.servers()) == len(report["windows"]) == 2
    assert {window["pid"] for window in report["windows"]} == set(pair.servers())
    assert len(report["models"]) == 1


def test_a_daemon_that_is_killed_within_a_word_costs_one_list(pair: Pair) -> None:
    said, before = pair.said(), pair.servers()
    pair.first.write("killed.md", "It is very |")
    pair.first.type("im")
    pair.first.wait_for_popup()
    pair.first.close_list()
    (daemon,) = pair.home.daemons()
    daemon.kill()

    def listed() -> bool:
        return pair.first.popup()[:1] == ["important"]

    for letter in "portan":
        if listed():
            break
        pair.first.type(letter)
        with contextlib.suppress(AssertionError):
            wait_for("a list", listed, timeout=10)
    pair.first.take_first()
    assert pair.first.text() == "It is very important"
    writes(pair.second)
    assert pair.said() == said
    assert pair.servers() == before
    assert len(pair.home.windows()) == 2
    assert daemon.pid not in [daemon.pid for daemon in pair.home.daemons()]


def test_stopped_it_stays_off_without_a_word_and_restart_brings_it_back(pair: Pair) -> None:
    said = pair.said()
    assert pair.home.say("stop") == "the daemon has ended\n"
    wait_for("no server", lambda: pair.servers() == [])
    for window in (pair.first, pair.second):
        wait_for("no model", lambda window=window: not window.is_ready())
    assert pair.said() == said
    assert pair.home.daemons() == []

    pair.first.restart()
    wait_for("the model", pair.first.is_ready)
    writes(pair.first)
    (before,) = pair.home.daemons()
    pair.second.restart()  # anew, under the first window
    pair.second.restart()  # by a writer without patience
    wait_for("both", lambda: len(pair.servers()) == len(pair.home.windows()) == 2)
    wait_for("the model", pair.second.is_ready)
    for window in (pair.first, pair.second):
        writes(window)
    (after,) = pair.home.daemons()
    assert before.pid != after.pid
    assert len(pair.servers()) == len(pair.home.windows()) == 2
    assert pair.said() == said


def test_a_server_of_ones_own(pair: Pair) -> None:
    """VS Code's setting for a folder; Neovim's is its command."""
    if not isinstance(pair.first, VSCode):
        return

    def kinds() -> list[str]:
        command_lines = [server.cmdline() for server in servers(pair.first.process_id)]
        return sorted("serve" if "serve" in line else "connect" for line in command_lines)

    settings = pair.first.workspace / ".vscode" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"midword.ownServer": True}), "utf-8")
    wait_for("a server of its own", lambda: kinds() == ["connect", "serve"])
    wait_for("the model", pair.first.is_ready)
    writes(pair.first)
    assert len(pair.home.windows()) == 1
    settings.unlink()
    wait_for("the daemon", lambda: kinds() == ["connect", "connect"])
    wait_for("the model", pair.first.is_ready)


def test_a_window_that_is_closed_leaves_the_daemon_to_the_other(pair: Pair) -> None:
    (daemon,) = pair.home.daemons()
    pair.second.close()
    wait_for("its end", lambda: len(pair.home.windows()) == 1)
    assert pair.home.daemons() == [daemon]
    writes(pair.first)
