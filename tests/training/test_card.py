"""The card says what was so, of one and of many."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import tiny_models
from midword.model import store
from midword.model.manifest import Manifest
from midword_training.documents.document import TeamDocument
from midword_training.documents.languages import UNKNOWN, language_of
from midword_training.finetuning import card
from midword_training.finetuning.finetune import finetune, name_of
from midword_training.finetuning.metrics import Int8, Learnt, Metrics, Sides, Sizes
from midword_training.finetuning.progress import Epoch
from midword_training.settings import make


def metrics(train: list[TeamDocument], held: list[TeamDocument], **changes: Any) -> Metrics:
    learnt = Learnt(
        processes=1,
        tokens=Sides(1234, 99),
        blocks=20,
        validation_loss_before=4.0 if held else None,
        table=[Epoch(1, 3, 4.1, 3.5 if held else None)],
        best_epoch=1,
        validation_loss=3.5 if held else None,
        epochs=1,
        stopped_early=False,
        updates=3,
        seconds=60.0,
        tokens_per_second=1000,
        curve=[(1, 4.1)],
    )
    found = Metrics(
        settings=make({}),
        start="cursor-v9",
        language="de",
        parameters=1000,
        documents=Sides(Sizes.of(train, train), Sizes.of(held, train)),
        skipped=1,
        new_words=0,
        learnt=learnt,
    )
    return replace(found, **changes)


def written(train: list[TeamDocument], held: list[TeamDocument], **changes: Any) -> str:
    found = metrics(train, held, **changes)
    return card.write(found, name="x", licence="MIT", named=[d.name for d in train])


PAGES = [TeamDocument(f"p{i}.md", ("one two three",)) for i in range(5)]


def test_numbers_agree_with_their_nouns() -> None:
    text = written(PAGES[:1], PAGES[1:2])
    assert "on 1 document (3 words)" in text
    assert "Validation: 1 document (3 words) that training never saw" in text
    assert "1 file was skipped" in text
    text = written(PAGES[:3], [PAGES[0], PAGES[0], PAGES[4]], skipped=0)
    assert "9 words in 3 parts of 2 documents, parts that training never saw" in text
    assert "0 files were skipped" in text
    assert "Validation: none." in written(PAGES, [])


@pytest.mark.parametrize(
    ("lost", "said"),
    [(0.2, "0.2 points fewer"), (-0.14, "0.1 points more"), (0.0, "as many keystrokes as the")],
)
def test_what_int8_costs_has_no_sign(lost: float, said: str) -> None:
    int8 = Int8(kept=True, points_lost=lost, words=400)
    assert said in written(PAGES[:3], PAGES[3:], int8=int8)


def test_the_metadata_is_the_runs() -> None:
    block = yaml.safe_load(written(PAGES[:3], PAGES[3:]).split("---")[1])
    assert (block["base_model"], block["language"]) == ("cursor-v9", "de")
    block = yaml.safe_load(written(PAGES[:3], PAGES[3:], language=UNKNOWN).split("---")[1])
    assert "language" not in block


def test_languages_are_told_by_their_little_words() -> None:
    assert language_of(tiny_models.SENTENCES) == "en"
    assert language_of(tiny_models.GERMAN) == "de"
    assert language_of(["Le plan est dans la maison et les fleurs sont pour une amie."]) == "fr"
    assert language_of(["zonify kubelet"]) == UNKNOWN
    assert language_of([]) == UNKNOWN


def test_a_start_has_its_own_name(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert name_of(tiny_model) == "tiny-bert"
    assert name_of(store.BUNDLED) == Manifest.read(store.BUNDLED).name
    monkeypatch.setattr(store, "models_dir", lambda: tiny_model.parents[1])
    assert name_of(tiny_model) == f"{tiny_model.parent.name}/{tiny_model.name}"


def test_a_run_starts_from_the_bundled_model_and_says_so(
    docs: Path,
    tiny_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(store, "BUNDLED", tiny_model)  # quicker than the real one
    monkeypatch.setattr(store, "default_name", lambda: "another")
    settings = make({"epochs": 1, "threads": 1})
    found = finetune([str(docs)], tmp_path / "out", settings=settings, simulate_words=0)
    assert capsys.readouterr().out.startswith("starting from tiny-bert\n")
    assert (found.start, found.language) == ("tiny-bert", "en")
    assert Manifest.read(tmp_path / "out").language == "en"
    for path in (tmp_path / "out").iterdir():  # nothing says where it was made
        assert str(tmp_path).encode() not in path.read_bytes(), path
        assert str(tiny_model.parent).encode() not in path.read_bytes(), path


def test_numbers_are_stored_beside_each_other() -> None:
    found = metrics(PAGES[:3], PAGES[3:], int8=Int8(kept=True, points_lost=0.1, words=9)).as_dict()
    assert json.loads(json.dumps(found)) == found | {"curve": [[1, 4.1]]}
    assert found["recipe"] == found["settings"]["recipe"] == "writer"
    assert found["documents"]["train"]["words"] == 9
    assert found["table"][0]["validation_loss"] == found["validation_loss"] == 3.5
    assert found["int8"] == {"kept": True, "points_lost": 0.1, "words": 9}
    assert "typing" not in found
