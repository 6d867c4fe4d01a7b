"""A tiny MPNet is cut, trained on the student's rows, and teaches beside a run."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from transformers import AutoModel, AutoTokenizer

import tiny_models
from midword_training.masked.masking import Batch, TokenKinds, collate, cursor_row, plain_row
from midword_training.pretraining import networks
from midword_training.pretraining.run import Run
from midword_training.pretraining.teaching import cutting
from midword_training.pretraining.teaching.beside import Beside
from midword_training.words.vocabulary import WordCount, enlarge


@pytest.fixture(scope="module")
def mpnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that knows the sentences, in two layers."""
    return tiny_models.build(tmp_path_factory.mktemp("mpnet"), "mpnet")


@pytest.fixture
def student(start: Path, tmp_path: Path) -> Path:
    """A student with words that the MPNet has in pieces."""
    model, tokenizer = networks.read(start), AutoTokenizer.from_pretrained(start)
    words = [WordCount(word, 9, 9, 9) for word in ("kubelet", "don't")]
    model, tokenizer = enlarge(model, tokenizer, words, 1000)
    model.save_pretrained(tmp_path / "student")
    tokenizer.save_pretrained(tmp_path / "student")
    return tmp_path / "student"


def cut(mpnet: Path, student: Path, layers: int, out: Path, monkeypatch: Any) -> Any:
    """The cut teacher, as the command leaves it in a folder and a run reads it."""
    arguments = [str(mpnet), "--start", str(student), "--layers", str(layers), "--out", str(out)]
    monkeypatch.setattr("sys.argv", ["cutting", *arguments])
    cutting.main()
    return networks.read(out)


def rows_of(tokenizer: Any, *, cursor: bool, length: int = 40) -> Batch:
    """Some sentences, end to end, as rows."""
    kinds, rng = TokenKinds.of(tokenizer), np.random.default_rng(1)
    rows = []
    for begin in range(4):
        text = " ".join(tiny_models.SENTENCES[begin : begin + 2])
        ids = np.asarray(tokenizer(text, add_special_tokens=False)["input_ids"], dtype=np.int64)
        if cursor:
            rows.append(cursor_row(ids, kinds, length, [1, 3], rng))
        else:
            rows.append(plain_row(ids[: length - 2], kinds, 0.3, rng))
    return collate(rows, length, kinds.pad)


def test_a_cut_teacher_reads_as_the_layers_that_are_kept(
    mpnet: Path, student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = cut(mpnet, student, 1, tmp_path / "cut", monkeypatch).eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "cut")
    own, its = AutoModel.from_pretrained(mpnet).eval(), AutoTokenizer.from_pretrained(mpnet)
    text = "the board will meet on friday to review the [MASK]"
    ids = tokenizer(text)["input_ids"]
    its_ids = its(text.replace("[MASK]", "<mask>"))["input_ids"]
    assert len(ids) == len(its_ids)
    count = len(ids)
    row = torch.tensor([ids])
    zeros, no = torch.zeros(1, count, dtype=torch.int16), torch.full((1, count), -100)
    batch = Batch(row, torch.arange(count)[None], no, zeros, zeros, zeros)
    with torch.no_grad():
        expected = own(torch.tensor([its_ids]), output_hidden_states=True).hidden_states[1]
        assert torch.allclose(networks.states(teacher, batch), expected, atol=1e-5)


