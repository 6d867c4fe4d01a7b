"""The processor time of a list, against `pipeline("fill-mask")` on the same model and context.

    OPENBLAS_NUM_THREADS=1 python tests/benchmarks/bench_engine.py TEXT [--gaps 60] [--model FOLDER]

One thread each, in one run, in turns; medians of CPU milliseconds. The pipeline gets 64 tokens
around a mask, which is what users of transformers do today.
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
from midword.text.cloze import Cloze, cloze_at
from midword.text.document import Document
from midword_training.export import export
from midword_training.typing_simulator import sample


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
        engines = {
            name: load_suggester(load(copy, runtime=name)) for name in ("onnx-int8", "onnx-fp32")
        }
        pipeline = transformers.pipeline("fill-mask", model=str(copy), device="cpu", top_k=10)
        times: dict[str, list[float]] = {}

        def note(name: str, call: Callable[[], object]) -> None:
            times.setdefault(name, []).append(milliseconds(call))

        for match in matches:
            cloze = cloze_at(document, match.start())
            if cloze is None:
                continue
            masked = _masked(pipeline.tokenizer, cloze)
            note("pipeline", lambda: pipeline(masked))  # noqa: B023  called at once
            for name, engine in engines.items():
                _list(note, engine, name, document, match.start(), memory)
    base = statistics.median(times["pipeline"])
    print(
        f"{len(times['pipeline'])} gaps of {options.text.name}, "
        "median CPU ms and the pipeline's time as a multiple"
    )
    for name, found in times.items():
        print(f"{name:<22} {statistics.median(found):8.2f} {base / statistics.median(found):8.1f}")
    return 0


def _list(
    note: Callable[[str, Callable[[], object]], None],
    engine: Suggester,
    name: str,
    document: Document,
    offset: int,
    memory: Memory,
) -> None:
    def ask(at: int) -> None:
        cloze = cloze_at(document, at)
        if cloze is not None:
            engine.suggest(cloze, memory=memory, document="a")

    note(f"{name} first list", lambda: ask(offset))
    note(f"{name} next letter", lambda: ask(offset + 1))


def _masked(tokenizer: transformers.PreTrainedTokenizerBase, cloze: Cloze) -> str:
    """The text around a gap, about 64 tokens with the mask."""
    left = tokenizer.tokenize(cloze.left)[-38:]
    right = tokenizer.tokenize(cloze.right)[: 61 - len(left)]
    join = tokenizer.convert_tokens_to_string
    return f"{join(left)} {tokenizer.mask_token} {join(right)}"


if __name__ == "__main__":
    sys.exit(main())
