"""`midword serve`: from the command line to the server's options."""

import os
from pathlib import Path

import pytest

from midword.commands import serve


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The options that the server was started with."""
    options: list[object] = []

    def run(given: object) -> int:
        options.append(given)
        return 7

    monkeypatch.setattr("midword.lsp.server.run", run)
    return options


def test_the_options_reach_the_server(served: list[object]) -> None:
    from midword.lsp.server import ServeOptions

    assert serve.run([]) == 7
    serve.run(["--stdio", "--model", "team", "--clientProcessId=7"])
    serve.run(["--tcp", "127.0.0.1:4711", "--log-level", "debug", "--log-file", "log.txt"])
    serve.run(["--ws", "[::1]:80"])
    serve.run(["--ws", ":80", "--token-file", "token"])
    parent = os.getppid()
    assert served == [
        ServeOptions(parent=parent),
        ServeOptions(model="team", parent=parent),
        ServeOptions(
            tcp=("127.0.0.1", 4711), log_level="debug", log_file=Path("log.txt"), parent=parent
        ),
        ServeOptions(ws=("::1", 80), parent=parent),
        ServeOptions(ws=("127.0.0.1", 80), token_file=Path("token"), parent=parent),
    ]


@pytest.mark.parametrize(
    "argv", [["--tcp", "nowhere"], ["--tcp", "h:99999"], ["--tcp", "h:1", "--stdio"], ["--port"]]
)
def test_a_wrong_option_is_explained(
    argv: list[str], served: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        serve.run(argv)
    assert exit_.value.code == 2
    assert "error:" in capsys.readouterr().err
    assert not served
