"""What the system is asked: here as Linux answers; tests/windows has Windows' answers."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from midword import system

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_memory_grows_and_is_given_back() -> None:
    """In a process of its own, whose heap is small."""
    code = """
from midword import system
before = system.memory()
block = bytearray(200_000_000)
full = system.memory()
del block
after = system.memory()
print(full.now - before.now, full.now - after.now, after.most - after.now)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(190e6 < int(difference) < 210e6 for difference in done.stdout.split())


@pytest.mark.linux
def test_memory_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource  # which Windows lacks

    def missing(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", missing)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert system.memory().most // 1024 >= kilobytes


@pytest.mark.linux
def test_memory_on_macos_is_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource  # which Windows lacks

    monkeypatch.setattr(sys, "platform", "darwin")
    said = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert system.memory() == (said, said)


def test_a_process_lives_until_it_ends() -> None:
    with subprocess.Popen(SLEEP) as process:
        lives = system.watch(process.pid)
        assert lives()
        process.kill()
        process.wait()
        assert not lives()
    assert system.watch(1)(), "somebody else's"
    assert system.watch(2**70)(), "a number of no process here says nothing"


@pytest.mark.linux
def test_a_parent_that_nobody_waited_for_is_gone() -> None:
    """Its number stays taken, and so it would seem to live."""
    code = """
import os, subprocess, sys, time
grandchild = '''
import os, sys, time
from midword import system
lives = system.watch_parent(system.parent())
print(lives(), flush=True)
sys.stdin.readline()
print(lives(), flush=True)
'''
subprocess.Popen([sys.executable, "-c", grandchild])
time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        assert parent.stdout.readline() == "True\n"
        parent.kill()
        while Path(f"/proc/{parent.pid}/stat").read_text().split()[2] != "Z":
            time.sleep(0.01)
        parent.stdin.write("\n")
        parent.stdin.flush()
        assert parent.stdout.readline() == "False\n"


@pytest.mark.linux
def test_a_group_ends_together() -> None:
    code = (
        "import subprocess, sys, time;"
        f"print(subprocess.Popen({SLEEP!r}).pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        status = Path(f"/proc/{int(process.stdout.readline())}/status")
        group = system.Group(process, 1000)
        group.kill()
        process.wait()
        group.kill()
        end = time.monotonic() + 20
        while status.exists() and "State:\tZ" not in status.read_text():
            assert time.monotonic() < end
            time.sleep(0.01)


def test_names_of_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert system.comparable("/Büro/A.md") != system.comparable("/büro/a.md")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert system.comparable("/Büro/A.md") == system.comparable(Path("/bu\u0308ro/a.MD"))


def test_where_neovim_keeps_things(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    home = Path.home()
    assert system.neovim_folders("nvim") == (home / ".local/share/nvim", home / ".config/nvim")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/Local")
    assert system.neovim_folders("nvim") == (Path("/Local/nvim-data"), Path("/Local/nvim"))
    monkeypatch.setenv("XDG_CONFIG_HOME", "/mine")
    assert system.neovim_folders("vi") == (Path("/Local/vi-data"), Path("/mine/vi"))


def test_an_argument_for_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    said = subprocess.run(
        ["sh", "-c", "printf %s " + system.quoted("it's $HOME here")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "it's $HOME here"
    monkeypatch.setattr(sys, "platform", "win32")
    assert system.quoted("C:\\it's here") == '"C:\\it\'s here"'


def test_the_command_that_pip_made() -> None:
    assert system.program() == Path(sys.executable).with_name("midword")
    assert os.access(system.program(), os.X_OK)
