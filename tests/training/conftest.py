"""A team's folder to learn from: many short documents of a small language."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

import tiny_models

_JARGON = ("kubelet", "zonify")


@pytest.fixture
def team_docs(tmp_path: Path) -> Callable[..., Path]:
    """Write a folder of Markdown: ``team_docs(documents=12)``."""

    def write(name: str = "docs", documents: int = 12, paragraphs: int = 6) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for number in range(documents):
            rng = random.Random(number)
            text = "\n\n".join(_paragraph(rng) for _ in range(paragraphs))
            (folder / f"page{number}.md").write_text(f"# Page {number}\n\n{text}\n")
        return folder

    return write


def _paragraph(rng: random.Random) -> str:
    sentences = rng.sample(tiny_models.SENTENCES, 3)
    sentences.append(f"the {_JARGON[0]} will {_JARGON[1]} the {rng.choice(tiny_models.words())}")
    rng.shuffle(sentences)
    return " ".join(sentence.capitalize() + "." for sentence in sentences)
