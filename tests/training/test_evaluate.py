"""What a model saves a writer, measured side by side."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tiny_models
from midword.errors import UserError
from midword.model.loading import load
from midword_training.evaluation import cloze_tests
from midword_training.evaluation.baselines import DocumentWords
from midword_training.evaluation.evaluate import command, evaluate, read_texts
from midword_training.evaluation.measures import masked_of
from midword_training.evaluation.typing_simulator import TypedWord, Typing

TEXT = "\n\n".join(sentence.capitalize() + "." for sentence in tiny_models.SENTENCES)


def test_a_report_compares_models_and_baselines_on_the_same_words(tiny_model: Path) -> None:
    report = evaluate(
        [tiny_model, tiny_model],
        [TEXT, TEXT],
        baselines=["document-words", "frequency-list"],
        words=30,
        runtime="onnx-fp32",
    )
    table = str(report)
    assert table.splitlines()[0].split() == ["bert", "bert", "document-words", "frequency-list"]
    for row in ("loss", "append KS@5 %", "edit KS@5 against the first", "later lists, p50 ms"):
        assert row in table
    same = [one.typing["append"].savings() for one in report.measured[:2]]
    assert same[0] == same[1]
    assert "+0.0 (+0.0 to +0.0)" in table
    numbers = report.as_dict()
    assert numbers["words"] == 30
    assert 0 < numbers["models"][0]["append"]["ks@5"] < 1
    assert numbers["models"][0]["append"]["ks@10"] >= numbers["models"][0]["append"]["ks@1"]


def test_the_command_writes_json_and_a_chart(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    argv = ["--model", str(tiny_model), "--on", str(tmp_path / "a.txt"), "--words", "10"]
    argv += ["--json", str(tmp_path / "n.json"), "--chart", str(tmp_path), "--no-masked"]
    assert command([*argv, "--mode", "append", "--runtime", "onnx-fp32"]) == 0
    assert "10 words of 1 texts" in capsys.readouterr().out
    assert json.loads((tmp_path / "n.json").read_text())["models"][0]["masked"] is None
    assert (tmp_path / "keystroke-savings.svg").stat().st_size > 1000


def test_losses_of_other_vocabularies_are_marked(
    tiny_model: Path, build_model: Callable[[str], Path]
) -> None:
    options: dict[str, Any] = {"words": 5, "modes": ["append"], "runtime": "onnx-fp32"}
    report = evaluate([tiny_model, build_model("albert")], [TEXT], **options)
    (line,) = (line for line in str(report).splitlines() if line.startswith("loss"))
    first, other = line.split()[1:3]
    assert line.endswith(f"{other} *") and "*" not in first
    assert "don't compare" in str(report).splitlines()[-1]
    assert [one["masked_comparable"] for one in report.as_dict()["models"]] == [True, False]
    assert "*" not in str(evaluate([tiny_model, tiny_model], [TEXT], **options))


def test_masks_are_drawn_once(tiny_model: Path) -> None:
    first = masked_of(tiny_model, [TEXT * 4])
    assert first is not None
    assert first == masked_of(tiny_model, [TEXT * 4])
    assert first.accuracy_5 >= first.accuracy_1
    assert masked_of(tiny_model, ["too short"]) is None


def test_nothing_to_type_is_said(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no words to type"):
        evaluate([tiny_model], ["123"], masked=False, runtime="onnx-fp32")
    with pytest.raises(UserError, match="--on"):
        command([])


def test_plain_text_comes_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One line\nand another.\n\n\nEnd")
    assert read_texts([str(tmp_path / "a.txt")]) == ["One line\nand another.\n\n\nEnd"]


def test_document_words_come_nearest_first() -> None:
    words = DocumentWords()
    words.begin("the plan and the place of the plot ", " plenty")
    assert words.complete("pl", 3)[0] == ["plot", "place", "plan"]
    assert words.complete("", 3)[0] == []


def test_the_bootstrap_pairs() -> None:
    before = Typing("append", [TypedWord("word", 5, (0, 0, 1), 0.0) for _ in range(40)])
    after = Typing("append", [TypedWord("word", 5, (0, 1), 0.0) for _ in range(40)])
    low, high = after.gain_over(before)
    assert low == high == pytest.approx(0.2)
    with pytest.raises(ValueError, match="pair"):
        Typing("append", after.words[:3]).gain_over(before)


def test_cloze_tests_take_options_of_any_number_of_pieces(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = {
        "passage": "the committee will meet on tuesday to [MASK] the budget",
        "options": ["discuss", "flowers", "kubelet"],
        "answer": "discuss",
    }
    cloth = {
        "article": "the board will _ on friday to review the _ .",
        "options": [["meet", "garden"], ["window", "plan"]],
        "answers": ["A", "B"],
    }
    path = tmp_path / "tests.jsonl"
    path.write_text(json.dumps(one) + "\n" + json.dumps(cloth) + "\n")
    score = cloze_tests.score(load(tiny_model, runtime="onnx-fp32"), cloze_tests.read(path))
    assert score == cloze_tests.Score(3, 3)
    assert command(["--cloze", str(path), "--model", str(tiny_model)]) == 0
    assert "3 of 3 blanks" in capsys.readouterr().out
    path.write_text('{"passage": "no blank", "options": ["a"], "answer": "a"}\n')
    with pytest.raises(UserError, match="line 1"):
        list(cloze_tests.read(path))


def test_a_folder_of_cloze_tests_has_one_in_each_file(
    tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "cloth"
    for level, article in (("high", "send the _, please"), ("middle", "“_ closed the door")):
        options = [["report", "garden"], ["she", "window"]][level == "middle"]
        (folder / level).mkdir(parents=True)
        test = {"article": article, "options": [options], "answers": ["A"], "source": level}
        (folder / level / f"{level}1.json").write_text(json.dumps(test, indent=4))
    (folder / "README.txt").write_text("no test")
    tests = list(cloze_tests.read(folder))
    assert [test.pieces for test in tests] == [("send the ", ", please"), ("“", " closed the door")]
    assert command(["--cloze", str(folder), "--model", str(tiny_model)]) == 0
    assert "of 2 blanks" in capsys.readouterr().out
    (folder / "broken.json").write_text('{"article": "one _ and _", "options": [["a"]]}')
    with pytest.raises(UserError, match=r"broken\.json is no cloze test"):
        list(cloze_tests.read(folder))
    (empty := tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"no \*\.json"):
        list(cloze_tests.read(empty))
    with pytest.raises(UserError, match="can't be read"):
        list(cloze_tests.read(tmp_path / "none"))
    (tmp_path / "noise").write_bytes(b"\xff\xfe\n")
    with pytest.raises(UserError, match="line 1, is no cloze test"):
        list(cloze_tests.read(tmp_path / "noise"))
