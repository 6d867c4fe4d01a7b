"""Models that somebody else may have put there: asked about, whoever names them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from client import CAPABILITIES, Client

import hostile_models
from conftest import Start, environment

QUESTION = "window/showMessageRequest"
USE, NOT_NOW, NEVER = 0, 1, 2
OLD_CLIENT: dict[str, Any] = {**CAPABILITIES, "workspace": {}}  # can't be asked for settings


@pytest.fixture
def clone(tmp_path: Path, tiny_model: Path) -> Path:
    """Somebody's folder, with a model inside."""
    shutil.copytree(tiny_model, tmp_path / "clone" / "model")
    return tmp_path / "clone"


def named_by_its_file(clone: Path, client: Client, model: str) -> None:
    (clone / ".midword.toml").write_text(f"model = {json.dumps(model)}\n")
    client.initialize(clone)


def named_by_the_editors_settings(clone: Path, client: Client, model: str) -> None:
    """As VS Code answers for a clone with a .vscode/settings.json."""
    client.settings = {"model": model}
    client.initialize(clone)


def named_by_pushed_settings(clone: Path, client: Client, model: str) -> None:
    client.initialize(clone, capabilities=OLD_CLIENT)
    settings = {"settings": {"midword": {"model": model}}}
    client.notify("workspace/didChangeConfiguration", settings)


def named_at_the_start(clone: Path, client: Client, model: str) -> None:
    client.initialize(clone, options={"midword": {"model": model}})


def named_by_a_command(clone: Path, client: Client, model: str) -> None:
    client.initialize(clone)
    client.execute("midword.chooseModel", {"model": model})


Name = Callable[[Path, Client, str], None]
WAYS = [
    named_by_its_file,
    named_by_the_editors_settings,
    named_by_pushed_settings,
    named_at_the_start,
    named_by_a_command,
]


def answer(client: Client, number: int | None) -> None:
    client.answers[QUESTION] = lambda params: None if number is None else params["actions"][number]


def questions(client: Client) -> list[str]:
    return [r["params"]["message"] for r in client.requests if r["method"] == QUESTION]


def is_used(client: Client, model: str) -> None:
    """Wait until a model is read with."""
    client.until(lambda: client.status()["model"] == model and client.status()["state"] == "ready")


def is_not_used(client: Client, folder: Path) -> None:
    """The package's model answers in a folder, and goes on doing so."""
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    client.until_ready()
    assert client.status()["model"] == "bundled"
    assert client.words(client.open("We will meet on T", (folder / "a.md").as_uri()), 0, 17)
    assert client.status()["model"] == "bundled"


@pytest.mark.parametrize("name", WAYS)
def test_a_model_in_the_workspace_is_asked_about(start: Start, clone: Path, name: Name) -> None:
    client = start("--stdio")
    answer(client, USE)
    name(clone, client, str(clone / "model"))
    question = client.wait_for(QUESTION)["message"]
    assert str(clone / "model") in question
    assert "do harm" in question
    is_used(client, "tiny-bert")
    assert len(questions(client)) == 1


@pytest.mark.parametrize("name", WAYS)
def test_a_refused_model_is_not_used_and_said_how(start: Start, clone: Path, name: Name) -> None:
    client = start("--stdio")
    answer(client, NOT_NOW)
    name(clone, client, str(clone / "model"))
    told = client.wait_for("window/showMessage")["message"]
    assert f"midword models trust {clone / 'model'}" in told
    is_not_used(client, clone)
    assert len(questions(client)) == 1
    assert len(client.messages) == 2, "the question, and what to do: once"


def test_a_model_elsewhere_is_asked_about(start: Start, tmp_path: Path, tiny_model: Path) -> None:
    client = start("--stdio")
    answer(client, None)
    named_by_the_editors_settings(tmp_path, client, str(tiny_model))
    client.wait_for("window/showMessage", lambda params: "models trust" in params["message"])
    is_not_used(client, tmp_path)


def test_a_yes_holds_until_the_model_changes(start: Start, clone: Path) -> None:
    client = start("--stdio")
    answer(client, USE)
    named_by_its_file(clone, client, "model")
    is_used(client, "tiny-bert")
    client.kill()

    again = start("--stdio")
    again.initialize(clone)
    is_used(again, "tiny-bert")
    assert questions(again) == []
    again.kill()

    (clone / "model" / "tokenizer_config.json").write_text("{}")
    changed = start("--stdio")
    changed.initialize(clone)
    changed.wait_for(QUESTION)
    is_not_used(changed, clone)


def test_a_model_that_changes_while_the_server_runs_is_asked_about_on_reload(
    start: Start, clone: Path
) -> None:
    client = start("--stdio")
    answer(client, USE)
    named_by_its_file(clone, client, "model")
    is_used(client, "tiny-bert")
    answer(client, NOT_NOW)
    (clone / "model" / "README.md").write_text("changed")
    client.execute("midword.reload")
    client.until(lambda: len(questions(client)) == 2)
    is_not_used(client, clone)


def test_a_model_that_changed_is_not_loaded_without_a_question(start: Start, clone: Path) -> None:
    """Chosen again in a session that agreed to what it was."""
    client = start("--stdio")
    answer(client, USE)
    named_by_a_command(clone, client, str(clone / "model"))
    is_used(client, "tiny-bert")
    client.execute("midword.chooseModel", {"model": ""})
    is_used(client, "bundled")
    (clone / "model" / "README.md").write_text("changed")
    client.execute("midword.chooseModel", {"model": str(clone / "model")})
    client.until_ready("degraded")
    client.wait_for("window/showMessage", lambda p: "changed since you agreed" in p["message"])
    client.execute("midword.reload")
    client.until(lambda: len(questions(client)) == 2)
    is_used(client, "tiny-bert")


