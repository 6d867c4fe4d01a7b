"""What reading gaps costs within one process, on the processor or a card: a table, and JSON.

    python tests/benchmarks/bench_passes.py TEXT... [--device cuda] [--json FILE] [--only PART ...]

Parts: `agreement` (is what the device says what fp32 on the processor says; on a card also recorded
passes against launched ones), `passes` (time by rows, memory of the card), `crowd` (1, 8 and 64
clients who never rest, beside `pipeline("fill-mask")` behind a lock, as a plain server has it, in
turns) and `typists` (64 people type, a letter each 80 to 250 ms). Gaps are places before words of
the TEXTs. Times are of the clock: have the machine to yourself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

sys.path.insert(0, str(Path(__file__).parents[1]))

from cards import EXACT, resident
from midword.engine.choice import ModelChoice
from midword.engine.passes import Passes
from midword.engine.reader import Reader
from midword.model import store
from midword.model.buckets import SIZES
from midword.model.devices import CARDS, Habits
from midword.model.loading import load
from midword.model.masked_lm import Gap, MaskedLM
from midword.settings import Settings
from midword.suggest.loading import load_suggester
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze, cloze_between

FASTEST, SLOWEST = 0.08, 0.25  # seconds a key
AROUND = 600  # characters of a document on each side of the cursor
CROWDS = (1, 8, 64)

Figures = dict[str, Any]


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path, nargs="+", metavar="TEXT")
    parser.add_argument("--device", default="cpu", choices=["cpu", *CARDS])
    parser.add_argument("--model", help="name or folder (default: the package's)")
    parser.add_argument("--runtime", default="auto")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seconds", type=float, default=20, help="of a crowd, and of typing")
    parser.add_argument("--typists", type=int, default=64)
    options = parser.parse_args()
    torch.set_num_threads(1)
    text = "\n".join(path.read_text("utf-8") for path in options.texts)
    bench = Bench(text, options)
    figures: Figures = {}
    for name in options.only:
        figures[name] = {}
        for what, value in PARTS[name](bench):
            figures[name][what] = value
            print(f"{name:<10} {what:<58} {value}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


class Bench:
    """The model that is measured, and gaps to ask it about."""

    def __init__(self, text: str, options: argparse.Namespace) -> None:
        self.text, self.options = text, options
        self.folder = store.resolve(options.model)
        before = memory_of_card()
        self.model = load(self.folder, runtime=options.runtime, device=options.device)
        self.taken = memory_of_card() - before
        self.is_card = self.model.device in CARDS

    def clozes(self, seed: int) -> Iterator[Cloze]:
        """Clozes before words of the text, without end, in an order of one's own."""
        pace = random.Random(seed)
        while True:
            at = self.text.find(" ", pace.randrange(AROUND, len(self.text) - AROUND)) + 1
            if (cloze := self.cloze_at(at)) is not None:
                yield cloze

    def cloze_at(self, at: int, typed: str = "") -> Cloze | None:
        left = self.text[max(0, at - AROUND) : at] + typed
        return cloze_between(left, self.text[at : at + AROUND])

    def gaps(self, count: int) -> list[Gap]:
        return [Gap(cloze.left, cloze.right) for cloze in islice(self.clozes(0), count)]


# The parts.


def agreement(bench: Bench) -> Iterator[tuple[str, Any]]:
    """Whether ranks are those of fp32 on the processor, and recorded passes the launched ones."""
    gaps = bench.gaps(500)
    found = bench.model.word_probabilities(gaps)
    yield "gaps", len(gaps)
    exact = resident(bench.folder, EXACT).word_probabilities(gaps)
    yield from compared("fp32 on the processor", found, exact)
    if bench.model.device == "cuda":
        for precision in ("float16", "float32"):
            recorded, launched = (
                resident(bench.folder, Habits(precision, shapes), device="cuda")  # type: ignore[arg-type]
                for shapes in ("recorded", "fixed")
            )
            others = [model.word_probabilities(gaps) for model in (recorded, launched)]
            yield from compared(f"{precision}: recorded, launched", *others)


