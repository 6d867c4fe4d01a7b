"""What `midword inference` refuses before it starts anything; `tests/inference` sees it start."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from midword import cli

HERE = ["--listen", "127.0.0.1:8001"]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "midword"
    folder.mkdir(parents=True)
    (folder / "config.pbtxt").write_text("")
    return folder.parent


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A Python that says it has Triton."""
    package = tmp_path / "site" / "pytriton"
    stub = package / "tritonserver" / "python_backend_stubs" / "3.11"
    stub.mkdir(parents=True)
    (stub / "triton_python_backend_stub").write_text("")
    program = tmp_path / "python"
    program.write_text(
        "#!/bin/sh\n"
        f'echo \'{{"folders": {{"pytriton": "{package}", "onnxruntime": "/x"}}, '
        f'"version": "3.11", "prefix": "{tmp_path}"}}\'\n'
    )
    program.chmod(0o755)
    return program


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(["inference", *arguments]) == cli.EXIT_PROBLEM
    return capsys.readouterr().err


def test_no_python(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("/nowhere/python", "/bin/false", "/bin/echo"):
        assert "is no Python" in said(capsys, "--python", name, str(models))


def test_a_python_without_triton(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = said(capsys, "--python", sys.executable, str(models))
    assert "pip install nvidia-pytriton" in message
    assert "onnxruntime" not in message, "that is there"


def test_no_models(python: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = said(capsys, "--python", str(python), str(tmp_path))
    assert "midword models export NAME --triton" in message


def test_an_unknown_python(python: Path, models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python.write_text(python.read_text().replace('"version": "3.11"', '"version": "3.99"'))
    assert "knows no Python 3.99" in said(capsys, "--python", str(python), str(models))


@pytest.mark.parametrize("host", ["0.0.0.0", "box.example.org", "192.168.1.4", "[::]"])
def test_other_machines_need_tls_and_a_token(
    python: Path, models: Path, tmp_path: Path, host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.write_text("secret\n")
    token.chmod(0o600)
    always = ["--python", str(python), str(models), "--listen", f"{host}:8001"]
    pair = ["--certificate", "c.pem", "--key", "k.pem"]
    for more in ([], pair, ["--token-file", str(token)]):
        assert "--certificate and --key" in said(capsys, *always, *more)
    assert "takes both" in said(capsys, *always, "--key", "k.pem", "--token-file", str(token))


def test_tokens(
    python: Path, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    always = ["--python", str(python), str(models), "--token-file", str(token)]
    token.write_text("a:b=c,d\n")
    token.chmod(0o600)
    message = said(capsys, *always)
    assert "Triton doesn't take" in message
    assert "a:b" not in message
    token.write_text("secret\n")
    token.chmod(0o640)
    assert "chmod 600" in said(capsys, *always)
