"""What a team's inference server costs its writers, and how many it serves: a table.

    python tests/benchmarks/bench_remote.py TEXT [--json FILE] [--seconds 10]
    python tests/benchmarks/bench_remote.py TEXT --endpoint grpcs://box.example.org:8001

A real Triton on this machine (`tests/inference/prepare.sh`) with the bundled model in int8, one
instance of one thread, or the one at an endpoint; and, beside it, `pipeline("fill-mask")` behind
HTTP with the same model, one thread too. Clients are threads of this process, each with a
connection of its own, which ask again as soon as they are answered; on this machine they share its
cores with the servers, so the processor time that a server spends on a gap is told as well. Triton
refuses what has waited for 0.3 s, for its writer has turned to a model of their own by then.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "lsp"))
sys.path.insert(0, str(Path(__file__).parents[1] / "inference"))

from boxes import HERE, Box, free_port
from client import Client

from midword.endpoint import Endpoint
from midword.model import box, store
from midword.model.box import Box as Connection
from midword.model.box import BoxError
from midword.model.loading import load
from midword.model.masked_lm import Gap, MaskedLM
from midword.model.runtime import Rows
from midword.model.vocabulary import tokenizer_number
from midword.suggest.loading import load_suggester
from midword.text.cloze import cloze_at
from midword.text.document import Document
from midword_training.serving.repository import Serving, write_repository

CLIENTS = (1, 8, 64)
PATIENCE = 30.0  # seconds; here it is told how long an answer takes, not whether it is in time

Figures = dict[str, Any]
Ask = Callable[[Gap], object]


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", type=Path, metavar="TEXT")
    parser.add_argument("--endpoint", help="of a server that runs already")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each number of clients")
    parser.add_argument("--gaps", type=int, default=300, help="for added time and for ranks")
    parser.add_argument("--words", type=int, default=Serving().words, help="that come back")
    parser.add_argument("--clients", type=int, nargs="*", default=CLIENTS, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    box.PATIENCE = PATIENCE
    text = options.text.read_text("utf-8")
    places = places_in(text, options.gaps)
    gaps = [gap_at(text, at) for at in places]
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder, served(options, Path(folder)) as (at, process):
        there = load("bundled", runtime="remote", endpoint=at)
        here = load("bundled")
        if there.trouble:
            raise SystemExit(there.trouble)
        figures |= added(here, there, gaps)
        figures |= agreement(here, there, text, places)
        for clients in options.clients:
            figures |= throughput(
                f"Triton, {clients} clients",
                [asker(at, here) for _ in range(clients)],
                gaps,
                options.seconds,
                process,
            )
    with naive() as (port, process):
        for clients in options.clients:
            figures |= throughput(
                f"naive, {clients} clients",
                [naive_asker(port) for _ in range(clients)],
                gaps,
                options.seconds,
                process,
            )
    for clients in options.clients:
        rate = "gaps a second"
        ours, theirs = (figures[f"{side}, {clients} clients: {rate}"] for side in SIDES)
        figures[f"{clients} clients: Triton's {rate} over the naive server's"] = round(
            ours / theirs, 1
        )
    for what, value in figures.items():
        print(f"{what:<62} {value}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


SIDES = ("Triton", "naive")


def places_in(text: str, count: int) -> list[int]:
    """Where words begin, evenly spread."""
    places = [at + 1 for at, sign in enumerate(text[:-1]) if sign == " " and at > 400]
    return places[:: max(1, len(places) // count)][:count]


def gap_at(text: str, at: int) -> Gap:
    """A word's place, without the word."""
    return Gap(text[at - 400 : at], re.sub(r"^\w+", "", text[at:])[:300])


@contextmanager
def served(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, int | None]]:
    """An endpoint, and its server's process if that runs here."""
    if options.endpoint:
        yield options.endpoint, None
        return
    write_repository(store.BUNDLED, folder / "models", Serving(words=options.words))
    server = Box(folder / "models", folder)
    try:
        yield server.endpoint, server.process.pid
    finally:
        server.end()


def added(here: MaskedLM, there: MaskedLM, gaps: list[Gap]) -> Figures:
    """How long a gap takes in the process and at the server, in turns; and this process's CPU."""
    spent: dict[str, list[float]] = {"here": [], "there": []}
    worked = {"here": 0.0, "there": 0.0}
    for gap in gaps:
        for name, model in (("here", here), ("there", there)):
            began, work = time.perf_counter(), time.process_time()
            model.word_probabilities([gap])
            spent[name].append(time.perf_counter() - began)
            worked[name] += time.process_time() - work
    found = {
        name: [float(np.quantile(seconds, share)) for share in (0.5, 0.95)]
        for name, seconds in spent.items()
    }
    return {
        "in the process: p50, p95 (ms)": [ms(each) for each in found["here"]],
        "at Triton: p50, p95 (ms)": [ms(each) for each in found["there"]],
        "added: p50, p95 (ms)": [
            ms(there - here) for here, there in zip(*found.values(), strict=True)
        ],
        "in the process: CPU for a gap (ms)": ms(worked["here"] / len(gaps)),
        "at Triton: the writer's CPU for a gap (ms)": ms(worked["there"] / len(gaps)),
    }


