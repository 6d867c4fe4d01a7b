"""A session of a user without a home: words come, and only what has to be kept has no place."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from client import Client

from nobody import NOBODY

pytest.importorskip("pwd", reason="Windows gives every user a profile")


def test_a_session(tiny_model: Path, tmp_path: Path) -> None:
    # The command that Client makes, `python -m midword`, is replaced.
    wrapper = [sys.executable, "-c", NOBODY.replace("argv[1:]", "argv[4:]")]
    client = Client(["--stdio", "--model", str(tiny_model)], wrapper=wrapper)
    try:
        client.initialize(tmp_path)
        client.until_ready()
        uri = client.open("the comm", (tmp_path / "a.md").as_uri())
        assert client.words(uri, 0, 8)
        assert client.messages == []
        answer = client.execute("midword.addWord", {"word": "kubelet", "uri": uri})
        assert answer["saved"] is False
        assert "no-home-folder" in client.messages[-1]
        assert client.shut_down() == 0
        assert client.stderr == b""
    finally:
        client.kill()