def test_a_word_in_pieces_begins_as_their_mean(
    mpnet: Path, student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = cut(mpnet, student, 2, tmp_path / "cut", monkeypatch)
    tokenizer, its = (AutoTokenizer.from_pretrained(folder) for folder in (student, mpnet))
    own = AutoModel.from_pretrained(mpnet).get_input_embeddings().weight
    rows = teacher.get_input_embeddings().weight
    assert rows is teacher.get_output_embeddings().weight
    for word in ("kubelet", "don't"):
        pieces = its(word, add_special_tokens=False)["input_ids"]
        assert len(pieces) > 1
        row = rows[tokenizer.convert_tokens_to_ids(word)]
        assert torch.allclose(row, own[pieces].mean(0), atol=1e-6)
    mask, its_mask = tokenizer.mask_token_id, its.mask_token_id
    assert torch.equal(rows[mask], own[its_mask])


def test_only_an_mpnet_is_cut_and_only_to_layers_that_it_has(
    mpnet: Path, start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="only an MPNet"):
        cut(start, start, 1, tmp_path / "cut", monkeypatch)
    with pytest.raises(ValueError, match="3 layers of 2"):
        cut(mpnet, start, 3, tmp_path / "cut", monkeypatch)
    roberta = tiny_models.build(tmp_path / "roberta", "roberta", steps=1)
    with pytest.raises(ValueError, match="bert and mpnet"):
        networks.read(roberta)


@pytest.mark.parametrize("family", ["bert", "mpnet"])
def test_a_token_stands_where_its_row_says_and_not_where_it_lies(
    family: str, start: Path, mpnet: Path
) -> None:
    """The tokens of a cursor row, shuffled with all that is said of them, are read the same."""
    model = networks.read(start if family == "bert" else mpnet).eval()
    batch = rows_of(AutoTokenizer.from_pretrained(start), cursor=True)
    order = torch.randperm(batch.ids.shape[1], generator=torch.Generator().manual_seed(3))
    shuffled = Batch(*(getattr(batch, each.name)[:, order] for each in fields(batch)))
    with torch.no_grad():
        expected = networks.states(model, batch)[:, order]
        found = networks.states(model, shuffled)
    there = shuffled.seen < 1000  # what is padded sees nothing
    assert torch.allclose(found[there], expected[there], atol=1e-5)


def test_the_word_at_the_place_of_an_mpnets_own_padding_is_learnt_too(
    mpnet: Path, student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher = cut(mpnet, student, 1, tmp_path / "cut", monkeypatch)
    tokenizer = AutoTokenizer.from_pretrained(student)
    padding = tokenizer.pad_token_id
    assert padding != 1
    batch = rows_of(tokenizer, cursor=False)
    batch.ids[:, 5] = 1
    networks.states(teacher, batch)[:, 5, 0].sum().backward()
    gradient = teacher.get_input_embeddings().weight.grad
    assert gradient[1].abs().max() > 0
    assert gradient[padding].abs().max() == 0


def steps(run: Run, count: int) -> list[float]:
    batches = run.stream()
    return [float(run.step(batches)) for _ in range(count)]


@pytest.fixture
def plainer(recipe: dict[str, Any]) -> dict[str, Any]:
    """A recipe that keeps the vocabulary as it is."""
    recipe["vocabulary"]["words"] = 0
    return recipe


def test_a_teacher_is_trained_as_a_student_is_and_resumes(
    plainer: dict[str, Any],
    mpnet: Path,
    student: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cut(mpnet, student, 1, tmp_path / "cut", monkeypatch)
    out = tmp_path / "out"
    run = Run(plainer, tmp_path / "cut", out, "cpu", threads=2)
    bias = "mpnet.encoder.relative_attention_bias.weight"
    before = {
        name: value.clone()
        for name, value in run.replicas.masters.by_name(run.replicas.model).items()
    }
    run.train(cooldown_tokens=60 * 8 * 32)
    after = run.replicas.masters.by_name(run.replicas.model)
    assert not torch.equal(before[bias], after[bias])
    curve = json.loads((out / "final" / "metrics.json").read_text())["curve"]
    for mode in ("append", "edit"):
        assert curve[-1][mode]["loss"] < curve[0][mode]["loss"] - 0.5
    left = networks.read(out / "final")
    assert isinstance(left, transformers.MPNetForMaskedLM)
    assert left.config.num_hidden_layers == 1
    for name, value in left.named_parameters():
        assert torch.allclose(value, after[name], atol=2e-3), name

    whole = Run(plainer, tmp_path / "cut", tmp_path / "again", "cpu")
    steps(whole, 3)
    whole.replicas.save(tmp_path / "again" / "ckpt", whole.progress, [{"step": 3}])
    expected = steps(whole, 3)
    assert steps(Run(plainer, tmp_path / "cut", tmp_path / "again", "cpu"), 3) == expected


@pytest.fixture
def trained(
    plainer: dict[str, Any],
    mpnet: Path,
    start: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A teacher that has learnt to say the student's words."""
    cut(mpnet, start, 2, tmp_path / "cut", monkeypatch)
    run = Run(plainer, tmp_path / "cut", tmp_path / "inside", "cpu")
    run.train(cooldown_tokens=60 * 8 * 32)
    return tmp_path / "inside" / "final"


def divergence(run: Run, folder: Path, *, cursor: bool) -> float:
    """How far a student is from a teacher in rows of one kind, in nats."""
    batch = rows_of(run.tokenizer, cursor=cursor)
    asked = batch.questions[0]
    said = []
    for model in (networks.read(folder), run.replicas.model):
        model.eval()
        with torch.no_grad():
            states = networks.states(model, batch).flatten(0, 1)[asked]
            logits = model.get_output_embeddings()(networks.vectors(model, states))
        said.append(logits.float().log_softmax(1))
    run.replicas.model.train()
    return float((said[0].exp() * (said[0] - said[1])).sum(1).mean())


def test_a_student_comes_closer_to_the_teacher_beside_it(
    plainer: dict[str, Any], trained: Path, start: Path, tmp_path: Path
) -> None:
    after = {}
    for pull in (0.0, 4.0):
        recipe = plainer | {"inside": {"teacher": str(trained), "pull": pull}}
        run = Run(recipe, start, tmp_path / f"out{pull}", "cpu", threads=2)
        before = divergence(run, trained, cursor=False)
        run.train(cooldown_tokens=60 * 8 * 32)
        after[pull] = divergence(run, trained, cursor=False)
        assert after[pull] < before
    assert after[4.0] < after[0.0] - 0.05


def test_a_teacher_beside_a_run_leans_the_plain_rows_alone(
    plainer: dict[str, Any], trained: Path, start: Path
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(start)
    beside = Beside({"teacher": str(trained), "pull": 4.0}, tokenizer, torch.device("cpu"))
    cursor, plain = (rows_of(tokenizer, cursor=cursor) for cursor in (True, False))
    mixed = Batch(
        *(
            torch.cat([a[:2], b[:3], a[2:]])
            for a, b in zip(cursor.values(), plain.values(), strict=True)
        )
    )
    assert beside.guide(cursor, torch.device("cpu")) is None
    guide = beside.guide(mixed, torch.device("cpu"))
    assert guide is not None
    asked, _ = mixed.questions
    row = asked // mixed.ids.shape[1]
    of_plain = (row >= 2) & (row < 5)
    size = len(tokenizer)
    share = torch.randn(len(asked), size).softmax(1).bfloat16()
    leant = share.clone()
    with torch.no_grad():
        guide.lean(leant, 0)
    assert torch.equal(leant[~of_plain], share[~of_plain])
    model = networks.read(trained).eval()
    with torch.no_grad():
        states = networks.states(model, mixed).flatten(0, 1)[asked[of_plain]]
        said = model.get_output_embeddings()(networks.vectors(model, states)).softmax(1)
    expected = share[of_plain] + 4 * (share[of_plain] - said)
    assert torch.allclose(leant[of_plain].float(), expected, atol=0.05)
    assert not torch.allclose(leant[of_plain].float(), expected.roll(1, 0), atol=0.2)


def test_a_teacher_of_another_vocabulary_is_refused(
    plainer: dict[str, Any], trained: Path, student: Path, tmp_path: Path
) -> None:
    recipe = plainer | {"inside": {"teacher": str(trained), "pull": 1.0}}
    with pytest.raises(ValueError, match="another vocabulary"):
        Run(recipe, student, tmp_path / "out", "cpu")
