"""`midword suggest` with a tiny real model: from a text and a cursor to a ranked list."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from midword.cli import main

SENTENCE = "the committee will meet on tuesday to {} the budget"
Ask = Callable[..., Any]


@pytest.fixture
def ask(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run `midword suggest --json ARGUMENTS...` and return what it prints."""

    def run(*arguments: str) -> Any:
        code = main(["suggest", "--json", "--model", str(tiny_model), *arguments])
        told = capsys.readouterr()
        assert told.err == ""
        answer = json.loads(told.out)
        assert code == (0 if answer["suggestions"] else 1)
        return answer

    return run


def words(answer: Any) -> list[str]:
    return [suggestion["word"] for suggestion in answer["suggestions"]]


def test_a_ranked_list_with_probabilities(
    tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SENTENCE.format("|")
    assert main(["suggest", "--model", str(tiny_model), "--items", "3", text]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[0].split()[:2] == ["1", "discuss"]
    assert all(line.rstrip().endswith("%") or "in this text" in line for line in lines)


def test_json_says_what_answered(ask: Ask) -> None:
    answer = ask(SENTENCE.format("|"))
    assert answer["model"] == "tiny-bert"
    assert answer["runtime"] == "onnx-int8"
    assert answer["typed"] == ""
    assert len(answer["suggestions"]) <= 10
    shares = [suggestion["probability"] for suggestion in answer["suggestions"]]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1.001
    assert {suggestion["source"] for suggestion in answer["suggestions"]} <= {
        "model",
        "memory",
        "dictionary",
    }


def test_letters_before_the_cursor_narrow_the_list(ask: Ask) -> None:
    answer = ask(SENTENCE.format("dis|"))
    assert answer["typed"] == "dis"
    assert words(answer)[0] == "discuss"
    assert all(word.startswith("dis") for word in words(answer))


def test_letters_behind_the_cursor_are_part_of_the_word(ask: Ask) -> None:
    assert words(ask(SENTENCE.format("dis|cuss"))) == words(ask(SENTENCE.format("dis|")))


def test_both_sides_count(ask: Ask) -> None:
    """The same left side, two right sides, two first words."""
    left = "the committee will meet on monday to "
    assert words(ask(f"{left}|")) != words(ask(f"{left}| the budget"))


def test_a_place_in_a_file(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "notes.md"
    file.write_text("---\ntitle: x\n---\nthe committee will meet on tuesday to dis the budget\n")
    place = ["--file", str(file), "--line", "4", "--column", "42"]
    answer = ask(*place)
    assert answer["typed"] == "dis"
    assert words(answer)[0] == "discuss"


NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "code", "source": ["# the committee will meet to dis the budget\n"]},
            {"cell_type": "markdown", "source": ["# A title\n", SENTENCE.format("dis")]},
        ]
    },
    indent=1,
)


def test_a_place_in_a_notebook(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "notes.ipynb"
    file.write_text(NOTEBOOK)
    lines = NOTEBOOK.split("\n")
    line = next(
        number for number, text in enumerate(lines, 1) if "committee" in text and number > 8
    )
    column = lines[line - 1].index(" dis") + len(" dis") + 1
    answer = ask("--file", str(file), "--line", str(line), "--column", str(column))
    assert answer["typed"] == "dis"
    assert words(answer)[0] == "discuss"


def test_a_text_on_standard_input(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    for text, arguments in (
        (SENTENCE.format("dis|"), []),
        (SENTENCE.format("dis|"), ["-"]),
        ("a | b\n" + SENTENCE.format("dis"), ["--line", "2", "--column", "42"]),
    ):
        stdin = io.TextIOWrapper(io.BytesIO(f"{text}\n".encode()))
        monkeypatch.setattr("sys.stdin", stdin)
        assert words(ask(*arguments))[0] == "discuss"


def test_words_of_the_text_come_back(ask: Ask) -> None:
    """A name that no model knows, remembered from the text's other sentences."""
    answer = ask("Brimblewick is a town. we like Brimblewick. the town of Brim|")
    assert answer["suggestions"][0]["word"] == "Brimblewick"
    assert answer["suggestions"][0]["source"] == "memory"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a | b | c"], "2 bars"),
        (["--file", "nowhere.md"], "can't read nowhere.md: No such file"),
        (["--file", "."], "can't read ."),
        (["--file", "program.xyz"], "say which with --language"),
        (["text", "--language", "klingon"], "'klingon' is no language"),
        (["text", "--file", "notes.md"], "not both"),
        (["text", "--line", "7"], "no line 7"),
        (["see `code| here`", "--language", "markdown"], "isn't in prose"),
        (["text", "--language", "jupyter"], "not a Jupyter notebook"),
        (["--file", "one.ipynb", "--line", "2", "--column", "4"], "isn't in a Markdown cell"),
        (["text", "--model", "nope"], "no model 'nope' on this machine"),
    ],
)
def test_what_can_go_wrong_is_one_line(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("program.xyz").write_text("text")
    Path("one.ipynb").write_text(NOTEBOOK)
    assert main(["suggest", *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("midword: ")
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("items", ["0", "-1", "many"])
def test_a_number_of_items_that_is_none(items: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["suggest", "text", "--items", items])
    assert exit_.value.code == 2
    assert "from 1 up" in capsys.readouterr().err or items == "-1"


def test_broken_utf_8_is_read_all_the_same(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "broken.txt"
    file.write_bytes(b"caf\xe9 \xff\xfe the committee will meet on tuesday to dis")
    assert "discuss" in words(ask("--file", str(file)))


def test_an_empty_text_gets_an_answer(ask: Ask) -> None:
    assert ask("")["typed"] == ""


def test_byte_order_marks_are_understood(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "notes.md"
    file.write_text(f"---\ntitle: x\n---\n{SENTENCE.split('{}')[0]}dis", "utf-8-sig")
    assert "discuss" in words(ask("--file", str(file)))
    file.write_text(f"{SENTENCE.split('{}')[0]}dis", "utf-16")
    assert "discuss" in words(ask("--file", str(file)))


@pytest.mark.linux
def test_a_file_without_an_end_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suggest", "--file", "/dev/zero", "--language", "plaintext"]) == 2
    assert "longer than 100 MB" in capsys.readouterr().err
