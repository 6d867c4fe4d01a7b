"""From a team's documents to a model that completes their words."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from safetensors import safe_open
from transformers import AutoModelForMaskedLM, AutoTokenizer

from midword import Midword
from midword.errors import UserError
from midword.model.loading import load
from midword_training import folders as aside
from midword_training.documents.reading import read_sources
from midword_training.exporting.export import export
from midword_training.finetuning import destination, result
from midword_training.finetuning import finetune as finetuning
from midword_training.finetuning import loop as loops
from midword_training.finetuning.command import command
from midword_training.finetuning.destination import Destination
from midword_training.finetuning.finetune import finetune
from midword_training.folders import recover_folder, replace_folder
from midword_training.masked.blocks import BlockedText, Masking
from midword_training.masked.masking import Row, collate
from midword_training.masked.network import MaskedRows, load_pretrained
from midword_training.settings import TrainingSettings, make

QUICK = {
    "epochs": 2,
    "batch": 8,
    "block_tokens": 32,
    "dropout": 0.0,
    "precision": "fp32",
    "learning_rate": 1e-3,
    "threads": 1,
    "blend": 1.0,
}


def quick(**changes: Any) -> TrainingSettings:
    return make({**QUICK, **changes})


@pytest.fixture(scope="module")
def tuned(docs: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "team"
    finetune([str(docs)], folder, model=tiny_model, settings=quick(epochs=6), simulate_words=20)
    return folder


def losses(folder: Path) -> list[float]:
    curve = json.loads((folder / "metrics.json").read_text())["curve"]
    return [loss for _, loss in curve]


def test_the_folder_is_a_hugging_face_model_with_the_teams_words(tuned: Path) -> None:
    model = AutoModelForMaskedLM.from_pretrained(tuned)
    tokenizer = AutoTokenizer.from_pretrained(tuned)
    assert tokenizer.tokenize("kubelet") == ["kubelet"]
    assert model.config.vocab_size == len(tokenizer)
    assert "kubelet" in (tuned / "new-words.csv").read_text()
    assert not list(tuned.glob("*.bin")) + list(tuned.glob("*.pt"))
    assert not tuned.with_name("team.run").exists()


def test_the_served_model_completes_the_teams_words(tuned: Path) -> None:
    midword = Midword.load(tuned, runtime="onnx-fp32")
    found = midword.suggest("The board will review the plan. The ku")
    assert found[0].word == "kubelet"


def test_the_final_loss_is_the_best_epochs(tuned: Path) -> None:
    metrics = json.loads((tuned / "metrics.json").read_text())
    best = metrics["table"][metrics["best_epoch"] - 1]
    assert metrics["validation_loss"] == pytest.approx(best["validation_loss"], abs=1e-5)
    assert best["validation_loss"] == min(line["validation_loss"] for line in metrics["table"])
    assert metrics["validation_loss"] < metrics["validation_loss_before"]


def test_the_card_fills_in_what_cards_leave_open(tuned: Path) -> None:
    card = (tuned / "README.md").read_text()
    for wanted in ("Training Loss | Epoch | Step | Validation Loss", "page", "seed | 42", "Limits"):
        assert wanted in card
    assert "keystrokes saved, APPEND" in card
    assert f"torch {torch.__version__}" in card
    for name in ("learning-curve", "before-after"):
        assert (tuned / f"{name}.svg").stat().st_size > 1000
        assert (tuned / f"{name}.png").stat().st_size > 1000


def test_int8_stays_only_where_it_types_as_well(
    tuned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = json.loads((tuned / "metrics.json").read_text())["int8"]["kept"]
    assert (tuned / "body.int8.onnx").exists() == kept
    copy = Path(shutil.copytree(tuned, tmp_path / "copy"))
    export(copy, int8=True, fp32=True)
    monkeypatch.setattr(result, "_INT8_MAY_LOSE", -1.0)
    text = "The board will meet on Friday to review the plan. The kubelet reads the report."
    found = result.keep_int8_if_it_holds(copy, [text], words=5, seed=1)
    assert not found.kept
    assert not (copy / "body.int8.onnx").exists()
    assert load(copy).runtime == "onnx-fp32"


class Killed(BaseException):
    pass


def kill_at(step: int, patch: pytest.MonkeyPatch) -> None:
    """Let runs die before this update."""
    update = loops.Loop.update

    def dies(self: loops.Loop, *arguments: Any) -> tuple[float, int]:
        if self.progress.step == step:
            raise Killed
        return update(self, *arguments)

    patch.setattr(loops.Loop, "update", dies)


def killed_run(docs: Path, out: Path, step: int, **options: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        kill_at(step, patch)
        with pytest.raises(Killed):
            finetune([str(docs)], out, **options)
    assert not out.exists()


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_a_killed_run_goes_on_bit_for_bit(
    docs: Path, tiny_model: Path, tmp_path: Path, dropout: float
) -> None:
    settings = quick(checkpoint_steps=1, precision="bf16", dropout=dropout)
    options: dict[str, Any] = {"model": tiny_model, "settings": settings, "simulate_words": 0}
    finetune([str(docs)], tmp_path / "whole", **options)
    killed_run(docs, tmp_path / "killed", 5, **options)
    finetune([str(docs)], tmp_path / "killed", **options)
    assert losses(tmp_path / "killed") == losses(tmp_path / "whole")
    for name in ("model.safetensors", "tokenizer.json"):
        same = [(tmp_path / run / name).read_bytes() for run in ("whole", "killed")]
        assert same[0] == same[1]


def test_other_epochs_extend_a_run_and_other_settings_ask(
    docs: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options: dict[str, Any] = {"model": tiny_model, "simulate_words": 0}
    out = tmp_path / "out"
    killed_run(docs, out, 3, settings=quick(epochs=1, checkpoint_steps=1), **options)
    other = quick(epochs=1, learning_rate=5e-4)
    with pytest.raises(UserError, match=r"--learning-rate 0.001; say the same again, or --restart"):
        finetune([str(docs)], out, settings=other, **options)
    with pytest.raises(UserError, match="other documents"):
        pages = [str(page) for page in sorted(docs.iterdir())[:6]]
        finetune(pages, out, settings=quick(epochs=1), **options)
    progress = out.with_name("out.run") / "checkpoint" / "progress.json"
    progress.write_text(progress.read_text().replace('"processes": 1', '"processes": 2'))
    finetune([str(docs)], out, settings=quick(epochs=2), **options)
    said = capsys.readouterr().out
    assert "going on from update 3" in said
    assert "of 2 processes" in said and "2 epochs instead of 1" in said
    metrics = json.loads((out / "metrics.json").read_text())
    assert len(metrics["table"]) == 2
    assert len(losses(out)) == metrics["updates"] == 2 * metrics["table"][0]["step"]
    killed_run(docs, tmp_path / "again", 3, settings=quick(checkpoint_steps=1), **options)
    finetune([str(docs)], tmp_path / "again", settings=other, restart=True, **options)
    assert len(losses(tmp_path / "again")) == metrics["updates"] // 2


def test_a_folder_is_replaced_without_a_moment_of_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def folder(name: str, text: str) -> Path:
        path = tmp_path / name
        path.mkdir()
        (path / "a").write_text(text)
        return path

    def fails(*_: Any) -> None:
        raise OSError(errno.EIO, "input/output error")

    place = folder("place", "old")
    replace_folder(folder("new", "new"), place)
    assert (place / "a").read_text() == "new"
    assert {path.name for path in tmp_path.iterdir()} == {"place"}
    with monkeypatch.context() as patch:  # whatever a renaming may do, one of the two is there
        patch.setattr(Path, "replace", fails)
        with pytest.raises(OSError, match="input/output"):
            replace_folder(folder("newer", "newer"), place)
    assert (place / "a").read_text() in ("new", "newer")
    # Where names cannot be exchanged the older folder is found again.
    monkeypatch.setattr(aside, "_exchange", lambda *_: False)
    place.replace(tmp_path / "place.old")
    recover_folder(place)
    assert place.is_dir() and not (tmp_path / "place.old").exists()
    replace_folder(folder("newest", "newest"), place)
    assert (place / "a").read_text() == "newest"


def test_ctrl_c_leaves_a_usable_model(
    docs: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = loops.Loop.update

    def interrupted(self: loops.Loop, *arguments: Any) -> tuple[float, int]:
        if self.progress.step == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return update(self, *arguments)

    monkeypatch.setattr(loops.Loop, "update", interrupted)
    argv = [str(docs), "-o", str(tmp_path / "out"), "--model", str(tiny_model)]
    argv += ["--epochs", "5", "--batch", "8", "--block-tokens", "32", "--simulate-words", "0"]
    assert command(argv) == 130
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["updates"] == 4
    assert metrics["stopped_early"]
    assert "stopped before its end" in (tmp_path / "out" / "README.md").read_text()
    load(tmp_path / "out", runtime="onnx-fp32")


def reference(docs: Path, model: Path) -> tuple[Any, BlockedText, TrainingSettings]:
    settings = quick(recipe="reference", block_tokens=32, learning_rate=2e-5)
    base, tokenizer = load_pretrained(model)
    documents = read_sources([str(docs)], max_repeats=10**6).documents
    return base, BlockedText.of(documents, tokenizer, settings), settings


def test_the_reference_recipe_loses_what_hugging_faces_trainer_loses(
    docs: Path, tiny_model: Path, tmp_path: Path
) -> None:
    from transformers import Trainer, TrainingArguments

    base, text, settings = reference(docs, tiny_model)
    masking = Masking(text.kinds, "bert", settings)
    examples = [
        {"input_ids": row.ids, "labels": row.labels, "attention_mask": [1] * len(row.ids)}
        for epoch in range(settings.epochs)
        for row in (masking.row(b, epoch, i) for i, b in enumerate(text.epoch(epoch)))
    ]
    # One "epoch" that is both, in order; whole batches only, so that steps agree.
    count = len(text.epoch(0)) // settings.batch * settings.batch
    both = [*examples[:count], *examples[len(text.epoch(0)) :][:count]]

    class InOrder(Trainer):
        def _get_train_sampler(self, *_: Any) -> Any:
            return torch.utils.data.SequentialSampler(both)

        def compute_loss(self, *arguments: Any, **options: Any) -> Any:
            loss = super().compute_loss(*arguments, **{**options, "num_items_in_batch": None})
            theirs.append(float(loss.detach()))
            return loss

    theirs: list[float] = []
    InOrder(
        model=AutoModelForMaskedLM.from_pretrained(tiny_model).apply(no_dropout),
        args=TrainingArguments(
            output_dir=str(tmp_path),
            num_train_epochs=1,
            per_device_train_batch_size=settings.batch,
            learning_rate=settings.learning_rate,
            lr_scheduler_type="linear",
            weight_decay=0.0,
            max_grad_norm=0.0,
            adam_epsilon=1e-8,
            use_cpu=True,
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
        ),
        train_dataset=both,
    ).train()

    whole = text.epoch
    text.epoch = lambda number: whole(number)[:count]  # type: ignore[method-assign]
    loop = loops.Loop(Accelerator(cpu=True), base, text, None, settings, tmp_path)
    ours = [loss for _, loss in loop.run().curve]
    assert len(ours) == len(theirs) == 2 * count // settings.batch
    assert ours == pytest.approx(theirs, abs=1e-3)
    assert ours == pytest.approx(theirs, abs=1e-5)


def no_dropout(module: torch.nn.Module) -> None:
    if isinstance(module, torch.nn.Dropout):
        module.p = 0.0


@pytest.mark.parametrize(
    "family", ["bert", "distilbert", "electra", "albert", "roberta", "modernbert"]
)
def test_every_family_trains(
    build_model: Callable[[str], Path], docs: Path, family: str, tmp_path: Path
) -> None:
    base, tokenizer = load_pretrained(build_model(family))
    network = MaskedRows(base)
    settings = quick(epochs=1)
    text = BlockedText.of(read_sources([str(docs)]).documents, tokenizer, settings)
    loop = loops.Loop(Accelerator(cpu=True), network.model, text, text, settings, tmp_path)
    before = loop.measure()
    loop.run()
    after = loop.progress.table[-1].validation_loss
    assert before is not None and after is not None and after < before


@pytest.mark.parametrize("steps", [2, 5])
def test_a_run_ends_after_the_updates_that_were_asked_for(
    docs: Path, tiny_model: Path, tmp_path: Path, steps: int
) -> None:
    settings = quick(epochs=3, max_steps=steps, checkpoint_steps=1)
    options: dict[str, Any] = {"model": tiny_model, "settings": settings, "simulate_words": 0}
    found = finetune([str(docs)], tmp_path / "out", **options)
    assert found.learnt.updates == len(losses(tmp_path / "out")) == steps
    assert found.learnt.table[-1].step == steps
    assert not found.learnt.stopped_early
    whole = quick(epochs=3)
    finetune([str(docs)], tmp_path / "whole", **{**options, "settings": whole})
    assert losses(tmp_path / "out")[0] == losses(tmp_path / "whole")[0]
    killed_run(docs, tmp_path / "killed", steps - 1, **options)
    finetune([str(docs)], tmp_path / "killed", **options)
    assert losses(tmp_path / "killed") == losses(tmp_path / "out")


@pytest.mark.parametrize("parts", [{"device_batch": 3}, {"accumulation": 3}, {"workers": 1}])
def test_a_batch_in_parts_is_the_same_batch(
    docs: Path, tiny_model: Path, tmp_path: Path, parts: dict[str, int]
) -> None:
    for name, settings in (("one", quick(epochs=1)), ("other", quick(epochs=1, **parts))):
        finetune(
            [str(docs)], tmp_path / name, model=tiny_model, settings=settings, simulate_words=0
        )
    assert losses(tmp_path / "other") == pytest.approx(losses(tmp_path / "one"), abs=1e-4)


def test_rows_that_ask_nothing_leave_each_weight_a_gradient(tiny_model: Path) -> None:
    """Processes wait for the gradients of all weights, from each of them."""
    model, tokenizer = load_pretrained(tiny_model)
    row = Row()
    for place, token in enumerate(tokenizer("the committee will meet").input_ids):
        row.add(token, place, 0, 0)
    network = MaskedRows(model.train())
    loss = network(collate([row], len(row.ids), 0))
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert all(p.grad is not None and not p.grad.any() for p in model.parameters())


@pytest.mark.timeout(300)
def test_two_processes_compute_what_one_does(docs: Path, tiny_model: Path, tmp_path: Path) -> None:
    options = ["--model", str(tiny_model), "--simulate-words", "0", "--threads", "1"]
    for name, value in {**QUICK, "epochs": 1}.items():
        options += [f"--{name.replace('_', '-')}", str(value)]
    # `accelerate launch --cpu` starts one process, however many it is asked for.
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]
    launch += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0"]
    command = [
        "-m",
        "midword_training.finetuning",
        str(docs),
        "-o",
        str(tmp_path / "two"),
        *options,
        "--device-batch",
        "3",
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    done = subprocess.run(
        [*launch, *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr[:6000]
    finetune(
        [str(docs)], tmp_path / "one", model=tiny_model, settings=quick(epochs=1), simulate_words=0
    )
    assert json.loads((tmp_path / "two" / "metrics.json").read_text())["processes"] == 2
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), abs=1e-4)
    two, one = (
        AutoModelForMaskedLM.from_pretrained(tmp_path / name, dtype=torch.float32).state_dict()
        for name in ("two", "one")
    )
    assert all(torch.allclose(two[name], one[name], atol=2e-3) for name in one)
    for name in ("phrases.npz", "new-words.csv", "tokenizer.json"):
        assert (tmp_path / "two" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


def test_blending_draws_the_weights_towards_the_start(
    docs: Path, tiny_model: Path, tmp_path: Path
) -> None:
    for blend in (0.5, 1.0):
        settings = quick(epochs=1, blend=blend)
        out = tmp_path / str(blend)
        finetune([str(docs)], out, model=tiny_model, settings=settings, simulate_words=0)
    start, half, whole = (
        AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32).state_dict()
        for folder in (tiny_model, tmp_path / "0.5", tmp_path / "1.0")
    )
    name = "bert.encoder.layer.1.output.dense.weight"
    assert torch.allclose(half[name], (start[name] + whole[name]) / 2, atol=1e-3)


def test_a_pulled_model_answers_more_as_it_did(
    docs: Path, tiny_model: Path, tmp_path: Path
) -> None:
    for pull in (0.0, 10.0):
        settings = quick(epochs=1, pull=pull, new_words=0)
        out = tmp_path / str(pull)
        finetune([str(docs)], out, model=tiny_model, settings=settings, simulate_words=0)
    ids = torch.randint(5, 100, (8, 12), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        start, free, pulled = (
            AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32)(ids).logits
            for folder in (tiny_model, tmp_path / "0.0", tmp_path / "10.0")
        )
    away_free, away_pulled = (
        torch.nn.functional.kl_div(
            each.log_softmax(-1), start.log_softmax(-1), reduction="batchmean", log_target=True
        )
        for each in (free, pulled)
    )
    assert away_pulled < away_free / 2


def test_an_epoch_of_fewer_blocks_is_as_long_as_the_first(
    docs: Path, tiny_model: Path, tmp_path: Path
) -> None:
    base, text, settings = reference(docs, tiny_model)
    whole = text.epoch
    text.epoch = lambda number: whole(number)[: 17 - number]  # type: ignore[method-assign]
    loop = loops.Loop(Accelerator(cpu=True), base, text, None, settings, tmp_path)
    assert [line.step for line in loop.run().table] == [3, 6]


def test_a_tracker_gets_the_losses(docs: Path, tiny_model: Path, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    settings = quick(epochs=1, log_with="tensorboard")
    finetune([str(docs)], tmp_path / "out", model=tiny_model, settings=settings, simulate_words=0)
    events = EventAccumulator(str(tmp_path / "out.log" / "midword"))
    events.Reload()
    logged = [event.value for event in events.Scalars("loss")]
    assert logged == pytest.approx(losses(tmp_path / "out"), rel=1e-5)
    assert events.Scalars("tokens_per_second")[-1].value > 0
    assert len(events.Scalars("validation_loss")) == 1


@pytest.mark.parametrize(
    ("changes", "dtype"),
    [
        ({}, torch.float16),
        ({"save_dtype": "fp32"}, torch.float32),
        ({"recipe": "reference", "block_tokens": 32}, torch.float32),
    ],
)
def test_weights_are_saved_as_asked_and_for_all_to_read(
    docs: Path, tiny_model: Path, tmp_path: Path, changes: dict[str, Any], dtype: torch.dtype
) -> None:
    settings = quick(epochs=1, **changes)
    out = tmp_path / "out"
    finetune([str(docs)], out, model=tiny_model, settings=settings, simulate_words=0)
    with safe_open(out / "model.safetensors", framework="pt") as file:
        assert {file.get_tensor(name).dtype for name in file.keys()} == {dtype}  # noqa: SIM118
    mask = os.umask(0)
    os.umask(mask)
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o666 & ~mask}
    load(out, runtime="onnx-fp32")


def test_what_a_run_will_take_is_said_before_it(
    docs: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = quick(epochs=1)
    finetune([str(docs)], tmp_path / "out", model=tiny_model, settings=settings, simulate_words=0)
    lines = capsys.readouterr().out.splitlines()
    (said,) = (
        place for place, line in enumerate(lines) if "training takes about 1 minute:" in line
    )
    assert "in 1 epochs, on 1 threads" in lines[said]
    assert lines[said + 1].startswith("training loss | epoch")


def test_a_tokenizers_truncation_and_padding_are_not_for_documents(
    docs: Path, tiny_model: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    spec = json.loads((folder / "tokenizer.json").read_text())
    spec["truncation"] = {
        "direction": "Right",
        "max_length": 16,
        "strategy": "LongestFirst",
        "stride": 0,
    }
    spec["padding"] = {
        "strategy": {"Fixed": 400},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "[PAD]",
    }
    (folder / "tokenizer.json").write_text(json.dumps(spec))
    read = read_sources([str(docs)]).documents
    for recipe in ("writer", "reference"):
        settings = quick(recipe=recipe)
        whole, other = (
            BlockedText.of(read, load_pretrained(model)[1], settings)
            for model in (tiny_model, folder)
        )
        assert whole.tokens == other.tokens > 16 * len(read)
        assert whole.fingerprint() == other.fingerprint()


def test_frozen_layers_stay(docs: Path, tiny_model: Path, tmp_path: Path) -> None:
    settings = quick(epochs=1, freeze_layers=1)
    finetune([str(docs)], tmp_path / "out", model=tiny_model, settings=settings, simulate_words=0)
    weight = "bert.encoder.layer.{}.output.dense.weight"
    before, after = (
        AutoModelForMaskedLM.from_pretrained(f, dtype=torch.float32).state_dict()
        for f in (tiny_model, tmp_path / "out")
    )
    assert torch.allclose(before[weight.format(0)], after[weight.format(0)], atol=1e-3)
    assert not torch.allclose(before[weight.format(1)], after[weight.format(1)], atol=1e-3)
    with pytest.raises(UserError, match="freeze"):
        finetuning.freeze(AutoModelForMaskedLM.from_pretrained(tiny_model), 9)


def test_mistakes_are_clear_and_leave_nothing(
    docs: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def attempt(source: Path, out: Path, model: Path = tiny_model) -> None:
        finetune([str(source)], out, model=model, settings=quick())

    out = tmp_path / "out"
    (tmp_path / "three.txt").write_text("only three words")
    with pytest.raises(UserError, match="only 3 words"):
        attempt(tmp_path / "three.txt", out)
    with pytest.raises(UserError, match="no-such-model"):
        attempt(docs, out, tmp_path / "no-such-model")
    (tmp_path / "not-a-model").mkdir()
    with pytest.raises(UserError, match="not a masked language model"):
        attempt(docs, out, tmp_path / "not-a-model")
    with pytest.raises(UserError, match="exists already"):
        attempt(docs, docs)
    with pytest.raises(UserError, match="--log-with wandbx: there is tensorboard"):
        finetune([str(docs)], out, model=tiny_model, settings=quick(log_with="wandbx"))
    monkeypatch.setattr(destination.shutil, "disk_usage", lambda _: type("U", (), {"free": 10})())
    with pytest.raises(UserError, match="GB free"):
        attempt(docs, out)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"three.txt", "not-a-model"}


def test_a_read_only_place_is_refused_before_any_work(docs: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        Destination.claim(tmp_path / "file" / "out", overwrite=False, needed=0)
    Destination.claim(tmp_path / "new" / "out", overwrite=False, needed=0)
    assert list((tmp_path / "new").iterdir()) == []


def test_a_full_disk_stops_with_the_last_checkpoint_whole(
    docs: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(loops.Loop, "save", full)
    with pytest.raises(UserError, match="No space left"):
        finetune([str(docs)], tmp_path / "out", model=tiny_model, settings=quick(epochs=1))
    assert not (tmp_path / "out").exists()


def test_wrong_settings_are_named() -> None:
    with pytest.raises(UserError, match="--epochs"):
        make({"epochs": -1})
    assert [make({}).epochs_for(tokens, "amx") for tokens in (100, 100_000, 10**7)] == [10, 6, 5]
    assert [make({}).epochs_for(117_000, pace) for pace in ("gpu", "amx", "cpu")] == [10, 5, 3]
    with pytest.raises(UserError, match="--mask-rate"):
        make({"mask_rate": 1.5})
    assert make({"recipe": "reference"}).learning_rate == 2e-5
