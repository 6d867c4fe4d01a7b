"""Emacs with eglot and with lsp-mode: the lines of editors/README.md, in the real program."""

import contextlib
import json
import subprocess
from pathlib import Path

import pytest
from copied import lines_to_copy
from homes import Home
from programs import program
from terminal import Terminal
from waiting import ask_until, servers, wait_for

HERE = Path(__file__).parent
# What Emacs compiles in the background in a new home, it warns of in a window that closes lists.
QUIETLY = "(setq native-comp-deferred-compilation nil)"


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("client", "block", "left"),
    [
        ("eglot", 0, "Grüße 😀: we would like to "),
        ("lsp-mode", 3, "Grüße: we would like to "),  # it miscounts behind an emoji
    ],
    ids=["eglot", "lsp-mode"],
)
def test_emacs_offers_words_takes_one_and_shows_likelier_ones(
    client: str, block: int, left: str, home: Home, tmp_path: Path
) -> None:
    lines = tmp_path / "lines.el"
    lines.write_text(lines_to_copy("Emacs", "elisp", block), "utf-8")
    assert client in lines.read_text("utf-8")
    environment = {
        **home.environment,
        "LANG": "C.UTF-8",
        "MIDWORD_CLIENT": client,
        "MIDWORD_FOLDER": str(tmp_path),
        "MIDWORD_LEFT": left,
        "MIDWORD_LINES": str(lines),
    }
    done = subprocess.run(
        [program("emacs"), "--batch", "-q", "-l", str(HERE / "emacs.el")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = {}
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            found.update(json.loads(line))
    assert found["text"] == f"{left}thank you for your letter.\n"
    assert "door" in str(found["hover"])


@pytest.mark.timeout(180)
def test_emacs_with_company_takes_a_word_at_tab_and_breaks_the_line_at_return(
    home: Home, tmp_path: Path
) -> None:
    eglot, company = (lines_to_copy("Emacs", "elisp", number) for number in (0, 1))
    lines = tmp_path / "lines.el"
    lines.write_text(
        f"{QUIETLY}\n(package-initialize)\n{eglot}\n(require 'company)\n{company}", "utf-8"
    )
    notes = tmp_path / "notes.txt"
    notes.write_text(" you for your letter.\n", "utf-8")
    command = [program("emacs"), "-nw", "-q", "-l", str(lines), str(notes)]
    emacs = Terminal(command, home)

    def text() -> str:
        before = notes.stat().st_mtime_ns

        def saved() -> str:
            with contextlib.suppress(FileNotFoundError):  # it is the backup now, and written anew
                if notes.stat().st_mtime_ns > before:
                    return notes.read_text("utf-8")
            return ""

        emacs.press("C-x", "C-s")
        return wait_for("the file to be saved", saved)

    def listed() -> list[str]:
        """The first words of the lines below the menu and the first line."""
        return [line.split()[0] for line in emacs.screen()[2:] if line.strip()]

    def ask_anew() -> None:
        """So that what is listed from then on is what the server says now."""
        emacs.press("C-g")
        wait_for("no list", lambda: not is_list())
        emacs.press("BSpace")
        emacs.type("t")

    def is_list() -> bool:
        return not listed()[0].startswith("-")

    try:
        wait_for("the server", lambda: servers(emacs.process_id))
        emacs.type("Grüße 😀: we would like to t")
        ask_until("the word", ask_anew, lambda: listed()[0] == "thank")
        emacs.press("Tab")
        assert text() == "Grüße 😀: we would like to thank you for your letter.\n"
        emacs.type(" t")
        wait_for("a list", is_list)
        emacs.press("Enter")
        assert text() == "Grüße 😀: we would like to thank t\nyou for your letter.\n"
    finally:
        emacs.close()
