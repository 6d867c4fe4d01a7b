"""`midword doctor`: what it looks at, and what it says is wrong."""

import json
from pathlib import Path

import pytest

from midword import files
from midword.cli import main
from midword.commands import doctor
from midword.model import store
from midword.own_folders import data_folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_model: Path) -> Path:
    """A user's home with a tiny model as the wheel's; also the working folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(store, "BUNDLED", tiny_model)
    return tmp_path


def states(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    report = json.loads(capsys.readouterr().out)
    return {f"{check['area']}/{check['name']}": check for check in report["checks"]}


def test_a_healthy_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    checks = states(capsys)
    assert checks["models/bundled (default)"]["value"].endswith("checksums right; 0 MB")
    assert "onnx-int8 on cpu" in checks["a query/model"]["value"]
    assert checks["a query/answer"]["state"] == "ok"
    assert "for a word's first list" in checks["a query/time"]["value"]


def test_the_report_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "versions:"
    assert lines[-1] == "all is well"


def test_a_wrong_setting_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".midword.toml").write_text('items = "many"\n')
    assert main(["doctor", "--json"]) == 1
    check = states(capsys)["settings/.midword.toml"]
    assert check["state"] == "wrong"
    assert "`items`" in check["value"]


def test_a_default_model_that_is_gone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files.replace(data_folder() / "default-model", b"gone\n")
    assert main(["doctor", "--json"]) == 1
    checks = states(capsys)
    assert checks["models/gone (default)"]["value"] == "the folder is gone"
    assert checks["a query/model"]["advice"].endswith("midword models use bundled")


def test_a_damaged_file_is_found_by_its_checksum(
    home: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "pull", str(tiny_model), "--name", "copy"]) == 0
    tokenizer = store.models_dir() / "copy" / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text() + " ")
    capsys.readouterr()
    main(["doctor", "--json"])
    assert states(capsys)["models/copy"]["value"] == "tokenizer.json damaged"


def test_a_missing_package_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def version(package: str) -> str:
        raise doctor.PackageNotFoundError(package)

    monkeypatch.setattr(doctor, "version", version)
    assert main(["doctor", "--json"]) == 1
    checks = states(capsys)
    assert checks["versions/tokenizers"]["state"] == "wrong"
    assert checks["versions/tokenizers"]["advice"] == "pip install tokenizers"
    assert checks["versions/torch"]["state"] == "note"
    assert checks["versions/torch"]["advice"].endswith('pip install "midword[gpu]"')


def test_what_telemetry_left_behind(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    folder = home / "cache/Microsoft/DeveloperTools/.onnxruntime"
    main(["doctor", "--json"])
    assert "privacy/telemetry's folder" not in states(capsys)
    folder.mkdir(parents=True)
    main(["doctor", "--json"])
    check = states(capsys)["privacy/telemetry's folder"]
    assert str(folder) in check["value"]
    assert "delete" in check["advice"]
