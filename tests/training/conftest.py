"""A team's folder to learn from: many short documents of a small language."""

import random
from pathlib import Path

import pytest

import tiny_models

_JARGON = ("kubelet", "zonify")


def write_team_docs(folder: Path, documents: int = 12, paragraphs: int = 6) -> Path:
    """Write Markdown pages into a new folder."""
    folder.mkdir(parents=True)
    for number in range(documents):
        rng = random.Random(number)
        text = "\n\n".join(_paragraph(rng) for _ in range(paragraphs))
        (folder / f"page{number}.md").write_text(f"# Page {number}\n\n{text}\n")
    return folder


@pytest.fixture(scope="session")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of twelve Markdown pages."""
    return write_team_docs(tmp_path_factory.mktemp("team") / "docs")


def _paragraph(rng: random.Random) -> str:
    sentences = rng.sample(tiny_models.SENTENCES, 3)
    sentences.append(f"the {_JARGON[0]} will {_JARGON[1]} the {rng.choice(tiny_models.words())}")
    rng.shuffle(sentences)
    return " ".join(sentence.capitalize() + "." for sentence in sentences)
