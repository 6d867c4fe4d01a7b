"""Adding words: nothing else changes, and nothing is lost, whoever else adds some."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from midword.errors import UserError
from midword.locks import alone_with
from midword.suggest.dictionary import MOST_BYTES, Dictionary
from midword.suggest.dictionary_file import put


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


def test_what_a_person_wrote_stays(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "words.txt"
    put(path, "Zed")
    path.write_text("# ours\n" + path.read_text() + "abc  # letters\n", encoding="utf-8")
    put(path, "zed", how="never")
    put(path, "Foo")
    assert path.read_text() == "# ours\nabc  # letters\n-zed\nFoo\n"
    assert [other.name for other in path.parent.iterdir()] == ["words.txt"]


def test_a_word_is_forbidden_no_longer(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# ours\n-Foo\nbar\n")
    put(path, "bar", how="again")
    assert path.read_text() == "# ours\n-Foo\nbar\n", "a word that is suggested stays"
    put(path, "foo", how="again")
    assert path.read_text() == "# ours\nbar\n"
    put(path, "foo", how="again")
    assert path.read_text() == "# ours\nbar\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"new\n"),
        (b"one\ntwo", b"one\ntwo\nnew"),
        (b"one\r\ntwo\r\n", b"one\r\ntwo\r\nnew\r\n"),
        (b"one\r\ntwo", b"one\r\ntwo\r\nnew"),
        (b"\xef\xbb\xbfone\n", b"\xef\xbb\xbfone\nnew\n"),
        (b"\xff\xfeo\0\n\0", b"\xff\xfeo\0\n\0n\0e\0w\0\n\0"),
        (b"\xfe\xff\0o\0\n", b"\xfe\xff\0o\0\n\0n\0e\0w\0\n"),
        (b"one\x0cone\n\xc2\x85\nword\nword\n", b"one\x0cone\n\xc2\x85\nword\nword\nnew\n"),
        (b"new # why\n", b"new # why\n"),
        (b"- NEW\none", b"one\nnew"),
        (b"one\nNew", b"one\nnew"),
        (b"# none\n\n\n", b"# none\n\n\nnew\n"),
    ],
)
def test_line_ends_and_marks_stay(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(before)
    put(path, "new")
    assert path.read_bytes() == after


@pytest.mark.linux
def test_the_mode_stays(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    for mode in (0o600, 0o664, 0o640):
        path.write_text("one\n")
        path.chmod(mode)
        put(path, "new")
        assert path.stat().st_mode & 0o777 == mode
    put(tmp_path / "made.txt", "new")
    (tmp_path / "usual").touch()
    assert (tmp_path / "made.txt").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.symlink_to(tmp_path / "dotfiles" / "words.txt")
    put(path, "one")
    put(path, "two")
    assert path.is_symlink()
    assert (tmp_path / "dotfiles" / "words.txt").read_text() == "one\ntwo\n"


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "words.txt").symlink_to(secret)
    (folder / "none.txt").symlink_to(tmp_path / "none")
    (folder / "away").symlink_to(tmp_path)
    for name in ("words.txt", "none.txt", "away/new.txt", "../new.txt"):
        with pytest.raises(OSError, match="out of its folder"):
            put(folder / name, "new", inside=folder)
    assert secret.read_text() == "hush\n"
    assert (folder / "words.txt").is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {"secret", "folder", "runtime"}


@pytest.mark.parametrize(
    "data", ["café\nword\n".encode("latin-1"), b"alias ll='ls -l'\nexport A=1\n", b"\0" * 100]
)
def test_what_is_no_dictionary_stays_as_it_is(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(UserError):
        put(path, "new")
    assert path.read_bytes() == data


def test_no_dictionary_grows_beyond_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    before = "abcdefghi\n" * (MOST_BYTES // 10 - 1)
    path.write_text(before)
    put(path, "fits")
    with pytest.raises(UserError, match="larger than 2 MB"):
        put(path, "another")
    assert path.read_text() == before + "fits\n"
    assert "fits" in Dictionary.load(path).keys


@pytest.mark.linux
def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**30)
    for name in ("fifo", "zero", "loop", "sparse", "."):
        with pytest.raises(OSError, match=r"."):
            put(tmp_path / name, "new")


def test_a_lock_that_is_never_given_back(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    with alone_with(path), pytest.raises(OSError, match="another program"):
        put(path, "new", patience=0.1)
    put(path, "new", patience=0.1)


@pytest.mark.linux
def test_a_runtime_folder_of_somebody_else_is_not_used(
    tmp_path: Path, runtime_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (runtime_folder / "midword").mkdir()
    (runtime_folder / "midword").chmod(0o777)
    put(tmp_path / "words.txt", "new")
    assert list((runtime_folder / "midword").iterdir()) == []
    assert any(tmp_path.glob("tmp/midword-*/*.lock")) or Path(f"/run/user/{os.getuid()}").exists()


ADDING = """
import sys
from pathlib import Path
from midword.suggest.dictionary_file import put
letters = "abcdefghij"
for number in range(1000):
    word = sys.argv[2] + "".join(letters[int(digit)] for digit in str(number))
    put(Path(sys.argv[1]), word, patience=60)
    print(word, flush=True)
"""


@pytest.mark.linux
def test_no_word_is_lost_between_processes_that_are_killed(
    tmp_path: Path, runtime_folder: Path
) -> None:
    runtime_folder.rmdir()  # the first ones make it, all at once
    path = tmp_path / "words.txt"
    path.write_text("# ours\nfirst\n")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", ADDING, str(path), name], stdout=subprocess.PIPE, text=True
        )
        for name in ("x", "y", "z")
    ]
    saved = ["first"]
    for writer in writers:  # each is killed amid its work, while the others go on with theirs
        assert writer.stdout is not None
        for _ in range(70):
            saved.append(writer.stdout.readline().strip())
        time.sleep(0.01)
        writer.send_signal(signal.SIGKILL)
        saved += writer.stdout.read().split()
        writer.wait()
        writer.stdout.close()
    put(path, "last")
    lines = path.read_text().splitlines()
    assert len(saved) > 200
    assert set(saved) <= set(lines)
    assert lines[0] == "# ours"
    assert len(lines) == len(set(lines))
