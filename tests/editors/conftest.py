"""What every editor's tests share: the server's program, the prepared cache, no skipping in CI."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import homes
import psutil
import pytest
from code_server import VSCode, chromium, vscode
from playwright.sync_api import Browser
from waiting import wait_for

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "test-results" / "editors"
CACHE = Path(os.environ.get("MIDWORD_EDITORS_CACHE", Path.home() / ".cache" / "midword-editors"))
IN_CI = bool(os.environ.get("CI"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a missing editor is a failure; of a failure in a window a picture is kept."""
    report = yield
    window = getattr(item, "funcargs", {}).get("code")
    if report.when == "call" and report.failed and window is not None:
        RESULTS.mkdir(parents=True, exist_ok=True)
        window.picture(RESULTS / f"{item.name}.png")
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.name} was skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def midword() -> str:
    """The server's program, of the environment that runs these tests."""
    return str(Path(sys.executable).with_name("midword"))


@pytest.fixture(scope="session")
def search(midword: str) -> str:
    """A PATH on which the program is."""
    return f"{Path(midword).parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def home(search: str, tmp_path: Path) -> Iterator[homes.Home]:
    """A writer's home."""
    with homes.home(tmp_path, search) as home:
        yield home


@pytest.fixture(scope="session", autouse=True)
def no_orphans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whatever a test started has ended after the last one."""
    yield
    ours = str(tmp_path_factory.getbasetemp())
    left = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):  # it has just ended
            if "midword" in process.cmdline() and ours in process.environ().get("HOME", ""):
                left.append(process)
    assert left == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium for the windows of VS Code."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def cache() -> Path:
    """The folder with code-server, the packed extension and the web page, made if need be."""
    if not IN_CI and not CACHE.exists():
        pytest.skip(f"{CACHE} is missing: run tests/editors/prepare.sh (1 GB, about a minute)")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [HERE / "prepare.sh"],
        env={**os.environ, "PATH": path, "MIDWORD_EDITORS_CACHE": str(CACHE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return CACHE


@pytest.fixture(scope="module")
def window(
    browser: Browser, cache: Path, search: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VSCode]:
    """One window of VS Code for a module's tests; the server is found on the PATH."""
    profile = tmp_path_factory.mktemp("vscode")
    settings = {
        "midword.inlineConfidence": 0.3,
        "midword.inlineMaxWords": 2,
        "midword.memoryWeight": 0,  # one test's words must not sway the next one's
        "midword.personalDictionary": str(profile / "words"),
    }
    with vscode(browser, cache, profile, settings, search) as window:
        window.write("start.md")
        wait_for("the welcome", lambda: "Enter still breaks the line" in window.notifications())
        wait_for("the model", window.is_ready)
        yield window


@pytest.fixture
def code(window: VSCode) -> Iterator[VSCode]:
    """The window, left tidy."""
    yield window
    window.press("Escape", "Escape", "Control+s")


@pytest.fixture
def mode(code: VSCode) -> Iterator[VSCode]:
    """The window, back in the mode with a list afterwards."""
    yield code
    code.choose_mode("List", "popup")
