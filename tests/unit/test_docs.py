"""The documents say what the code says: tables, commands, links, versions."""

import doctest
import importlib.util
import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from markdown_it import MarkdownIt

from midword import __version__, cli
from midword.settings import SETTINGS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not {"node_modules", "site-packages", ".venv-test"} & set(path.parts)
)


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shell_lines(text: str) -> list[str]:
    """The lines of all shell examples."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


def test_the_readmes_tables_are_the_codes() -> None:
    """Mend with: python tools/tables.py"""
    assert tool("tables").written(README) == README
    for setting in SETTINGS:
        assert f"\n| `{setting.json_name}` | " in README


def test_the_readmes_example_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """Mend with: python tools/capture.py

    The first word only: further down, and in the digits, processors differ.
    """
    sentence = shlex.split(shell_lines(README)[0])[-1]
    example = README.partition("<!-- example -->\n```text\n")[2].partition("```")[0]
    cli.main(["suggest", "--model", "bundled", sentence])
    shown, printed = (text.split()[1] for text in (example, capsys.readouterr().out))
    assert shown == printed


@pytest.mark.parametrize("name", ["README.md", "docs/python.md"])
def test_examples_in_python_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))  # the bundled model, whatever was chosen
    result = doctest.testfile(str(ROOT / name), module_relative=False, encoding="utf-8")
    assert result.failed == 0
    assert result.attempted >= 3


def test_commands_in_examples_exist(capsys: pytest.CaptureFixture[str]) -> None:
    of_models = set()
    for document in DOCUMENTS:
        for line in shell_lines(document.read_text("utf-8")):
            words = shlex.split(line, comments=True)
            for at, word in enumerate(words[:-1]):
                if word != "midword" or (at and words[at - 1] not in ("&&", "|", ";")):
                    continue
                command = words[at + 1]
                where = f"{document.name}: {line}"
                assert command.startswith("-") or command in cli.COMMANDS | cli.TRAINING_COMMANDS, (
                    where
                )
                if command == "models":
                    of_models.add(words[at + 2])
    assert of_models > {"pull", "export", "pack"}
    with pytest.raises(SystemExit):
        cli.main(["models", "--help"])
    known = set(re.findall(r"^    (\w+)|'(\w+)' to", capsys.readouterr().out, re.MULTILINE))
    assert of_models <= {name for names in known for name in names}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text("utf-8")
    for token in MarkdownIt().parse(text):
        for child in token.children or ():
            target = str(child.attrGet("href") or child.attrGet("src") or "")
            if not target or re.match(r"[a-z]+:|#", target):
                continue
            path = document.parent / target.partition("#")[0]
            assert path.exists(), f"{document.name} leads to {target}, which is not there"


def test_ci_runs_the_readmes_first_command() -> None:
    command = shell_lines(README)[0]
    assert command.startswith("pip install . && midword suggest ")
    sentence = shlex.split(command)[-1]
    assert sentence in (ROOT / ".ci" / "check-wheel").read_text("utf-8")


def test_ci_runs_the_test_command() -> None:
    assert "\n./test\n" in (ROOT / ".ci" / "run").read_text("utf-8")
    assert "./test" in shell_lines(README)


def test_the_forge_runs_what_is_promised() -> None:
    workflow = (ROOT / ".github" / "workflows" / "checks.yml").read_text("utf-8")
    jobs = yaml.safe_load(workflow)["jobs"]
    runs = {name: [step.get("run", "") for step in job["steps"]] for name, job in jobs.items()}
    assert "bash .ci/run" in runs["everything"]
    assert shell_lines(README)[0] in runs["systems"]
    pythons = jobs["systems"]["strategy"]["matrix"]["python"]
    classified = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["project"]["classifiers"]))
    assert len(classified) > 1
    assert set(classified) <= set(pythons)
    assert PROJECT["project"]["requires-python"] == f">={pythons[0]}"


def test_the_changelog_begins_with_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## (\S+)", changelog, re.MULTILINE)
    assert versions[0] in (__version__, "Unreleased")


def test_a_version_is_the_same_everywhere() -> None:
    """pyproject.toml's is the one that the others follow (CONTRIBUTING.md, "Releases")."""
    assert PROJECT["project"]["version"] == __version__, "install anew: source tools/environment"
    extension = ROOT / "editors" / "vscode"
    told = (extension / "CHANGELOG.md").read_text("utf-8")
    shown = (ROOT / "docs" / "daemon.md").read_text("utf-8")
    lock = json.loads((extension / "package-lock.json").read_text("utf-8"))
    assert {
        json.loads((extension / "package.json").read_text("utf-8"))["version"],
        lock["version"],
        lock["packages"][""]["version"],
        re.findall(r"^## (\S+)", told, re.MULTILINE)[0],
        *re.findall(r"midword (\d\S+), process", shown),
    } == {__version__}


def test_the_repository_has_one_address() -> None:
    """Its owner stands in many files, which move together (CONTRIBUTING.md, "Releases")."""
    home = PROJECT["project"]["urls"]["Homepage"]
    owner = home.split("/")[-2]
    assert home == f"https://github.com/{owner}/midword"
    listed = subprocess.run(
        ["git", "grep", "-hoIE", r"github\.com/[[:alnum:]-]+/midword", "--", ":!shared"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert len(listed) > 10
    assert set(listed) == {f"github.com/{owner}/midword"}


def test_tools_have_one_version() -> None:
    """A commit is checked by the ruff that CI has."""
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    (ruff,) = re.findall(r"^ruff==\S+$", (ROOT / "tools" / "locked.txt").read_text(), re.MULTILINE)
    assert set(re.findall(r"ruff==[\w.]+", hooks)) == {ruff}


def test_contributing_maps_every_package() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    folders = [path for path in (ROOT / "server" / "midword").iterdir() if path.is_dir()]
    for folder in folders:
        if folder.name != "__pycache__":
            assert f"{folder.name}/" in text


def test_contributing_names_the_licence_of_every_dependency() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("| Package | Licence |")[2]
    for requirement in PROJECT["project"]["dependencies"]:
        name = re.split(r"[><=\[]", requirement)[0]
        assert f"\n| {name} " in table


def test_security_names_tests_that_are_there() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text))
    assert len(named) > 40
    for path, name in named:
        assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE), name