def compared(
    what: str, found: Sequence[np.ndarray], wanted: Sequence[np.ndarray]
) -> Iterator[tuple[str, Any]]:
    pairs = [
        (list(np.argsort(-one)[:10]), list(np.argsort(-other)[:10]))
        for one, other in zip(found, wanted, strict=True)
    ]
    differences = [np.abs(one - other).max() for one, other in zip(found, wanted, strict=True)]
    yield f"{what}: same first word (%)", share(one[0] == other[0] for one, other in pairs)
    yield f"{what}: same ten in the same order (%)", share(one == other for one, other in pairs)
    shared = statistics.mean(len({*one} & {*other}) for one, other in pairs)
    yield f"{what}: of ten words shared", round(shared, 2)
    yield f"{what}: largest difference of a probability", f"{max(differences):.1e}"


def passes(bench: Bench) -> Iterator[tuple[str, Any]]:
    """Time of a pass by its rows, tokens to probabilities in the process's memory."""
    yield "runtime", f"{bench.model.runtime} on {bench.model.device}"
    if bench.is_card:
        yield "card", torch.cuda.get_device_name() if torch.cuda.is_available() else "Apple's"
        yield "card's memory, weights and recorded shapes (MB)", bench.taken
    models = {"": bench.model}
    if bench.model.device == "cuda":
        models[", launched"] = resident(bench.folder, Habits("float16", "fixed"), device="cuda")
        models[", fp32"] = resident(bench.folder, Habits("float32", "recorded"), device="cuda")
    for size in SIZES:
        if size > bench.model.batch:
            break
        for how, model in models.items():
            yield f"{size} rows{how}: p50 (ms)", ms(statistics.median(times_of(model, bench, size)))


def times_of(model: MaskedLM, bench: Bench, size: int) -> list[float]:
    """Seconds of the runtime's part of reading so many gaps, of a hundred times."""
    times: list[float] = []
    ask = vars(model)["_words"]

    def timed(rows: Any) -> Any:
        begun = time.perf_counter()
        found = ask(rows)
        times.append(time.perf_counter() - begun)
        return found

    vars(model)["_words"] = timed
    gaps = bench.gaps(size)
    for _ in range(110):
        model.word_probabilities(gaps)
    vars(model)["_words"] = ask
    return times[10:]


def crowd(bench: Bench) -> Iterator[tuple[str, Any]]:
    """Clients who ask for one list after the other, each of a gap that nobody read before."""
    naive = Naive(bench)
    for clients in CROWDS:
        suggester = load_suggester(bench.model, on_demand=False)
        suggester.serve(clients)
        sides: dict[str, Callable[[Passes, int, Cloze], object]] = {
            "lists": lambda queue, owner, cloze, s=suggester: ask(
                queue, s, owner, cloze, ranked=True
            ),
            "gaps": lambda queue, owner, cloze, s=suggester: ask(
                queue, s, owner, cloze, ranked=False
            ),
            "naive": lambda _, __, cloze: naive.words(cloze),
        }
        waits: dict[str, list[float]] = {name: [] for name in sides}
        spent = dict.fromkeys(sides, 0.0)
        rounds = 4  # in turns, for a machine's pace changes
        for number in range(rounds):
            for name, side in sides.items():
                begun = time.monotonic()
                waits[name] += together(
                    bench, clients, side, bench.options.seconds / rounds, number
                )
                spent[name] += time.monotonic() - begun  # the last answers come later
        rates = {name: len(found) / spent[name] for name, found in waits.items()}
        for name, found in waits.items():
            who = f"{clients} clients, {name}"
            yield f"{who}: a second", round(rates[name], 1)
            yield f"{who}: p50, p95 (ms)", (ms(quantile(found, 0.5)), ms(quantile(found, 0.95)))
        for name in ("lists", "gaps"):
            yield (
                f"{clients} clients, {name}: as a multiple of naive",
                round(rates[name] / rates["naive"], 1),
            )


def ask(queue: Passes, suggester: Suggester, owner: int, cloze: Cloze, *, ranked: bool) -> None:
    """Have a gap read, and a list made of it or not."""
    queue.submit(
        suggester,
        (lambda: suggester.suggest(cloze)) if ranked else lambda: None,
        owner=owner,
        unread=suggester.unread(cloze),
    ).result()


