"""`midword editor neovim`: what it writes, and what it leaves alone.

With a real Neovim: tests/editors/test_neovim_install.py.
"""

import hashlib
import json
import tomllib
from pathlib import Path

import pytest

from midword.cli import main
from midword.commands import editor

ROOT = Path(__file__).parents[3]
PLUGIN = "data/nvim/site/pack/midword/start/midword"
RECORD = "midword-wrote.json"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home without a Neovim on the PATH."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("NVIM_APPNAME", raising=False)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(["editor", "neovim", *arguments]) == code
    captured = capsys.readouterr()
    return captured.out + captured.err


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_install_puts_the_whole_plugin_into_a_package(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = said(capsys, "--install")
    assert f"installed {home / PLUGIN}" in answer
    assert f"{home}/config/nvim/init.lua" in answer
    assert "vim.lsp.enable('midword')" in answer
    source = ROOT / "editors" / "neovim"
    ours = {path: text for path, text in tree(source).items() if path.endswith((".lua", ".txt"))}
    written = tree(home / PLUGIN)
    assert written.keys() - ours.keys() == {RECORD}
    assert ours.items() <= written.items()


def test_what_is_installed_is_in_the_wheel() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    carried = wheel["targets"]["wheel"]["force-include"]
    assert all(target.startswith("midword/data/neovim/") for target in carried.values())
    for part in editor.parts():
        path = f"editors/neovim/{part}"
        assert any(path == source or path.startswith(f"{source}/") for source in carried), part


def test_where_the_program_is_not_on_the_path_it_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = said(capsys, "--install")
    assert "'midword' is not on the PATH" in answer
    assert "cmd = { '/" in answer


def test_another_name_of_neovims_folders_counts(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NVIM_APPNAME", "writing")
    said(capsys, "--install")
    assert (home / PLUGIN.replace("nvim", "writing") / "lsp" / "midword.lua").is_file()


def test_install_again_brings_it_up_to_date(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "--install")
    assert "up to date already" in said(capsys, "--install")

    # As an older version wrote it: another text, and a file that is no longer part of it.
    old = home / PLUGIN / "lua" / "midword" / "older.lua"
    old.write_text("return {}\n")
    record = home / PLUGIN / RECORD
    written = json.loads(record.read_text())
    written["lua/midword/older.lua"] = hashlib.sha256(old.read_bytes()).hexdigest()
    record.write_text(json.dumps(written))
    assert "of another version" in said(capsys)
    assert "updated" in said(capsys, "--install")
    assert not old.exists()
    assert "up to date" in said(capsys)


def test_uninstall_leaves_nothing_behind(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "--install")
    (home / PLUGIN / "doc" / "tags").write_text("as :helptags writes it\n")
    assert "removed" in said(capsys, "--uninstall")
    assert list((home / "data/nvim/site/pack").iterdir()) == []
    assert "not installed" in said(capsys, code=1)
    assert "nothing to remove" in said(capsys, "--uninstall", code=2)


@pytest.mark.parametrize("action", ["--install", "--uninstall"])
@pytest.mark.parametrize("whose", ["a folder", "a link", "an edited file", "an added file"])
def test_what_is_not_its_own_is_left_alone(
    home: Path, whose: str, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = home / PLUGIN
    if whose == "a folder":
        (folder / "lsp").mkdir(parents=True)
        (folder / "lsp" / "midword.lua").write_text("mine\n")
    elif whose == "a link":
        folder.parent.mkdir(parents=True)
        folder.symlink_to(ROOT / "editors" / "neovim")
    else:
        said(capsys, "--install")
        name = "midword" if whose == "an edited file" else "mine"
        with (folder / "lsp" / f"{name}.lua").open("a") as file:
            file.write("-- mine\n")
    before = tree(folder)
    answer = said(capsys, action, code=2)
    assert answer.startswith("midword: ")
    assert "move it away first" in answer
    assert tree(folder) == before


def test_a_folder_that_cannot_be_written_is_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "data").write_text("a file where a folder should be")
    assert f"{home / PLUGIN} can't be written: Not a directory" in said(capsys, "--install", code=2)


@pytest.mark.linux
def test_a_neovim_that_does_not_answer_is_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "bin" / "nvim").symlink_to("/bin/true")
    assert "doesn't say where its folders are" in said(capsys, "--install", code=2)
    (home / "bin" / "nvim").unlink()
    (home / "bin" / "nvim").symlink_to("/bin/false")
    assert "bin/nvim can't be run: exit code 1\n" in said(capsys, "--install", code=2)
