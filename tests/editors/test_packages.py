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
import yaml
from programs import program

from midword.settings import SETTINGS, Scope, Settings
from midword.text.prose import is_supported

ROOT = Path(__file__).parents[2]
EDITORS = ROOT / "editors"
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


def test_vscode_package_holds_the_settings_and_languages_of_the_server() -> None:
    script = VSCODE / "scripts" / "contributes.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    package = json.loads((VSCODE / "package.json").read_text("utf-8"))
    servers = package["contributes"]["configuration"][1]["properties"]
    elsewhere = {f"midword.{name}" for name in load(script).ELSEWHERE}
    assert set(servers) | elsewhere == {f"midword.{setting.json_name}" for setting in SETTINGS}
    for setting in SETTINGS:
        if told := servers.get(f"midword.{setting.json_name}"):
            assert (told["scope"] == "machine") == (setting.scope is Scope.USER)
    defaults = package["contributes"]["configurationDefaults"]
    assert {"[markdown]", "[plaintext]"} <= set(re.findall(r"\[[^]]+\]", "".join(defaults)))
    for chosen in defaults.values():
        assert chosen["editor.acceptSuggestionOnEnter"] == "off"


def test_vscode_strings_are_translated() -> None:
    english, german = (
        json.loads((VSCODE / name).read_text("utf-8"))
        for name in ("package.nls.json", "package.nls.de.json")
    )
    package = (VSCODE / "package.json").read_text("utf-8")
    assert set(re.findall(r'"%([^"%]+)%"', package)) == set(english) == set(german)

    bundle = json.loads((VSCODE / "l10n" / "bundle.l10n.de.json").read_text("utf-8"))
    one = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*')"""
    said = set()
    for source in (VSCODE / "src").glob("*.ts"):
        code = source.read_text("utf-8")
        found = re.findall(rf"l10n\.t\(\s*({one}(?:\s*\+\s*{one})*)", code)
        assert len(found) == code.count("l10n.t("), f"{source.name}: what is said is a literal"
        for literals in found:
            parts = [part[1:-1].replace('\\"', '"') for part in re.findall(one, literals)]
            said.add("".join(parts))
    assert said == set(bundle)
    pairs = [*bundle.items(), *((english[key], german[key]) for key in english)]
    for text, translation in pairs:
        for marks in (r"\{\d\}", r"\]\(command:[^)]*\)", r"`midword[^`]*`"):
            assert sorted(re.findall(marks, text)) == sorted(re.findall(marks, translation)), text


def test_vscode_report_fills_in_fields_that_the_form_has() -> None:
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/suggestion.yml").read_text("utf-8"))
    code = (VSCODE / "src" / "report.ts").read_text("utf-8")
    (known,) = re.findall(r"known = \{(.*?)\n  \};", code, re.DOTALL)
    fields = set(re.findall(r"^ +(\w+):", known, re.MULTILINE)) - {"template"}
    assert fields
    assert fields <= {part.get("id") for part in form["body"]}


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


def test_pictures_of_the_marketplaces_page_are_the_repositorys(cache: Path) -> None:
    package = json.loads((VSCODE / "package.json").read_text("utf-8"))
    raw = package["repository"]["url"].removesuffix(".git") + "/raw/HEAD/"
    with zipfile.ZipFile(cache / "midword.vsix") as packed:
        page = packed.read("extension/readme.md").decode()
    shown = re.findall(r"!\[[^]]*\]\((\S+)\)", page)
    assert len(shown) > 3
    for address in shown:
        assert address.startswith(raw)
        assert (ROOT / address.removeprefix(raw)).is_file(), address


def test_pictures_that_pages_show_exist_and_are_small() -> None:
    pages = [VSCODE / "README.md", EDITORS / "neovim" / "README.md"]
    shown = {
        page.parent / path
        for page in pages
        for path in re.findall(r"!\[[^]]*\]\((\S+)\)", page.read_text("utf-8"))
    }
    package = json.loads((VSCODE / "package.json").read_text("utf-8"))
    texts = json.loads((VSCODE / "package.nls.json").read_text("utf-8"))
    for step in package["contributes"]["walkthroughs"][0]["steps"]:
        shown.add(VSCODE / (step["media"].get("image") or step["media"]["markdown"]))
        assert "`" not in texts[step["description"].strip("%")]  # which VS Code shows as it is
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
