"""The table of settings: reading, refusing, laying layers over one another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from midword import settings
from midword.settings import SETTINGS, Scope, Setting, Settings

GOOD: dict[Any, list[Any]] = {
    bool: [True, False],
    str: ["", "text"],
    tuple[str, ...]: [[], ["*.md"]],
    dict[str, bool]: [{}, {"python": False}],
}


def setting(name: str) -> Setting:
    return next(s for s in SETTINGS if s.name == name)


@pytest.mark.parametrize("row", SETTINGS, ids=lambda s: s.name)
def test_each_setting_is_whole(row: Setting) -> None:
    assert row.doc.endswith((".", '"'))
    assert (
        row.read(list(row.default) if isinstance(row.default, tuple) else row.default) is not None
    )
    for value in [] if row.address else GOOD.get(row.type, []):
        row.read(value)
    with pytest.raises(ValueError, match="is not"):
        row.read(object())
    assert (row.limits is not None) == (row.type in (int, float))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("items", 0),
        ("items", 101),
        ("items", True),
        ("items", 1.5),
        ("items", "10"),
        ("confidence", 1.01),
        ("confidence", float("nan")),
        ("enabled", 1),
        ("enabled", "true"),
        ("runtime", "tensorflow"),
        ("include", "*.md"),
        ("include", [1]),
        ("languages", ["python"]),
        ("languages", {"python": "off"}),
        ("model", 7),
        ("endpoint", "box.example.org:8001"),
        ("endpoint", "grpc://box.example.org:8001"),
    ],
)
def test_wrong_values_are_named_with_their_default(name: str, value: object) -> None:
    row = setting(name)
    layer, (problem,) = settings.parse({row.json_name: value}, source="settings")
    assert layer == {}
    assert f"`{row.json_name}`" in problem
    assert json.dumps(row.default) in problem


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("model", "x" * 300, "can't be the name of a file"),
        ("model", "a\0b", "can't be the name of a file"),
        ("personal_dictionary", "~nosuchuser/words.txt", "has no home here"),
        ("exclude", ["*.md", "[z-a]"], "'[z-a]' is no glob"),
        ("index_exclude", ["build\\"], "is no glob"),
        ("include", ["x" * 9] * 2000, "too many"),
    ],
)
def test_values_that_mean_nothing(name: str, value: object, said: str) -> None:
    row = setting(name)
    layer, (problem,) = settings.parse({row.json_name: value}, source="settings")
    assert layer == {}
    assert said in problem
    assert len(problem) < 300


def test_many_unknown_names_are_one_message() -> None:
    layer, (problem,) = settings.parse({f"x{n}\n": n for n in range(9999)}, source="settings")
    assert layer == {}
    assert problem.endswith("`x4\\n` and 9994 more.")


def test_null_means_not_set() -> None:
    assert settings.parse({"items": None}, source="settings") == ({}, [])


def test_whole_numbers_are_numbers() -> None:
    layer, problems = settings.parse({"confidence": 1}, source="settings")
    assert layer == {"confidence": 1.0}
    assert problems == []


def test_later_layers_win() -> None:
    merged = settings.merge([{"items": 1, "confidence": 0.1}, {"items": 2}])
    assert merged == Settings(items=2, confidence=0.1)


def test_languages_are_put_together() -> None:
    merged = settings.merge([{"languages": {"a": True, "b": True}}, {"languages": {"b": False}}])
    assert merged.languages == {"a": True, "b": False}


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / settings.FILE_NAME
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_folders_file(tmp_path: Path) -> None:
    path = write(tmp_path, 'min-letters = 2\nexclude = ["a"]\n[languages]\npython = false\n')
    assert settings.parse_file(path) == (
        {"min_letters": 2, "exclude": ("a",), "languages": {"python": False}},
        [],
    )


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    assert settings.parse_file(tmp_path / settings.FILE_NAME) == ({}, [])


@pytest.mark.parametrize("text", [b"\xff", "items = ", "items = 1\nitems = 2"])
def test_a_file_that_cannot_be_read(tmp_path: Path, text: str | bytes) -> None:
    layer, (problem,) = settings.parse_file(write(tmp_path, text))
    assert layer == {}
    assert "can't be read" in problem


def test_a_folder_may_not_be_the_file(tmp_path: Path) -> None:
    (tmp_path / settings.FILE_NAME).mkdir()
    layer, (problem,) = settings.parse_file(tmp_path / settings.FILE_NAME)
    assert layer == {}
    assert "can't be read" in problem


@pytest.mark.parametrize(
    "row", [s for s in SETTINGS if s.scope is Scope.USER], ids=lambda s: s.name
)
def test_a_folders_file_may_not_choose_for_the_writer(tmp_path: Path, row: Setting) -> None:
    path = write(tmp_path, f"{row.toml_name} = {json.dumps(row.default)}\n")
    layer, (problem,) = settings.parse_file(path)
    assert layer == {}
    assert f"`{row.toml_name}`" in problem
    assert f"`midword.{row.json_name}`" in problem


@pytest.mark.parametrize("target", ["/etc/passwd", "../words.txt", "a/../../words.txt"])
def test_a_folders_file_stays_in_its_folder(tmp_path: Path, target: str) -> None:
    layer, (problem,) = settings.parse_file(write(tmp_path, f'project-dictionary = "{target}"'))
    assert layer == {}
    assert "inside the folder" in problem


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "outside")
    layer, problems = settings.parse_file(write(folder, 'project-dictionary = "link/words.txt"'))
    assert layer == {}
    assert len(problems) == 1
