"""What lies in a folder is opened so that nothing can hang, fill memory or lead astray."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from midword import files

MOST = 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good").write_text("text")
    (tmp_path / "large").write_bytes(b"x" * (MOST + 1))
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "socket"))
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(3 * 2**30)
    for link in ("/dev/zero", "/dev/tty", "/proc/self/mem", "none", "loop", "fifo", "folder"):
        (tmp_path / f"to-{Path(link).name}").symlink_to(link)
    (tmp_path / "loop").symlink_to("to-loop")
    return tmp_path


@pytest.mark.linux
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        *(("folder", "a folder"), ("to-folder", "a folder"), ("folder/", "a folder")),
        *(("fifo", "not a plain file"), ("to-fifo", "not a plain file")),
        *(("to-zero", "not a plain file"), ("to-tty", "not a plain file")),
        *(("socket", "not a plain file"), ("large", "larger than 0.001 MB")),
        *(("sparse", "larger than"), ("none", "No such file"), ("to-none", "No such file")),
        *(("to-loop", "symbolic links"), ("good/more", "Not a directory")),
        *(("x" * 300, "too long"), ("x/" * 5000, "too long")),
        *(("a\0b", "can have this name"), ("\ud800", "can have this name")),
    ],
)
def test_what_cannot_be_read_says_why(folder: Path, name: str, reason: str) -> None:
    path = Path(str(folder) + "/" + name)
    for read in (files.read_bytes, files.read_text):
        with pytest.raises(OSError, match=r".") as caught:
            read(path, MOST)
        assert reason in str(caught.value.strerror)


@pytest.mark.linux
def test_files_that_say_they_are_empty(tmp_path: Path) -> None:
    assert b"Name" in files.read_bytes(Path("/proc/self/status"), 10_000)
    with pytest.raises(OSError, match="larger"):
        files.read_bytes(Path("/proc/self/status"), 10)
    with pytest.raises(OSError, match=r"."):
        files.read_bytes(Path("/proc/self/mem"), MOST)


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(b"x" * 900)
    done = threading.Event()

    def grow() -> None:
        with path.open("ab") as file:
            while not done.is_set():
                file.write(b"x" * 5000)
                file.flush()
                file.truncate(900)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        for _ in range(2000):
            try:
                assert len(files.read_bytes(path, MOST)) <= MOST
            except OSError as error:
                assert "larger" in str(error)
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        ("é".encode(), "é"),
        (b"\xef\xbb\xbf\xc3\xa9", "é"),
        ("é".encode("utf-16"), "é"),
        (b"\xfe\xff\x00\xe9", "é"),
        (b"\xef\xbb\xbf", ""),
    ],
)
def test_byte_order_marks(tmp_path: Path, data: bytes, text: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert files.read_text(path, MOST) == text
    assert files.encoded(text, like=data) == data


def test_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"caf\xe9")
    with pytest.raises(UnicodeDecodeError):
        files.read_text(path, MOST)
    assert files.read_text(path, MOST, "replace") == "caf\ufffd"


@pytest.mark.linux
def test_the_beginning_of_a_file(folder: Path) -> None:
    assert files.beginning(folder / "large", 3) == b"xxx"
    assert files.beginning(folder / "sparse", 3) == b"\0\0\0"
    assert files.beginning(folder / "good", MOST) == b"text"
    with pytest.raises(OSError, match="not a plain file"):
        files.beginning(folder / "fifo", 3)


@pytest.mark.linux
def test_where_links_lead(folder: Path) -> None:
    (folder / "folder" / "up").symlink_to("..")
    assert files.lies_in(folder / "folder" / "none", folder)
    assert files.lies_in(folder / "to-folder" / "up" / "good", folder)
    assert not files.lies_in(folder / "to-zero", folder)
    assert not files.lies_in(folder / "folder" / "up" / "good", folder / "folder")
    assert not files.lies_in(folder / ".." / "good", folder)
    assert not files.lies_in(folder / "a\0b", folder)


def test_names_that_no_file_can_have() -> None:
    for name in ("a\0b", "x" * 300, "é" * 200, "x/" * 3000, "\ud800"):
        assert not files.can_be_named(name)
    for name in ("", "a/b", "~/x", "..", "x" * 255, "\udcff", "a\nb"):
        assert files.can_be_named(name)


@pytest.mark.linux
def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    files.replace(path, b"one")
    path.chmod(0o640)
    files.replace(path, b"two")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o640)
    (path.parent / "folder").mkdir()
    with pytest.raises(OSError, match=r"."):
        files.replace(path.parent / "folder", b"three")
    assert {other.name for other in path.parent.iterdir()} == {"file", "folder"}


def test_a_file_whose_writing_fails_half_way_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "words"
    with files.writing(path) as file:
        file.write(b"one")
        assert not path.exists()
    with pytest.raises(KeyError), files.writing(path) as file:
        file.write(b"two")
        file.flush()
        raise KeyError
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_as_it_was_where_it_cannot_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("midword.system.replace", refuse)
    with pytest.raises(PermissionError):
        files.replace(path, b"two")
    assert path.read_bytes() == b"one"
    assert [other.name for other in tmp_path.iterdir()] == ["file"]
