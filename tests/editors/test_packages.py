"""What the clients hold beside code: their tables, their packages, their pages."""

import importlib.util
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from programs import program

from midword.settings import SETTINGS, Settings
from midword.text.prose import is_supported

EDITORS = Path(__file__).parents[2] / "editors"
VSCODE = EDITORS / "vscode"
LARGEST_PACKAGE = 1_000_000  # bytes
LARGEST_PICTURE = 60_000


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_vscode_package_holds_every_setting_and_language_of_the_server() -> None:
    script = VSCODE / "scripts" / "contributes.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    package = json.loads((VSCODE / "package.json").read_text("utf-8"))
    ours, servers = (part["properties"] for part in package["contributes"]["configuration"])
    assert set(servers) == {f"midword.{setting.json_name}" for setting in SETTINGS}
    settings_ts = (VSCODE / "src" / "settings.ts").read_text("utf-8")
    (names,) = re.findall(r"CLIENT_ONLY = new Set\((\[.*\])\)", settings_ts)
    assert {name.split(".")[1] for name in ours} == set(json.loads(names))


def test_vscode_presets_are_floors_of_the_server() -> None:
    package = json.loads((VSCODE / "package.json").read_text("utf-8"))
    lists = package["contributes"]["configuration"][0]["properties"]["midword.lists"]
    settings_ts = (VSCODE / "src" / "settings.ts").read_text("utf-8")
    (table,) = re.findall(r"FLOORS: Record<string, number> = \{(.*)\}", settings_ts)
    floors = {name: float(value) for name, value in re.findall(r"(\w+): ([\d.]+)", table)}
    assert list(floors) == lists["enum"]
    assert floors[lists["default"]] == Settings().floor
    assert sorted(floors.values(), reverse=True) == list(floors.values())


def test_vscode_commands_in_the_package_are_those_in_the_code() -> None:
    package = json.loads((VSCODE / "package.json").read_text("utf-8"))
    listed = {command["command"] for command in package["contributes"]["commands"]}
    code = (VSCODE / "src" / "commands.ts").read_text("utf-8")
    (handlers,) = re.findall(r"handlers: Record<[^{]*\{\n(.*?)\n  \};", code, re.DOTALL)
    assert listed == {f"midword.{name}" for name in re.findall(r"^ +(\w+)", handlers, re.MULTILINE)}


def test_vscode_package_is_small_and_packs_without_warnings(cache: Path) -> None:
    log = (cache / "vsce.log").read_text("utf-8")
    assert "WARNING" not in log
    assert (cache / "midword.vsix").stat().st_size < LARGEST_PACKAGE
    with zipfile.ZipFile(cache / "midword.vsix") as package:
        names = set(package.namelist())
    assert "extension/dist/extension.js" in names
    assert not [name for name in names if "node_modules" in name or name.endswith(".ts")]


def test_pictures_that_pages_show_exist_and_are_small() -> None:
    pages = [VSCODE / "README.md", EDITORS / "neovim" / "README.md"]
    shown = {
        page.parent / path
        for page in pages
        for path in re.findall(r"!\[[^]]*\]\((\S+)\)", page.read_text("utf-8"))
    }
    package = json.loads((VSCODE / "package.json").read_text("utf-8"))
    for step in package["contributes"]["walkthroughs"][0]["steps"]:
        shown.add(VSCODE / (step["media"].get("image") or step["media"]["markdown"]))
    assert len(shown) > 6
    for path in shown:
        assert path.stat().st_size < LARGEST_PICTURE, path


def test_icon_is_what_its_script_draws() -> None:
    icon = load(VSCODE / "scripts" / "icon.py")
    drawn = icon.png(icon.draw())
    assert drawn == (VSCODE / "media" / "icon.png").read_bytes()


def test_neovim_filetypes_are_languages_of_the_server() -> None:
    config = (EDITORS / "neovim" / "lsp" / "midword.lua").read_text("utf-8")
    (filetypes,) = re.findall(r"filetypes = \{(.*?)\}", config, re.DOTALL)
    names = re.findall(r"'(\w+)'", filetypes)
    assert len(names) > 5
    assert [name for name in names if not is_supported(name)] == []


def test_neovim_help_has_its_tags(tmp_path: Path) -> None:
    page = EDITORS / "neovim" / "doc" / "midword.txt"
    (tmp_path / "doc").mkdir()
    (tmp_path / "doc" / page.name).write_bytes(page.read_bytes())
    command = [
        program("nvim"),
        "--clean",
        "--headless",
        "-c",
        f"helptags {tmp_path}/doc",
        "-c",
        "q",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    tags = {line.split("\t")[0] for line in (tmp_path / "doc" / "tags").read_text().splitlines()}
    linked = set(re.findall(r"\|(midword-\w+)\|", page.read_text("utf-8")))
    assert linked <= tags
    assert max(len(line) for line in page.read_text("utf-8").splitlines()) <= 78


@pytest.mark.parametrize(
    "editor",
    ["Neovim", "Helix", "Emacs", "Sublime", "Kate", "Zed", "Vim", "Kakoune", "Lapce", "JetBrains"],
)
def test_every_editor_has_its_lines_to_copy(editor: str) -> None:
    page = (EDITORS / "README.md").read_text("utf-8")
    assert re.search(rf"^## .*{editor}", page, re.MULTILINE)