def agreement(here: MaskedLM, there: MaskedLM, text: str, places: list[int]) -> Figures:
    """How often the lists are the same, by the letters that are typed of the word there."""
    suggesters = [load_suggester(model) for model in (here, there)]
    same: dict[int, list[tuple[float, float]]] = {}
    for at in places:
        for letters in range(4):
            if not text[at : at + letters].isalpha() and letters:
                break
            # Without the rest of the word, as one who types has it.
            begin, end = text[max(0, at - 400) : at + letters], re.sub(r"^\w+", "", text[at:])[:300]
            cloze = cloze_at(Document("", "plaintext", 0, begin + end), len(begin))
            if cloze is None:
                break
            first, second = (
                [item.word for item in suggester.suggest(cloze, limit=5)]
                for suggester in suggesters
            )
            same.setdefault(letters, []).append(
                (float(first[:1] == second[:1]), float(set(first) == set(second)))
            )
    return {
        f"{letters} letters: the same first word, the same five (%)": [
            round(100 * statistics.mean(part), 1) for part in zip(*pairs, strict=True)
        ]
        for letters, pairs in same.items()
    }


def asker(endpoint: str, model: MaskedLM) -> Ask:
    """A client of Triton with a connection of its own."""
    connection = Connection(
        Endpoint.parse(endpoint), tokenizer_number(model.folder / "tokenizer.json")
    )
    connection.connect()

    def ask(gap: Gap) -> object:
        row, place = model._row(*model._encode(gap), masks=1)
        ids = np.array([row])
        return connection.ask(Rows(ids, np.ones_like(ids), np.array([place])), patience=PATIENCE)

    return ask


def naive_asker(port: int) -> Ask:
    """A client of the naive server with a connection of its own."""
    connection = http.client.HTTPConnection(HERE, port)

    def ask(gap: Gap) -> object:
        text = f"{gap.left[-200:]}[MASK]{gap.right[:100]}"
        connection.request("POST", "/", text.encode())
        return json.loads(connection.getresponse().read())

    return ask


@contextmanager
def naive() -> Iterator[tuple[int, int]]:
    """The naive server's port and process."""
    port = free_port()
    script = Path(__file__).with_name("naive_http.py")
    process = subprocess.Popen([sys.executable, str(script), str(store.BUNDLED), str(port)])
    try:

        def answers() -> bool:
            try:
                naive_asker(port)(Gap("the ", ""))
            except OSError:
                return False
            return True

        Client.until(answers, 120)
        yield port, process.pid
    finally:
        process.kill()
        process.wait()


def throughput(
    name: str, clients: list[Ask], gaps: list[Gap], seconds: float, process: int | None
) -> Figures:
    """Gaps a second when clients ask one after the other without a pause."""
    waits: list[list[float]] = [[] for _ in clients]
    refused = [0] * len(clients)
    ready = threading.Barrier(len(clients) + 1)
    over = threading.Event()

    def ask(number: int) -> None:
        ready.wait()
        at = 7 * number
        while not over.is_set():
            began = time.perf_counter()
            try:
                clients[number](gaps[at % len(gaps)])
            except BoxError:
                refused[number] += 1
            else:
                waits[number].append(time.perf_counter() - began)
            at += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    ready.wait()
    over.wait(1)  # they connect
    for part in waits:
        part.clear()
    refused[:] = [0] * len(clients)
    began, spent = time.perf_counter(), cpu(process)
    over.wait(seconds)
    took, spent = time.perf_counter() - began, cpu(process) - spent
    over.set()
    answered, refusals = [wait for part in waits for wait in part], sum(refused)
    for thread in threads:
        thread.join()
    return {
        f"{name}: gaps a second": round(len(answered) / took, 1),
        f"{name}: p50, p95 (ms)": [ms(np.quantile(answered, share)) for share in (0.5, 0.95)],
        f"{name}: refused (%)": round(100 * refusals / (refusals + len(answered)), 1),
        **(
            {f"{name}: the server's CPU for a gap (ms)": ms(spent / len(answered))}
            if process is not None
            else {}
        ),
    }


def cpu(process: int | None) -> float:
    """Processor seconds of a process and its children so far."""
    if process is None:
        return 0.0
    root = psutil.Process(process)
    times = [each.cpu_times() for each in (root, *root.children(recursive=True))]
    return sum(time.user + time.system for time in times)


def ms(seconds: float) -> float:
    return round(1000 * float(seconds), 2)


if __name__ == "__main__":
    main()
