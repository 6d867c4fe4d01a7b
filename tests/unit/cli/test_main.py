"""`midword`: its table of commands, its errors, and what it doesn't import."""

import os
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from midword import __version__, cli
from midword.errors import UserError


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    text = capsys.readouterr().out
    for name, meaning in (cli.COMMANDS | cli.TRAINING_COMMANDS).items():
        assert f"  {name:<10}{meaning}\n" in text


def test_no_command_shows_the_help_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "usage: midword COMMAND" in capsys.readouterr().out


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_each_command_has_its_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main([name, "--help"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: midword {name} ")


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"midword {__version__}\n"


def test_an_unknown_command_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["sugest"]) == 2
    assert capsys.readouterr().err.startswith("midword: there is no command 'sugest': choose one")


def command_that(monkeypatch: pytest.MonkeyPatch, module: str, source: str, folder: Path) -> None:
    """Make `finetune` the command in a module with this source."""
    (folder / f"{module}.py").write_text(source)
    monkeypatch.syspath_prepend(folder)
    point = EntryPoint("finetune", f"{module}:command", cli.GROUP)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: EntryPoints([point]))


def test_a_training_command_is_called_with_its_arguments(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = "def command(argv): return len(argv)"
    command_that(monkeypatch, "trainer_that_works", source, tmp_path)
    assert cli.main(["finetune", "docs", "-o", "out"]) == 3


def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command_that(monkeypatch, "trainer_without", "import not_installed.part", tmp_path)
    assert cli.main(["finetune"]) == 2
    assert capsys.readouterr().err == (
        "midword: 'finetune' needs the package 'not_installed': pip install \"midword[train]\"\n"
    )


def test_a_training_package_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: EntryPoints())
    with pytest.raises(UserError, match=r"'models.pack' is not installed.*midword\[train\]"):
        cli.run_entry_point("models.pack", [])


def test_a_mistake_of_our_own_is_not_blamed_on_the_writer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command_that(monkeypatch, "trainer_broken", "import midword.nowhere", tmp_path)
    with pytest.raises(ModuleNotFoundError):
        cli.main(["finetune"])


def test_ctrl_c_is_no_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = "def command(argv): raise KeyboardInterrupt"
    command_that(monkeypatch, "trainer_interrupted", source, tmp_path)
    assert cli.main(["finetune"]) == 130


@pytest.mark.parametrize("environment", [{}, {"PYTHONUNBUFFERED": "1"}])
def test_a_reader_that_leaves_early_is_no_error(environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "midword", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=30)
    assert errors == b""
    assert process.returncode == 0


@pytest.mark.parametrize("command", ["suggest word", "models list", "--help", "sugest"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_traceback(command: str, closed: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m midword {command} {closed}"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == (2 if command == "sugest" else 0)
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") <= 1


@pytest.mark.linux
def test_output_that_cannot_be_written_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "midword", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr == "midword: the output can't be written: No space left on device\n"


def test_letters_that_the_output_lacks_are_spelt_out() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "midword", "suggest", "The łódka. The łó"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u0142\\xf3dka" in done.stdout


@pytest.mark.parametrize("module", ["midword.cli", "midword.lsp", "midword.lsp.server"])
def test_what_editors_start_imports_no_torch(module: str) -> None:
    program = f"import {module}, sys; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    assert not {"torch", "transformers"} & set(output.split())


def test_the_version_waits_for_no_language_server() -> None:
    program = "import sys; from midword.cli import main; main(['--version']); print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    assert not {"numpy", "onnxruntime", "pygls", "tokenizers", "asyncio"} & set(output.split())
