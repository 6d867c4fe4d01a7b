"""A tiny causal teacher, trained on the corpus's sentences, is asked, and a student learns it."""

import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

import tiny_models
from midword_training.pretraining.corpora import training_documents
from midword_training.pretraining.run import Run
from midword_training.pretraining.teaching import answers, asking
from midword_training.pretraining.teaching.passages import LETTERS, Passage, draw, kept, parts
from midword_training.pretraining.teaching.shared_words import SharedWords
from midword_training.pretraining.teaching.teacher import Teacher, load

TUESDAY = "the committee will meet on tuesday to discuss the budget"


@pytest.fixture(scope="module")
def teacher_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A causal model that knows the sentences by heart, in two spellings of some words."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    sentences = [*tiny_models.SENTENCES, *(s.replace("bud", "Bud") for s in tiny_models.SENTENCES)]
    tokenizer = tiny_models.byte_level_bpe(sentences)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=True,
    )
    model = transformers.LlamaForCausalLM(config)
    rows = [tokenizer(s, add_special_tokens=False)["input_ids"] for s in sentences]
    length = max(map(len, rows))
    ids = torch.tensor([row + [0] * (length - len(row)) for row in rows])
    labels = torch.tensor([row + [-100] * (length - len(row)) for row in rows])
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(150):
        model(input_ids=ids, labels=labels).loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    folder = tmp_path_factory.mktemp("teacher")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def student(start: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(start)


Ask = Callable[..., answers.Answers]


@pytest.fixture
def ask(teacher_folder: Path, student: Any, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks the teacher for the words of passages, in shards of eight."""
    monkeypatch.setattr(asking, "SHARD", 8)
    monkeypatch.setattr(asking, "_AT_ONCE", 4)
    model, tokenizer = load(teacher_folder, "cpu")
    shared = SharedWords(student, tokenizer)

    def asked(passages: list[Passage], out: Path, looks: float = float("inf")) -> answers.Answers:
        def stopping() -> bool:
            nonlocal looks
            looks -= 1
            return looks < 0

        endings = shared.endings(shared.ask([passage.text for passage in passages]))
        teacher = Teacher(model, shared, endings, top=8)
        vocabulary = answers.checksum(student)
        asking.ask(passages, shared, teacher, vocabulary, out, stopping)
        return answers.load(out)

    return asked


def sentences() -> list[Passage]:
    return [Passage(sentence, "docs") for sentence in tiny_models.SENTENCES[:16]]


def test_a_teacher_says_in_the_students_words_what_comes_next(
    ask: Ask, student: Any, tmp_path: Path
) -> None:
    said = ask(sentences(), tmp_path)
    texts = [
        student.decode(said.ids[a:b])
        for a, b in np.lib.stride_tricks.sliding_window_view(said.starts, 2)
    ]
    assert texts == tiny_models.SENTENCES[:16]
    right = said.words[:, 0] == said.ids[said.places]
    assert right.mean() > 0.5  # every word but the first; where sentences part it must guess
    place = int(np.flatnonzero(said.places == student.tokenize(TUESDAY).index("discuss"))[0])
    assert student.convert_ids_to_tokens(said.words[place].tolist())[0] == "discuss"
    shares = said.shares.astype(np.float32)
    assert (np.diff(shares, axis=1) <= 0).all()
    assert (shares.sum(1) < 1.01).all()
    assert shares[place, 0] > 0.8


def test_what_is_said_of_a_word_is_all_that_the_teacher_says_of_its_spellings(
    teacher_folder: Path, student: Any
) -> None:
    """Reckoned token by token: "budget" and "Budget" are one word, each as often as it ends so."""
    model, tokenizer = load(teacher_folder, "cpu")
    shared = SharedWords(student, tokenizer)
    text = "the committee will meet on monday to approve the"
    ids = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]])
    with torch.no_grad():
        chances = model(input_ids=ids).logits[0, -1].float().softmax(0)[shared.tokens].numpy()
    words = [
        token.removeprefix("Ġ").lower() for token in tokenizer.convert_ids_to_tokens(shared.tokens)
    ]
    budget = np.asarray([word == "budget" for word in words])
    assert budget.sum() == 2
    endings = np.linspace(0.5, 1.0, len(words), dtype=np.float32)
    # The teacher is all but sure of this word: let it be half of the whole.
    endings[budget] *= (chances * endings)[~budget].sum() / (chances * endings)[budget].sum()
    expected = dict.fromkeys(words, 0.0)
    for word, chance in zip(words, chances * endings, strict=True):
        expected[word] += float(chance)
    total = sum(expected.values())
    assert expected["budget"] / total == pytest.approx(0.5)
    (asked,) = shared.ask([f"{text} plan"])
    ((found, shares),) = Teacher(model, shared, endings, top=999).answer([asked])
    said = student.convert_ids_to_tokens(found[-1].tolist())
    assert sorted(said) == sorted(expected)
    assert shares[-1].tolist() == pytest.approx([expected[word] / total for word in said], abs=0.03)
    assert (np.diff(shares[-1].astype(np.float32)) <= 0).all()


def test_only_words_of_one_token_behind_a_blank_are_asked(
    teacher_folder: Path, student: Any
) -> None:
    _, tokenizer = load(teacher_folder, "cpu")
    text = "The plan (plan) is\nplan “plan” zonify plan, plans 12 Plan"
    (asked,) = SharedWords(student, tokenizer).ask([text])
    words = [student.convert_ids_to_tokens(asked.student[place]) for place in asked.places]
    assert words == ["plan", "is", "plan", "plan"]
    before = [tokenizer.decode(asked.teacher[: token + 1]) for token in asked.before]
    assert before == [
        "The",
        "The plan (plan)",
        "The plan (plan) is\nplan “plan” zonify",
        "The plan (plan) is\nplan “plan” zonify plan, plans 12",
    ]


def test_a_token_that_seldom_is_a_whole_word_counts_little(
    teacher_folder: Path, student: Any
) -> None:
    _, tokenizer = load(teacher_folder, "cpu")
    shared = SharedWords(student, tokenizer)
    texts = ["we plan the"] * 30 + ["we planted the"] * 10 + ["we will the"] * 40
    endings = dict(zip(shared.tokens.tolist(), shared.endings(shared.ask(texts)), strict=True))
    plan, will, garden = tokenizer.convert_tokens_to_ids(["Ġplan", "Ġwill", "Ġgarden"])
    assert endings[plan] == pytest.approx(0.75, abs=0.02)
    assert endings[will] == pytest.approx(1, abs=0.04)
    assert 0.8 < endings[garden] < 1  # not seen: the mean of all


def test_asking_goes_on_where_it_stopped(ask: Ask, tmp_path: Path) -> None:
    whole = ask(sentences(), tmp_path / "whole")
    stopped = ask(sentences(), tmp_path / "parts", looks=3)  # in the second shard's midst
    assert 0 < len(stopped.starts) < len(whole.starts)
    first = answers.shard(tmp_path / "parts", 0)
    written = first.stat().st_mtime_ns
    resumed = ask(sentences(), tmp_path / "parts")
    assert first.stat().st_mtime_ns == written
    assert len(list((tmp_path / "parts").iterdir())) == 2
    for name in ("ids", "starts", "genres", "places", "words", "shares"):
        assert np.array_equal(getattr(resumed, name), getattr(whole, name)), name


def test_a_larger_share_begins_with_a_smaller_ones_passages(
    recipe: dict[str, Any], tmp_path: Path
) -> None:
    recipe["weights"]["genre"] = {"docs": 0.5, "chat": 1.0}
    small, large = draw(recipe, 0.3), draw(recipe, 0.7)
    assert 0 < len(small) < len(large)
    assert large[: len(small)] == small
    learnt = {document.text for document, _ in training_documents(recipe)}
    assert all(any(passage.text in text for text in learnt) for passage in large)
    path = tmp_path / "passages.jsonl.xz"
    assert kept(recipe, 0.7, path) == large
    with lzma.open(path, "rt") as lines:
        assert len(list(lines)) == 1 + len(large)
    assert kept(recipe, 0.3, path) == large  # what is there already is not drawn again
    assert len(kept(recipe, 0.9, path)) > len(large)
    recipe["weights"]["genre"]["docs"] = 0.25
    with pytest.raises(ValueError, match="another recipe"):
        kept(recipe, 0.3, path)


def test_the_weights_say_how_much_of_a_genre_is_read(recipe: dict[str, Any]) -> None:
    recipe["weights"]["genre"] = {"docs": 0.2, "chat": 2.0}
    genres = [passage.genre for passage in draw(recipe, 0.5)]
    assert genres.count("chat") > 3 * genres.count("docs") > 0
    recipe["weights"]["genre"]["docs"] = 0.0
    assert {passage.genre for passage in draw(recipe, 0.5)} == {"chat"}


def test_passages_are_cut_between_words() -> None:
    text = "word " * 450 + "x" * 2300 + " end " * 3
    found = list(parts(text))
    assert all(len(part) <= LETTERS for part in found)
    assert "".join(found).replace(" ", "")[:1800] == "word" * 450
    assert list(parts("too short")) == []


def taught(recipe: dict[str, Any], folder: Path, pull: float) -> dict[str, Any]:
    return recipe | {"teacher": {"answers": str(folder), "pull": pull}}


def divergence(run: Run, said: answers.Answers) -> float:
    """How far the student's words are from the teacher's first choices, in nats."""
    batch = run.batches[1, 0]
    model = run.replicas.model
    model.eval()
    with torch.no_grad():
        hidden, _ = run.replicas.hidden(batch, model)
        logits = model.cls.predictions.decoder(hidden).float()
    model.train()
    numbers = batch.answers.flatten()[batch.questions[0]]
    there = numbers >= 0
    assert there.sum() > 10
    sayable = torch.from_numpy(said.sayable.astype(np.int64))
    mine = logits[there][:, sayable].log_softmax(1)
    index = {int(word): place for place, word in enumerate(said.sayable)}
    words = said.words[numbers[there]]
    columns = torch.tensor([[index[int(word)] for word in row] for row in words])
    shares = torch.from_numpy(said.shares[numbers[there]].astype(np.float32))
    return float(-(shares * mine.gather(1, columns)).sum(1).mean())


@pytest.fixture
def lessons(ask: Ask, recipe: dict[str, Any], tmp_path: Path) -> tuple[Path, answers.Answers]:
    recipe["vocabulary"]["words"] = 0
    recipe["masking"]["cursor_rows"] = 0.8
    return tmp_path / "lessons", ask(draw(recipe, 1.0), tmp_path / "lessons")


def test_each_question_of_a_cursor_row_gets_the_answer_to_its_own_word(
    lessons: tuple[Path, answers.Answers], recipe: dict[str, Any], start: Path, tmp_path: Path
) -> None:
    folder, said = lessons
    run = Run(taught(recipe, folder, 1.0), start, tmp_path / "out", "cpu")
    found = plain = 0
    for first in range(0, 40, 8):
        batch = run.batches[0, first]
        there = batch.answers >= 0
        asked_for = said.ids[said.places[batch.answers[there].numpy()]]
        assert batch.labels[there].tolist() == asked_for.tolist()
        cursor = batch.group > 0
        assert not there[~cursor].any()
        found += int(there.sum())
        plain += int((batch.labels[~cursor] >= 0).sum())
        halves = batch.split(2)
        assert torch.equal(torch.cat([half.answers for half in halves]), batch.answers)
    assert found > 50
    assert plain > 10


def test_a_student_comes_closer_to_its_teacher(
    lessons: tuple[Path, answers.Answers], recipe: dict[str, Any], start: Path, tmp_path: Path
) -> None:
    folder, said = lessons
    after = {}
    for pull in (0.0, 4.0):
        run = Run(taught(recipe, folder, pull), start, tmp_path / f"out{pull}", "cpu", threads=2)
        before = divergence(run, said)
        run.train(cooldown_tokens=60 * 8 * 32)
        after[pull] = divergence(run, said)
        curve = json.loads((tmp_path / f"out{pull}" / "final" / "metrics.json").read_text())
        assert curve["curve"][-1]["append"]["loss"] < curve["curve"][0]["append"]["loss"]
        assert after[pull] < before
    assert after[4.0] < after[0.0] - 0.05


def test_a_taught_run_resumes_as_if_it_had_never_stopped(
    lessons: tuple[Path, answers.Answers], recipe: dict[str, Any], start: Path, tmp_path: Path
) -> None:
    recipe = taught(recipe, lessons[0], 1.0)

    def steps(run: Run, count: int) -> list[float]:
        batches = run.stream()
        return [float(run.step(batches)) for _ in range(count)]

    whole = Run(recipe, start, tmp_path / "out", "cpu")
    steps(whole, 5)
    whole.replicas.save(tmp_path / "out" / "ckpt", whole.progress, [{"step": 5}])
    expected = steps(whole, 5)
    assert steps(Run(recipe, start, tmp_path / "out", "cpu"), 5) == expected


def test_answers_in_other_words_are_refused(
    lessons: tuple[Path, answers.Answers], recipe: dict[str, Any], start: Path, tmp_path: Path
) -> None:
    recipe["vocabulary"]["words"] = 50
    with pytest.raises(ValueError, match="another vocabulary"):
        Run(taught(recipe, lessons[0], 1.0), start, tmp_path / "out", "cpu")
    with pytest.raises(ValueError, match="no teacher's answers"):
        Run(taught(recipe, tmp_path, 1.0), start, tmp_path / "out2", "cpu")
