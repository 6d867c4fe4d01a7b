"""A program in a terminal (tmux), typed into as from a keyboard and read as from the screen."""

import os
import shlex
import subprocess
import time

from homes import Home
from programs import program
from waiting import wait_for


class Terminal:
    """A program that a writer has started."""

    def __init__(self, command: list[str], home: Home) -> None:
        self._tmux = [program("tmux"), "-S", str(home.folder / "tmux"), "-f", os.devnull]
        self._environment = {**home.environment, "LANG": "C.UTF-8"}
        self._run("new-session", "-d", "-x", "100", "-y", "30", shlex.join(command))
        self._run("set-option", "-s", "escape-time", "0")
        self.process_id = int(self._run("display-message", "-p", "#{pane_pid}"))

    def type(self, text: str) -> None:
        """Type letters as on a keyboard."""
        for letter in text:
            self._run("send-keys", "-l", letter)
            time.sleep(0.02)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names, such as `C-x`, `Tab` and `Enter`."""
        for key in keys:
            self._run("send-keys", key)
            time.sleep(0.02)

    def screen(self) -> list[str]:
        """The lines on the screen."""
        return self._run("capture-pane", "-p").splitlines()

    def wait_for_line(self, beginning: str) -> None:
        """Wait for a line that begins, after its blanks, with a text."""
        wait_for(
            f"{beginning!r} on the screen",
            lambda: [line for line in self.screen() if line.lstrip().startswith(beginning)],
        )

    def close(self) -> None:
        """End the terminal and the program in it."""
        self._run("kill-server")

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments],
            env=self._environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout
