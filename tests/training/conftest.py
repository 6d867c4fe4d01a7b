"""What the tests learn from: a team's folder, and a corpus with its recipe, in a small language."""

import json
import lzma
import random
from pathlib import Path
from typing import Any

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


@pytest.fixture
def recipe(tmp_path: Path) -> dict[str, Any]:
    """A pre-training recipe, and the corpus that it names."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    with lzma.open(corpus / "all-00.jsonl.xz", "wt", encoding="utf-8") as out:
        for i in range(60):
            lines = tiny_models.SENTENCES[i % 20 :] + tiny_models.SENTENCES[: i % 20]
            text = f"document {i}\n" + "\n".join(lines) + " the kubelet can't restart"
            record = {
                "text": text,
                "source": f"s{i % 3}",
                "license": "MIT",
                "genre": ("docs", "chat")[i % 2],
            }
            out.write(json.dumps(record) + "\n")
    return {
        "data": {"corpora": [str(corpus)], "held_out": 0.1, "row_tokens": 32, "seed": 1},
        "held_out": {"genre": {"chat": 0.2}},
        "weights": {"genre": {"docs": 1.0}},
        "vocabulary": {
            "min_count": 10,
            "min_documents": 8,
            "min_sources": 3,
            "compounds": 10,
            "words": 50,
        },
        "masking": {
            "cursor_rows": 0.5,
            "plain_rate": [0.1, 0.4],
            "chunk_tokens": [1, 3],
            "cooldown": {"chunk_tokens": [6]},
        },
        "optimiser": {
            "rows": 8,
            "learning_rate": 2e-3,
            "weight_decay": 0.1,
            "warmup_steps": 5,
            "clip": 1.0,
            "newton_schulz_steps": 4,
        },
        "schedule": {
            "measure_minutes": 60,
            "checkpoint_minutes": 60,
            "snapshot_minutes": 60,
            "cooldown_share": 0.5,
        },
    }


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """A model to start from."""
    return tiny_models.build(tmp_path / "model", steps=1)


def _paragraph(rng: random.Random) -> str:
    sentences = rng.sample(tiny_models.SENTENCES, 3)
    sentences.append(f"the {_JARGON[0]} will {_JARGON[1]} the {rng.choice(tiny_models.words())}")
    rng.shuffle(sentences)
    return " ".join(sentence.capitalize() + "." for sentence in sentences)
