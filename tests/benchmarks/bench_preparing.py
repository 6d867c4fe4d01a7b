"""What preparing documents for fine-tuning costs: CPU seconds and memory, step by step.

    python tests/benchmarks/bench_preparing.py DOCS [--processes 2]
    python tests/benchmarks/bench_preparing.py DOCS --tokens    # our store beside datasets' map

CPU seconds are this process's and its helpers'; memory is the most that each of them had so far.
"""

import argparse
import resource
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from midword.model import store
from midword_training.documents.reading import read_sources
from midword_training.finetuning import corpus, prepared
from midword_training.masked.network import load_pretrained
from midword_training.masked.tokens import Tokens
from midword_training.settings import make
from midword_training.words.team_words import TeamWords

STEPS: tuple[tuple[Any, str], ...] = (
    (corpus, "read_sources"),
    (corpus, "shelve_redacted"),
    (corpus, "split"),
    (TeamWords, "count"),
    (Tokens, "write"),
    (prepared, "_write_words"),
)


def cpu() -> float:
    """CPU seconds of this process and of helpers that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def told(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
    """The step, which then says what it cost."""

    def timed(*arguments: Any, **options: Any) -> Any:
        before = cpu()
        found = step(*arguments, **options)
        most = [
            resource.getrusage(who).ru_maxrss / 1e6
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        ]
        print(f"{name:16} {cpu() - before:8.1f} s   {most[0]:.2f} GB, helpers {most[1]:.2f} GB")
        return found

    return timed


def compare_stores(source: str, processes: int) -> None:
    """Tokenise the documents into our store and by `map` of datasets."""
    import datasets

    _, tokenizer = load_pretrained(store.resolve(store.BUNDLED_NAME))
    documents = list(read_sources([source]).documents)
    megabytes = sum(len(document.text.encode()) for document in documents) / 1e6

    def ids(rows: dict[str, list[str]]) -> dict[str, Any]:
        return {"ids": tokenizer(rows["text"], add_special_tokens=False)["input_ids"]}

    def ours(folder: str) -> None:
        Tokens.write(Path(folder) / "tokens", documents, tokenizer, special=False)

    def map_of_datasets(folder: str) -> None:
        made = texts.map(ids, batched=True, num_proc=processes, remove_columns=["text"])
        made.save_to_disk(f"{folder}/tokens")

    with tempfile.TemporaryDirectory() as folder:
        datasets.Dataset.from_dict({"text": [d.text for d in documents]}).save_to_disk(
            f"{folder}/text"
        )
        texts = datasets.load_from_disk(f"{folder}/text")
        for way in (ours, map_of_datasets):
            before = cpu()
            way(folder)
            speed = megabytes / (cpu() - before)
            files = [path for path in Path(folder, "tokens").rglob("*") if path.is_file()]
            size = sum(path.stat().st_size for path in files) / 1e6
            print(f"{way.__name__:16} {speed:6.2f} MB a CPU second, {size:.1f} MB on disk")
            shutil.rmtree(Path(folder, "tokens"))


def main() -> None:
    """Prepare the documents in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("docs")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--tokens", action="store_true", help="compare token stores")
    options = parser.parse_args()
    if options.tokens:
        compare_stores(options.docs, options.processes)
        return
    for owner, name in STEPS:
        setattr(owner, name, told(name, getattr(owner, name)))
    with tempfile.TemporaryDirectory() as folder:
        start = store.resolve(store.BUNDLED_NAME)
        place = Path(folder) / "prepared"
        prepared.prepare(place, "", [options.docs], [], make({}), start, options.processes)


if __name__ == "__main__":
    main()
