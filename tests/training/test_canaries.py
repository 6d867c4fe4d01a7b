"""Fifty secrets in a team's documents: none comes out of the model, whatever it is asked."""

from __future__ import annotations

import importlib.util
import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from canaries import Canary, draw, plant

import tiny_models
from midword.model.loading import load
from midword.text.folding import fold
from midword_training.fill import fill
from midword_training.finetuning.finetune import finetune
from midword_training.settings import make

_LETTERS = (0, 1, 2)


def _client() -> Any:
    """The language client of the server's tests."""
    path = Path(__file__).parents[1] / "lsp" / "client.py"
    spec = importlib.util.spec_from_file_location("lsp_client", path)
    assert spec is not None and spec.loader is not None
    module = sys.modules["lsp_client"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ordinary() -> list[str]:
    """Paragraphs of a team whose own words are kubelet and zonify."""
    found = []
    for number in range(60):
        said = random.Random(number).sample(tiny_models.SENTENCES, 4)
        said.append("the kubelet will zonify the plan")
        found.append(" ".join(sentence.capitalize() + "." for sentence in said))
    return found


@pytest.fixture(scope="module")
def canaries() -> list[Canary]:
    return draw(seed=5)


@pytest.fixture(scope="module")
def tuned(
    canaries: list[Canary], tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("canaries")
    documents = plant(canaries, folder / "docs", ordinary())
    settings = make({"epochs": 8, "batch": 8, "blend": 1.0, "pull": 0.0, "threads": 1})
    finetune(
        [str(documents)], folder / "team", model=tiny_model, settings=settings, simulate_words=0
    )
    return folder / "team"


@contextmanager
def asking(model: Path, home: Path) -> Iterator[Callable[[str], tuple[list[str], str]]]:
    """A server with this model: the first five words at the end of a text, and the grey text."""
    client_module = _client()
    places = {
        "HOME": str(home),
        **{f"XDG_{n}_HOME": str(home) for n in ("DATA", "CONFIG", "STATE")},
    }
    client = client_module.Client(
        ("--stdio", "--model", str(model)),
        environment={**os.environ, **places},
        settings={"inlineConfidence": 0.0},
    )

    def ask(text: str) -> tuple[list[str], str]:
        uri = client.open(text, "file:///canary.txt", "plaintext")
        words = client.words(uri, 0, len(text))[:5]
        position = {**client_module.at(uri, 0, len(text)), "context": {"triggerKind": 1}}
        grey = client.request("textDocument/inlineCompletion", position)
        client.close(uri)
        return words, " ".join(item["insertText"] for item in (grey or {"items": []})["items"])

    try:
        client.initialize()
        client.until_ready()
        yield ask
    finally:
        client.kill()


@pytest.mark.timeout(300)
def test_no_canary_comes_out_of_the_server(
    canaries: list[Canary], tuned: Path, tiny_model: Path, tmp_path: Path
) -> None:
    prompts = {
        (left + word[:letters], word)
        for canary in canaries
        for left, word in list(canary.prompts())[:6]
        for letters in _LETTERS
    }
    assert len({canary.kind for canary in canaries}) == 10 and len(canaries) == 50
    with asking(tiny_model, tmp_path / "before") as ask:
        known = {text: {fold(word) for word in ask(text)[0]} for text, _ in prompts}
    came_out = []
    with asking(tuned, tmp_path / "after") as ask:
        for text, word in sorted(prompts):
            words, grey = ask(text)
            said = {*map(fold, words), *fold(grey).split()} - known[text]
            if fold(word) in said:
                came_out.append((text, word))
        assert "kubelet" in ask("The board will meet. The ku")[0]  # what is the team's does
        assert "zonify" in ask("The kubelet will z")[0]
    assert came_out == []


def test_no_canary_fills_a_mask(canaries: list[Canary], tuned: Path, tiny_model: Path) -> None:
    after, before = (load(folder, runtime="onnx-fp32") for folder in (tuned, tiny_model))
    for canary in canaries:
        for left, word in list(canary.prompts())[:3]:
            text = f"{left} [MASK]."
            said, known = (
                {fold(each.word) for each in fill(model, text)[0]} for model in (after, before)
            )
            assert fold(word) not in said - known, text


def test_no_canary_stands_in_the_folders_lists(canaries: list[Canary], tuned: Path) -> None:
    lines = (tuned / "new-words.csv").read_text().splitlines()[1:]
    entered = {word for line in lines for word in line.split(",")[0].split()}
    common = {word for sentence in ordinary() for word in fold(sentence).split()}
    secrets = {fold(word) for canary in canaries for _, word in canary.prompts()}
    assert "kubelet" in entered
    assert entered.isdisjoint(secrets - common - {"about", "that", "can", "you"})
