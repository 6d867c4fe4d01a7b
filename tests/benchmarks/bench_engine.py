"""The processor time of a list, against `pipeline("fill-mask")` on the same model and context.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/bench_engine.py TEXT [--gaps 60] [--model FOLDER]

One thread each, in one run, each engine by itself in turns with the pipeline, as a writer has one
engine; medians of CPU milliseconds. The pipeline gets 64 tokens around a mask, which is what users
of transformers do today.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
import transformers

from midword.model import store
from midword.model.loading import load
from midword.suggest.loading import load_suggester
from midword.suggest.memory import Memory
from midword.suggest.suggester import Suggester
from midword.text.cloze import cloze_at
from midword.text.document import Document
from midword_training.evaluation.typing_simulator import sample
from midword_training.exporting.export import export


def milliseconds(call: Callable[[], object]) -> float:
    before = time.process_time()
    call()
    return 1000 * (time.process_time() - before)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", type=Path)
    parser.add_argument("--gaps", type=int, default=60)
    parser.add_argument("--model", help="name or folder (default: the package's)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    folder = store.resolve(options.model)
    text = options.text.read_text("utf-8")
    matches = sample(text, options.gaps, 42)
    document = Document("file:///a.txt", "plaintext", 0, text)
    memory = Memory()
    memory.update("a", text)
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(shutil.copytree(folder, Path(temporary) / "model"))
        export(copy, int8=True, fp32=True)
        pipeline = transformers.pipeline(
            "fill-mask", model=str(copy), device="cpu", dtype=torch.float32, top_k=10
        )
        gaps = [match.start() for match in matches if cloze_at(document, match.start())]
        print(
            f"{len(gaps)} gaps of {options.text.name}: median CPU ms, the pipeline's as a multiple"
        )
        for name in ("onnx-int8", "onnx-fp32"):
            engine = load_suggester(load(copy, runtime=name))
            times: dict[str, list[float]] = {"pipeline": [], "first list": [], "next letter": []}
            for gap in gaps:
                masked = _masked(pipeline.tokenizer, document, gap)
                times["pipeline"].append(milliseconds(lambda: pipeline(masked)))  # noqa: B023
                for what, offset in (("first list", gap), ("next letter", gap + 1)):
                    spent = milliseconds(lambda: _list(engine, document, offset, memory))  # noqa: B023
                    times[what].append(spent)
            base = statistics.median(times["pipeline"])
            for what, found in times.items():
                middle = statistics.median(found)
                print(f"{name:<10} {what:<12} {middle:8.2f} {base / middle:8.1f}")
    return 0


def _list(engine: Suggester, document: Document, offset: int, memory: Memory) -> None:
    cloze = cloze_at(document, offset)
    assert cloze is not None
    engine.suggest(cloze, memory=memory, document="a")


def _masked(
    tokenizer: transformers.PreTrainedTokenizerBase, document: Document, offset: int
) -> str:
    """The text around a gap, about 64 tokens with the mask."""
    cloze = cloze_at(document, offset)
    assert cloze is not None
    left = tokenizer.tokenize(cloze.left)[-38:]
    right = tokenizer.tokenize(cloze.right)[: 61 - len(left)]
    join = tokenizer.convert_tokens_to_string
    return f"{join(left)} {tokenizer.mask_token} {join(right)}"


if __name__ == "__main__":
    sys.exit(main())
