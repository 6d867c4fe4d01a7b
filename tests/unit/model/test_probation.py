"""What a model can do to the process that loads it first, and what is remembered of it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

import hostile_models
from midword.model import ledger, probation, store
from midword.model.errors import ModelError
from midword.model.fingerprint import MOST_DEPTH, fingerprint
from midword.model.probation import Bounds, load_proven, prove
from midword.own_folders import data_folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home with no models in it; also the working folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def model(home: Path, tiny_model: Path) -> Path:
    return Path(shutil.copytree(tiny_model, home / "model"))


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The processes that are started, as they are started."""
    seen: list[list[str]] = []
    start = probation.subprocess.Popen

    def noted(command: list[str], **options: object) -> object:
        seen.append(command)
        return start(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(probation.subprocess, "Popen", noted)
    return seen


def test_what_is_known_to_load_costs_no_process(model: Path, trials: list[list[str]]) -> None:
    load_proven(model)
    load_proven(model)
    assert len(trials) == 1
    (model / "README.md").write_text("changed")
    load_proven(model)
    assert len(trials) == 2


def test_the_bundled_model_needs_no_trial(trials: list[list[str]]) -> None:
    load_proven("bundled")
    assert trials == []


def test_another_runtime_is_another_trial(model: Path, trials: list[list[str]]) -> None:
    load_proven(model, runtime="onnx-int8")
    load_proven(model, runtime="onnx-fp32")
    assert len(trials) == 2


def test_a_model_that_asks_for_all_memory(model: Path) -> None:
    hostile_models.asks_for_8_gigabytes(model)
    with pytest.raises(ModelError, match=r"crashed or needed more than \d+ MB"):
        load_proven(model)
    assert not ledger.read().loaded


def test_a_model_that_never_ends(model: Path) -> None:
    hostile_models.runs_for_ever(model)
    with pytest.raises(ModelError, match="took longer than 2 s"):
        prove(model, "onnx-int8", Bounds(megabytes=1_000, seconds=2))
    assert not [child for child in psutil.Process().children(recursive=True) if _tries(child)]


def _tries(process: psutil.Process) -> bool:
    try:
        return any("midword.model.trial" in word for word in process.cmdline())
    except psutil.Error:
        return False


def test_the_working_folder_is_no_source_of_code(model: Path, home: Path) -> None:
    for name in ("numpy.py", "json.py", "midword.py", "sitecustomize.py"):
        (home / name).write_text(f"open({str(home / 'ran')!r}, 'w')\n")
    load_proven(model)
    assert not (home / "ran").exists()


@pytest.mark.linux
def test_a_home_that_cannot_be_written_only_costs_time(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/proc/nowhere")  # not even root can write there
    assert load_proven(model).name == "tiny-bert"


def test_every_file_counts(model: Path) -> None:
    seen = {fingerprint(model)}
    (model / "onnx").mkdir()
    for name in (".hidden", "onnx/data", "added.json"):
        (model / name).write_text("one")
        seen.add(fingerprint(model))
        (model / name).write_text("two")
        seen.add(fingerprint(model))
    (model / "added.json").rename(model / "renamed.json")
    seen.add(fingerprint(model))
    assert len(seen) == 8


def _nested(folder: Path) -> None:
    folder.joinpath(*("a" for _ in range(MOST_DEPTH + 1))).mkdir(parents=True)


def _linked_folder(folder: Path) -> None:
    (folder / "onnx").symlink_to("/etc")


@pytest.mark.linux
@pytest.mark.parametrize(
    "spoil",
    [
        hostile_models.pipe("pipe"),
        hostile_models.link("device.json", "/dev/zero"),
        hostile_models.link("nowhere.json", "/nowhere"),
        hostile_models.sparse("much.bin", 100 << 30),
        _nested,
        _linked_folder,
    ],
)
def test_what_has_no_fingerprint(
    model: Path, spoil: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("midword.model.fingerprint.MOST_BYTES", 1 << 20)
    spoil(model)
    with pytest.raises(ModelError):
        fingerprint(model)


def test_a_link_counts_by_what_it_leads_to(model: Path, home: Path) -> None:
    """As in the hub's cache, whose files are links."""
    (home / "blob").write_bytes((model / "config.json").read_bytes())
    before = fingerprint(model)
    hostile_models.link("config.json", "../blob")(model)
    assert fingerprint(model) == before
    (home / "blob").write_text("{}")
    assert fingerprint(model) != before


# The ledger.


def test_a_ledger_kept_elsewhere_stays_there(home: Path) -> None:
    """With the writer's dotfiles; the choice of a default likewise."""
    (home / "dotfiles").mkdir()
    data_folder().mkdir(parents=True)
    for name in ("trusted-models.json", "default-model"):
        (home / "dotfiles" / name).touch()
        (data_folder() / name).symlink_to(home / "dotfiles" / name)
    ledger.note_loaded("3")
    store.use("bundled")
    assert ledger.read().loaded
    for name in ("trusted-models.json", "default-model"):
        assert (data_folder() / name).is_symlink()
        assert (home / "dotfiles" / name).read_text()


@pytest.mark.linux
def test_answers_are_kept_by_path_and_checksum(home: Path) -> None:
    ledger.note_answer(home / "a", "1", "accepted")
    ledger.note_answer(home / "b", "2", "refused")
    ledger.note_loaded("3")
    known = ledger.read()
    assert known.answer(home / "a", "1") == "accepted"
    assert known.answer(home / "a", "2") is None
    assert known.answer(home / "b", "2") == "refused"
    assert known.answer(home / "c", "1") is None
    assert "3" in known.loaded
    ledger.note_answer(home / "b", "2", "accepted")
    assert ledger.read().answer(home / "b", "2") == "accepted"
    assert ledger.take_back(home / "b")
    assert not ledger.take_back(home / "b")
    path = data_folder() / "trusted-models.json"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        hostile_models.DEEP.encode(),
        b'{"accepted": ["a"], "refused": 1, "loaded": {"a": 1}}',
        b'{"accepted": {"a": {"b": 1}}, "loaded": [1, {}]}',
        b" " * 5_000_000,
    ],
)
def test_a_damaged_ledger_accepts_nothing(home: Path, content: bytes) -> None:
    data_folder().mkdir(parents=True)
    (data_folder() / "trusted-models.json").write_bytes(content)
    assert ledger.read() == ledger.Ledger()
    ledger.note_answer(home, "1", "accepted")
    assert ledger.read().answer(home, "1") == "accepted"


def test_a_ledger_that_is_a_pipe_is_replaced(home: Path) -> None:
    data_folder().mkdir(parents=True)
    hostile_models.pipe("trusted-models.json")(data_folder())
    ledger.note_answer(home, "1", "accepted")
    assert ledger.read().answer(home, "1") == "accepted"


def test_two_processes_lose_no_entry(home: Path) -> None:
    code = (
        "import pathlib, sys; from midword.model import ledger\n"
        "for n in range(30):\n"
        "    ledger.note_answer(pathlib.Path(sys.argv[1] + str(n)), '1', 'accepted')"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(home / name)]) for name in ("a", "b", "c")
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(ledger.read().accepted) == 90


def test_old_entries_go_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_MOST_ENTRIES", 3)
    for name in "abcd":
        ledger.note_loaded(name)
    content = json.loads((data_folder() / "trusted-models.json").read_text())
    assert content["loaded"] == ["b", "c", "d"]
