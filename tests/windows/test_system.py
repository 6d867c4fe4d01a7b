"""What Windows is asked, from `midword.system`: files that others have open, processes, memory."""

from __future__ import annotations

import json
from pathlib import Path

from wine import Windows, path


def said(windows: Windows, code: str, *arguments: Path) -> object:
    """What a program prints as JSON."""
    begin = "import json, os, pathlib, sys, time; from midword import files, system\n"
    done = windows.python("-c", begin + code, *(str(path(argument)) for argument in arguments))
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_a_file_that_is_read_can_be_saved_by_others(windows: Windows, tmp_path: Path) -> None:
    """Editors rename the old file away, or a new one over it."""
    file = tmp_path / "notes.md"
    file.write_text("one")
    code = """
reading = files.open_plain(pathlib.Path(sys.argv[1]))
os.rename(sys.argv[1], sys.argv[1] + "~")
print(json.dumps(reading.read().decode()))
"""
    assert said(windows, code, file) == "one"


def test_a_file_that_another_program_reads_is_replaced_once_it_is_done(
    windows: Windows, tmp_path: Path
) -> None:
    file = tmp_path / "words.txt"
    file.write_text("one")
    code = """
import threading
reading = open(sys.argv[1])
threading.Timer(0.3, reading.close).start()
files.replace(pathlib.Path(sys.argv[1]), b"two")
print(json.dumps(reading.closed))
"""
    assert said(windows, code, file) is True, "Wine let it be replaced while it was open"
    assert file.read_text() == "two"


def test_a_file_that_stays_open_stays_as_it_was(windows: Windows, tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("one")
    code = """
reading = open(sys.argv[1])
try:
    files.replace(pathlib.Path(sys.argv[1]), b"two")
except OSError as error:
    print(json.dumps(system.why(error)))
"""
    assert "A program may have it open" in str(said(windows, code, file))
    assert file.read_text() == "one"
    assert [other.name for other in tmp_path.iterdir()] == ["words.txt"]


def test_whether_a_process_lives(windows: Windows) -> None:
    code = """
import os, subprocess, sys
sleep = "import time; time.sleep(100)"
first, second = (subprocess.Popen([sys.executable, "-c", sleep]) for _ in range(2))
lives = system.watch(first.pid)
before = [lives(), system.watch(os.getpid())(), system.watch(999996)(), system.watch(2**40)()]
first.kill()
first.wait()
after = [lives(), system.watch(second.pid)()]
second.kill()
second.wait()
print(json.dumps([before, [*after, system.watch(second.pid)()]]))
"""
    assert said(windows, code) == [[True, True, False, False], [False, True, False]]


def test_memory(windows: Windows) -> None:
    code = """
before = system.memory()
block = bytearray(200_000_000)
with_it = system.memory()
del block
print(json.dumps([before, with_it, system.memory(), system.machine_memory()]))
"""
    before, with_it, after, machine = said(windows, code)
    assert with_it[0] - before[0] > 150_000_000
    assert after[0] < with_it[0]
    assert after[1] - after[0] > 150_000_000, "the most that it was"
    memory = Path("/proc/meminfo").read_text().split()[1]
    assert abs(machine - int(memory) * 1024) < 0.1 * machine


def test_names_of_one_file(windows: Windows) -> None:
    code = r"""
same = {system.comparable(name) for name in (r"C:\Büro\A.md", "c:/büro/a.md", r"c:\BÜRO\a.MD")}
away = [r"\\host\share", "//host/share", r"\\?\UNC\host", r"/\host", r"\\.\pipe\x"]
here = ["words.txt", r"C:\words.txt", r"\words.txt", "/words.txt", ""]
print(json.dumps([len(same), [*map(system.names_another_machine, away + here)]]))
"""
    assert said(windows, code) == [1, [True] * 5 + [False] * 5]


def test_a_process_ends_with_all_it_started(windows: Windows, tmp_path: Path) -> None:
    code = """
import subprocess
sleeper = [sys.executable, "-c", "import time; time.sleep(100)"]
child = (
    "import os, subprocess, sys, time; time.sleep(1);"
    f"print(subprocess.Popen({sleeper!r}).pid, flush=True); time.sleep(100)"
)
process = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE)
group = system.Group(process, 1000)
grandchild = system.watch(int(process.stdout.readline()))
before = grandchild()
group.kill()
process.wait()
end = time.monotonic() + 10
while grandchild() and time.monotonic() < end:
    time.sleep(0.05)
print(json.dumps([before, grandchild()]))
"""
    assert said(windows, code) == [True, False]
