"""A folder's TOML file is judged before it costs anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from midword import toml

DOTS = "a." * 30_000 + "a"


@pytest.mark.parametrize(
    "text",
    [
        f"{DOTS} = 1",
        f"[{DOTS}]",
        f"[[{DOTS}]]",
        f"x = {{ {DOTS} = 1 }}",
        "a .\t" * 15_000 + "a = 1",
        '"a".' * 15_000 + "a = 1",
        f"x = '''a''''\n{DOTS} = 1",
        f"x = {{p = '''a'''', {DOTS} = 1, q = ''}}",
        f'x = {{p = """a"""", {DOTS} = 1, q = ""}}',
        f'x = "\\\\"\n{DOTS} = 1',
        f'x = """\\""""\n{DOTS} = 1',
        f'x = "\n{DOTS} = 1',
    ],
)
def test_keys_without_an_end(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file.toml"
    path.write_text(text)
    program = f"from pathlib import Path; from midword import toml; toml.load(Path({str(path)!r}))"
    shell = f'ulimit -v 300000; exec {sys.executable} -c "{program}"'
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True)
    assert "ValueError: a key has too many parts" in done.stderr


@pytest.mark.parametrize(
    "unit", ['"\\', '\\"""\n', '\\"""\\"\n', "\\" + 3 * "'" + "\n", '\\"""\n,', "'\n", '"a\\"\n']
)
def test_texts_that_are_never_closed(tmp_path: Path, unit: str) -> None:
    path = tmp_path / "file.toml"
    path.write_text(unit * (65_000 // len(unit)))
    program = f"from pathlib import Path; from midword import toml; toml.load(Path({str(path)!r}))"
    shell = f'ulimit -t 4; exec {sys.executable} -c "{program}"'
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True)
    assert "TOMLDecodeError" in done.stderr


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = " + "[" * 30_000, "nested too deep"),
        ("a = " + "{a = " * 10_000, "nested too deep"),
        ("a = " + "9" * 60_000, "number in it is too long"),
        ("a = \0", "Illegal character|Invalid"),
        ("a = 1\n" * 2, "overwrite"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "file.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=problem):
        toml.load(path)


def test_a_long_file(tmp_path: Path) -> None:
    path = tmp_path / "file.toml"
    path.write_text("# why\n" * 20_000)
    with pytest.raises(OSError, match="larger than"):
        toml.load(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_people_write_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "file.toml"
    globs = ["a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t", "é", "'''", "#." * 20]
    path.write_text(
        f"# {DOTS[:1000]}\nexclude = {globs!r}\n[languages]\npython = false\n", encoding=encoding
    )
    assert toml.load(path) == {"exclude": globs, "languages": {"python": False}}
