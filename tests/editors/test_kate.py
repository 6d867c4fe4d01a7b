"""Kate with its LSP client: the settings of editors/README.md, in the real program on a screen."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from copied import lines_to_copy
from homes import Home
from programs import program
from waiting import ask_until, servers, wait_for

pytestmark = pytest.mark.timeout(180)

# What Kate keeps once the writer has allowed the program, and no page of greeting.
KATERC = """
[General]
Show welcome view for new window=false
[lspclient]
AllowedServerCommandLines={midword} connect
"""


class Kate:
    """One Kate with one file, on a screen of its own; `|` is where the cursor stands at first."""

    def __init__(self, midword: str, home: Home, display: str, text: str) -> None:
        left, _, right = text.partition("|")
        self.file = home.folder / "notes.md"
        self.file.write_text(left + right, "utf-8")
        config = Path(home.environment["XDG_CONFIG_HOME"])
        (config / "kate" / "lspclient").mkdir(parents=True)
        (config / "katerc").write_text(KATERC.format(midword=midword), "utf-8")
        settings = config / "kate" / "lspclient" / "settings.json"
        settings.write_text(lines_to_copy("Kate", "json"), "utf-8")
        self.environment = {**home.environment, "DISPLAY": display, "LANG": "C.UTF-8"}
        column = len(left.encode("utf-16-le")) // 2 + 1
        command = [program("kate"), "--new", "--line", "1", "--column", str(column), self.file]
        self.process = subprocess.Popen(
            command,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for("the window", lambda: self._windows(self.file.name))
        wait_for("the server", lambda: servers(self.process.pid))
        self._xdotool("windowfocus", "--sync", self._windows(self.file.name)[0])

    def close(self) -> None:
        """Leave Kate without its question whether to save."""
        self.process.kill()
        self.process.wait(timeout=30)

    def press(self, *keys: str) -> None:
        """Press keys by their X names."""
        self._xdotool("key", "--delay", "30", *keys)

    def list_is_open(self) -> bool:
        """Whether a list shows: a window of its own, with the program's bare name."""
        return any(self._xdotool("getwindowname", w) == "Kate\n" for w in self._windows(".*"))

    def text(self) -> str:
        """The buffer's text: saved, then read."""
        before = self.file.stat().st_mtime_ns
        self.press("ctrl+s")
        wait_for("the file to be saved", lambda: self.file.stat().st_mtime_ns > before)
        return self.file.read_text("utf-8")

    def open_list(self, letter: str) -> None:
        """Type a letter, and once more while no list opens at it."""
        self.press(letter)
        ask_until("a list", lambda: self.press("BackSpace", letter), self.list_is_open)

    def _windows(self, name: str) -> list[str]:
        return self._xdotool("search", "--onlyvisible", "--name", name).split()

    def _xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            [program("xdotool"), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,  # a search without a find fails
        )
        return done.stdout


@pytest.fixture
def display() -> Iterator[str]:
    """A screen in memory."""
    reading, writing = os.pipe()
    xvfb = subprocess.Popen(
        [program("Xvfb"), "-displayfd", str(writing), "-screen", "0", "1000x700x24"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as answer:
        number = answer.readline().strip()
    yield f":{number}"
    xvfb.terminate()
    xvfb.wait(timeout=30)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("We would like to | you for your letter.\n", "thank"),
        ("Grüße 😀👩‍👩‍👧 u\u0308ber: we would like to | part in the meeting.\n", "take"),
    ],
    ids=["thank", "take after emoji"],
)
def test_kate_offers_the_word_that_fits_both_sides_and_takes_it(
    midword: str, home: Home, display: str, text: str, word: str
) -> None:
    kate = Kate(midword, home, display, text)
    try:

        def taken() -> bool:
            kate.open_list("t")
            kate.press("Tab")
            if kate.text() == text.replace("|", word):
                return True
            kate.press("ctrl+z", "BackSpace")  # the model was still being loaded: ask anew
            return False

        wait_for("the word", taken)
        kate.press("ctrl+z")
        assert kate.text() == text.replace("|", "t")

        kate.press("BackSpace")
        kate.open_list("t")
        kate.press("Escape")
        wait_for("the list to close", lambda: not kate.list_is_open())
        kate.press("Return")  # Kate takes the new line's blank away, to indent it
        assert kate.text() == text.replace("| ", "t\n")
    finally:
        kate.close()
