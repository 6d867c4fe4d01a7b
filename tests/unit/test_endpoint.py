"""Where a team's server is, and what is shown to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from midword.endpoint import VARIABLE, Endpoint
from midword.errors import UserError


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    folder = tmp_path / "midword"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("grpcs://box.example.org:8001", ("box.example.org:8001", "midword", True)),
        ("grpcs://box:8001/", ("box:8001", "midword", True)),
        ("grpcs://10.0.0.7:443/handbook-2", ("10.0.0.7:443", "handbook-2", True)),
        ("grpcs://[fe80::1]:8001", ("[fe80::1]:8001", "midword", True)),
        ("grpc://127.0.0.1:8001", ("127.0.0.1:8001", "midword", False)),
        ("grpc://localhost:8001/m", ("localhost:8001", "m", False)),
        ("grpc://[::1]:8001", ("[::1]:8001", "midword", False)),
    ],
)
def test_addresses(text: str, wanted: tuple[str, str, bool]) -> None:
    found = Endpoint.parse(text)
    assert (found.address, found.name, found.is_encrypted) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "box:8001",
        "https://box:8001",
        "grpcs://box",
        "grpcs://box:0",
        "grpcs://box:65536",
        "grpcs://box:8001/../x",
        "grpcs://box:8001/a/b",
        "grpcs://user@box:8001",
        "grpcs://box:8001 ",
        "grpcs://unix:/run/x:1",
        "grpcs://bo x:8001",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        Endpoint.parse(text)


@pytest.mark.parametrize("host", ["box", "10.0.0.7", "0.0.0.0", "localhost.example.org", "[::]"])
def test_no_text_goes_to_another_machine_in_plain(host: str) -> None:
    with pytest.raises(ValueError, match="by grpcs:// only"):
        Endpoint.parse(f"grpc://{host}:8001")


def test_a_token_of_the_environment_or_a_file(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = Endpoint.parse("grpcs://box:8001")
    file = data / "endpoint-tokens"
    file.write_text("# ours\nother:8001 of-another\n\nbox:8001 of-the-file\nbox:8002 b c\n")
    file.chmod(0o600)
    assert endpoint.token() == "of-the-file"
    monkeypatch.setenv(VARIABLE, "box:8001 of-the-environment")
    assert endpoint.token() == "of-the-environment"


@pytest.mark.parametrize("lines", ["", "other:8001 secret", "box:80 secret", "secret", "box:8001"])
def test_no_machine_is_asked_that_the_writer_has_no_token_for(data: Path, lines: str) -> None:
    """Whoever's settings name it."""
    file = data / "endpoint-tokens"
    file.write_text(lines)
    file.chmod(0o600)
    with pytest.raises(UserError, match="nothing is sent there") as refused:
        Endpoint.parse("grpcs://box:8001").token()
    assert "secret" not in str(refused.value)
    assert Endpoint.parse("grpc://127.0.0.1:8001").token() == ""


def test_tokens_that_others_can_read_are_refused(data: Path) -> None:
    file = data / "endpoint-tokens"
    file.write_text("box:8001 secret\n")
    file.chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        Endpoint.parse("grpcs://box:8001").token()


def test_roots(data: Path) -> None:
    endpoint = Endpoint.parse("grpcs://box:8001")
    assert endpoint.roots() is None
    file = data / "endpoint-roots.pem"
    file.write_bytes(b"pem")
    assert endpoint.roots() == b"pem"
    file.unlink()
    file.mkdir()
    with pytest.raises(UserError, match="can't read"):
        endpoint.roots()
