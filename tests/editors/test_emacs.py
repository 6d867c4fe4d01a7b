"""Emacs with eglot: the configuration of editors/README.md, in the real program."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from programs import program

HERE = Path(__file__).parent


@pytest.mark.timeout(180)
def test_eglot_offers_words_takes_one_and_shows_likelier_ones(midword: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{Path(midword).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "MIDWORD_FOLDER": str(tmp_path),
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
    assert found["text"] == "Grüße 😀: the committee will meet on Tuesday to discuss\n"
    assert "door" in str(found["hover"])
