"""The command line on Windows: what it prints, where it keeps things, what it says is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from wine import Windows, lines, path

import hostile_models


def test_a_list_of_words(windows: Windows) -> None:
    done = windows.midword("suggest", "The committee will meet on Tuesday to | the budget.")
    assert done.returncode == 0, done.stderr.decode()
    assert lines(done.stdout)[0].split()[:2] == ["1", "discuss"]


def test_letters_that_no_code_page_has_reach_a_pipe(windows: Windows, tmp_path: Path) -> None:
    file = tmp_path / "Łódź für Gäste.md"
    text = "They rode to Łódźka (日本語).\r\nThey will visit Łó"
    file.write_bytes(text.encode())
    done = windows.midword("suggest", "--json", "--file", str(path(file)))
    assert done.returncode == 0, done.stderr.decode()
    answer = json.loads(done.stdout.decode("utf-8"))
    assert answer["typed"] == "Łó"
    assert answer["suggestions"][0]["word"] == "Łódźka"


def test_a_text_from_a_pipe(windows: Windows) -> None:
    done = windows.midword("suggest", stdin="Die Łódźka.\r\nThe Łó|\r\n".encode())
    assert lines(done.stdout)[0].split()[:2] == ["1", "Łódźka"]


def test_a_name_that_is_not_there(windows: Windows) -> None:
    done = windows.midword("suggest", "--file", "Z:\\nowhere\\für.md")
    assert done.returncode == 2
    (line,) = lines(done.stderr)
    assert line.startswith("midword: can't read Z:\\nowhere\\für.md: ")


@pytest.mark.parametrize("command", ["daemon", "status", "stop", "restart"])
def test_there_is_no_daemon(windows: Windows, command: str) -> None:
    done = windows.midword(command)
    assert done.returncode == 2
    (line,) = lines(done.stderr)
    assert line.startswith("midword: there is no daemon on Windows")


def test_a_reader_that_leaves_early_is_no_error(windows: Windows) -> None:
    code = """
import subprocess, sys
midword = [sys.executable, "-m", "midword", "--help"]
process = subprocess.Popen(midword, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
process.stdout.close()
print(process.stderr.read().decode(), process.wait())
"""
    assert lines(windows.python("-c", code).stdout) == [" 0"]


def test_doctor(windows: Windows) -> None:
    done = windows.midword("doctor", "--json")
    report = json.loads(done.stdout.decode("utf-8"))
    checks = {(check["area"], check["name"]): check for check in report["checks"]}
    wrong = [check for check in report["checks"] if check["state"] == "wrong"]
    assert (done.returncode, wrong) == (0, []), done.stderr.decode()
    assert "on Windows AMD64" in checks["versions", "midword"]["value"]
    assert checks["versions", "command"]["advice"].endswith("Scripts to it")
    assert checks["paths", "data folder"]["value"] == f"{path(windows.home)}\\midword"
    megabytes = float(checks["a query", "memory"]["value"].removesuffix(" MB at most"))
    assert 60 < megabytes < 1000  # the model alone has 30, and the whole machine is no process
    assert checks["a query", "answer"]["state"] == "ok"


def test_a_model_from_a_folder_to_its_removal(
    windows: Windows, tiny_model: Path, tmp_path: Path
) -> None:
    """Its first load is in a process of its own."""
    source = shutil.copytree(tiny_model, tmp_path / "Übungs Modell")
    done = windows.midword("models", "pull", str(path(source)), "--name", "team/tiny", "--use")
    assert done.returncode == 0, done.stderr.decode()
    assert "it is the default now" in lines(done.stdout)
    listed = lines(windows.midword("models", "list").stdout)
    assert any(line.startswith("* team/tiny ") for line in listed)
    asked = windows.midword("suggest", "--json", "we will | the plan")
    assert json.loads(asked.stdout)["model"] == "team/tiny", asked.stderr.decode()
    known = json.loads((windows.home / "midword" / "trusted-models.json").read_text())
    assert len(known["loaded"]) == 1
    done = windows.midword("models", "remove", "team/tiny")
    assert done.returncode == 0, done.stderr.decode()
    assert not any((windows.home / "midword" / "models").iterdir())
    assert windows.midword("models", "list").stdout.startswith(b"* bundled ")


def test_what_is_remembered_is_shown_and_forgotten(windows: Windows) -> None:
    book = windows.home / "midword" / "memory.tsv"
    book.parent.mkdir(parents=True, exist_ok=True)
    # As a writer's editor there may leave it.
    book.write_bytes("\ufeff4\t2026-11-30\tŁódźka\r\n3\t2026-11-29\tkind regards\r\n".encode())
    shown = lines(windows.midword("memory", "show").stdout)
    assert shown[0].split() == ["4", "2026-11-30", "Łódźka"]
    done = windows.midword("memory", "forget", "łódźka")
    assert done.returncode == 0, done.stderr.decode()
    assert "Łódźka" not in book.read_text("utf-8")
    assert "kind regards" in book.read_text("utf-8")
    assert windows.midword("memory", "off", "--delete").returncode == 0
    assert not book.exists()
    assert windows.midword("memory", "on").returncode == 0


def test_a_model_that_never_loads_is_ended_with_all_it_started(
    windows: Windows, tiny_model: Path, tmp_path: Path
) -> None:
    model = shutil.copytree(tiny_model, tmp_path / "model")
    hostile_models.runs_for_ever(model)
    code = (
        "import sys, pathlib\n"
        "from midword.model import probation\n"
        "from midword.model.errors import ModelError\n"
        "try:\n"
        "    bounds = probation.Bounds(1000, 6)\n"
        "    probation.prove(pathlib.Path(sys.argv[1]), 'onnx-int8', bounds)\n"
        "except ModelError as error:\n"
        "    print(error)\n"
    )
    done = windows.python("-c", code, str(path(model)))
    (said,) = lines(done.stdout)
    assert "took longer than 6 s" in said, done.stderr.decode()