def test_a_never_holds_too(start: Start, clone: Path) -> None:
    client = start("--stdio")
    answer(client, NEVER)
    named_by_its_file(clone, client, "model")
    client.wait_for("window/showMessage", lambda params: "models trust" in params["message"])
    client.kill()
    again = start("--stdio")
    again.initialize(clone)
    is_not_used(again, clone)
    assert again.messages == []


def test_an_editor_that_shows_no_question_is_told_the_command(start: Start, clone: Path) -> None:
    """It refuses the request; another one would never answer it, as the next test has it."""
    client = start("--stdio")
    client.refuses = {QUESTION}
    named_by_its_file(clone, client, "model")
    client.wait_for("window/showMessage", lambda params: "models trust" in params["message"])
    is_not_used(client, clone)
    assert sum("models trust" in message for message in client.messages) == 1


def test_no_answer_is_no_yes(start: Start, clone: Path, home: Path) -> None:
    client = start("--stdio")
    client.ignores = {QUESTION}
    named_by_its_file(clone, client, "model")
    client.wait_for("window/showMessage", lambda params: "models trust" in params["message"])
    is_not_used(client, clone)
    subprocess.run(
        [sys.executable, "-m", "midword", "models", "trust", str(clone / "model")],
        env={**os.environ, **environment(home)},
        check=True,
    )
    client.execute("midword.reload")
    is_used(client, "tiny-bert")


def test_a_name_in_the_store_is_the_writers_to_give(start: Start, clone: Path, home: Path) -> None:
    shutil.copytree(clone / "model", home / "data" / "midword" / "models" / "team")
    client = start("--stdio")
    named_by_the_editors_settings(clone, client, "team")
    is_used(client, "team")
    assert questions(client) == []
    client.kill()

    (clone / ".midword.toml").write_text('model = "team"\n')
    by_the_file = start("--stdio")
    by_the_file.initialize(clone)
    assert '"team"' in by_the_file.wait_for(QUESTION)["message"]
    is_not_used(by_the_file, clone)
    by_the_file.kill()

    both = start("--stdio")
    named_by_the_editors_settings(clone, both, "team")
    is_used(both, "team")
    assert questions(both) == [], "the file asks for no more than the settings do"


def test_the_bundled_model_may_be_named_by_anybody(start: Start, clone: Path) -> None:
    client = start("--stdio")
    named_by_its_file(clone, client, "bundled")
    is_used(client, "bundled")
    assert client.messages == []


def test_links_lead_no_model_past_the_question(start: Start, clone: Path, home: Path) -> None:
    models = home / "data" / "midword" / "models"
    models.mkdir(parents=True)
    (models / "team").symlink_to(clone / "model")
    client = start("--stdio")
    named_by_the_editors_settings(clone, client, "team")
    assert str(clone / "model") in client.wait_for(QUESTION)["message"]
    is_not_used(client, clone)
    client.kill()

    (models / "team").unlink()
    shutil.copytree(clone / "model", models / "team")
    hostile_models.link("tokenizer.json", str(clone / "model" / "tokenizer.json"))(models / "team")
    by_a_file = start("--stdio")
    named_by_a_command(clone, by_a_file, "team")
    by_a_file.wait_for(QUESTION)


def test_a_default_inside_an_open_folder_counts_as_it_was_accepted(
    start: Start, clone: Path, home: Path
) -> None:
    subprocess.run(
        [sys.executable, "-m", "midword", "models", "use", str(clone / "model")],
        env={**os.environ, **environment(home)},
        check=True,
    )
    client = start("--stdio")
    client.initialize(clone)
    is_used(client, "tiny-bert")
    assert questions(client) == []
    client.kill()
    (clone / "model" / "README.md").write_text("changed")
    changed = start("--stdio")
    changed.initialize(clone)
    changed.wait_for(QUESTION)
    is_not_used(changed, clone)


def test_the_command_line_is_a_yes(start: Start, clone: Path) -> None:
    client = start("--stdio", "--model", str(clone / "model"))
    client.initialize(clone)
    is_used(client, "tiny-bert")
    assert client.messages == []


@pytest.mark.parametrize("model", ["nowhere", "./nowhere", "../nowhere", "~nobody/x", "x" * 300])
def test_a_file_that_names_nothing_is_told_so(start: Start, clone: Path, model: str) -> None:
    client = start("--stdio")
    named_by_its_file(clone, client, model)
    told = client.wait_for("window/showMessage")["message"]
    assert "not there" in told or "no model" in told or "can't be the name" in told
    is_not_used(client, clone)


def test_a_folder_that_is_no_model_is_not_read_through(start: Start, clone: Path) -> None:
    client = start("--stdio")
    named_by_the_editors_settings(clone, client, str(clone))
    assert "config.json" in client.wait_for("window/showMessage")["message"]
    is_not_used(client, clone)
    assert questions(client) == []


def test_what_cannot_be_looked_through_is_told_and_not_used(start: Start, clone: Path) -> None:
    hostile_models.pipe("pipe")(clone / "model")
    client = start("--stdio")
    named_by_its_file(clone, client, "model")
    assert "pipe" in client.wait_for("window/showMessage")["message"]
    is_not_used(client, clone)
    assert questions(client) == []