def together(
    bench: Bench,
    clients: int,
    side: Callable[[Passes, int, Cloze], object],
    seconds: float,
    seed: int,
) -> list[float]:
    """What so many clients, a thread each, waited for each answer."""
    queue, found = Passes(), [[] for _ in range(clients)]  # type: list[list[float]]
    end = time.monotonic() + seconds

    def one(number: int) -> None:
        clozes = bench.clozes(1000 * seed + number)
        while time.monotonic() < end:
            cloze = next(clozes)
            begun = time.perf_counter()
            side(queue, number, cloze)
            found[number].append(time.perf_counter() - begun)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.close()
    return [wait for waits in found for wait in waits]


class Naive:
    """`pipeline("fill-mask")`, which serves one after the other."""

    def __init__(self, bench: Bench) -> None:
        device = bench.model.device
        self._pipeline: Any = transformers.pipeline(
            "fill-mask",
            model=str(bench.folder),
            device=device,
            dtype=torch.float32 if device == "cpu" else torch.float16,
            top_k=100,
        )
        self._lock = threading.Lock()

    def words(self, cloze: Cloze) -> list[str]:
        mask = self._pipeline.tokenizer.mask_token
        text = f"{cloze.left[-200:]}{mask}{cloze.right[:100]}"  # about 64 tokens
        with self._lock:
            found = [each["token_str"] for each in self._pipeline(text)]
        return [word for word in found if word.startswith(cloze.prefix)][:10]


def typists(bench: Bench) -> Iterator[tuple[str, Any]]:
    """People who type at once, read as in the server: what each waits for the list at each key."""
    yield from asyncio.run(typing(bench, bench.options.typists, bench.options.seconds))


async def typing(bench: Bench, people: int, seconds: float) -> list[tuple[str, Any]]:
    queue = Passes()
    reader = Reader(ModelChoice.of(Settings()), queue, lambda _: None, lambda _: None)
    reader.suggester = load_suggester(bench.model, on_demand=False)
    reader.serve(people)
    reader.state = "ready"
    reader.settled.set_result(None)
    waits: dict[str, list[float]] = {"first": [], "further": []}
    end = time.monotonic() + seconds

    async def one(number: int) -> None:
        pace = random.Random(number)
        at = pace.randrange(AROUND, len(bench.text) // 2)
        await asyncio.sleep(pace.uniform(0, SLOWEST))
        while time.monotonic() < end:
            await asyncio.sleep(pace.uniform(FASTEST, SLOWEST))
            at = (at + 1) % (len(bench.text) - AROUND)
            if (cloze := bench.cloze_at(at)) is None:
                continue
            begun = time.perf_counter()
            reader.read_ahead(cloze, owner=number)
            if reader.can_answer(cloze):
                assert reader.suggester is not None
                reader.suggester.suggest(cloze)
            else:
                await reader.ask(lambda s: s.suggest(cloze), owner=number, cloze=cloze)
            kind = "further" if cloze.prefix else "first"
            waits[kind].append(time.perf_counter() - begun)

    await asyncio.gather(*(one(number) for number in range(people)))
    queue.close()
    found = [*waits["first"], *waits["further"]]
    return [
        (f"{people} typists: lists", len(found)),
        *((f"p{percent} (ms)", ms(quantile(found, percent / 100))) for percent in (50, 95, 99)),
        *(
            (f"{kind} lists: p50, p95 (ms)", (ms(quantile(w, 0.5)), ms(quantile(w, 0.95))))
            for kind, w in waits.items()
        ),
    ]


PARTS: dict[str, Callable[[Bench], Iterator[tuple[str, Any]]]] = {
    "agreement": agreement,
    "passes": passes,
    "crowd": crowd,
    "typists": typists,
}


def memory_of_card() -> int:
    """Megabytes of a card that are in use, by whomever."""
    if not torch.cuda.is_available():
        return 0
    free, all_of_it = torch.cuda.mem_get_info()
    return round((all_of_it - free) / 1e6)


def share(truths: Iterator[bool]) -> float:
    return round(100 * statistics.mean(map(float, truths)), 1)


def quantile(values: Sequence[float], at: float) -> float:
    return sorted(values)[int(at * (len(values) - 1))]


def ms(seconds: float) -> float:
    return round(1000 * seconds, 2)


if __name__ == "__main__":
    main()
