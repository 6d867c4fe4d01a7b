"""What one daemon for every window costs, and how it fares: a table, and JSON for programs.

    python tests/benchmarks/bench_daemon.py TEXT... [--json FILE] [--only PART ...]
    python tests/benchmarks/bench_daemon.py TEXT... --only soak --minutes 60
    python tests/benchmarks/bench_daemon.py TEXT... --only typists --typists 64 --device cuda
    python tests/benchmarks/bench_daemon.py TEXT... --only typists --remote [grpcs://BOX:PORT]

Real processes in a home of their own: editors' ends are threads here, each behind its own `midword
connect`. Memory is proportional set size, so that what processes share counts once. CPU is
processor time of all threads. TEXTs are what the typists type, one letter each 80 to 250 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "lsp"))

from client import Client, RefusedError
from daemons import Home
from keystrokes import cpu_seconds, kind_of, resident_megabytes

FASTEST, SLOWEST = 0.08, 0.25  # seconds a key

Figures = dict[str, Any]


def main() -> None:
    """Measure, print, and write."""
    if sys.argv[1:2] == ["--daemon"]:
        be_a_watched_daemon(Path(sys.argv[2]))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path, nargs="+", metavar="TEXT")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, default=[p for p in PARTS if p != "soak"]
    )
    parser.add_argument("--minutes", type=float, default=2, help="of the soak")
    parser.add_argument("--typists", type=int, default=8, help="people who type at once")
    parser.add_argument("--device", help="`midword.device` of every window")
    parser.add_argument(
        "--remote",
        nargs="?",
        const="",
        metavar="ENDPOINT",
        help="let a team's inference server run the model; without an endpoint one on this machine",
    )
    options = parser.parse_args()
    texts = [path.read_text("utf-8") for path in options.texts]
    figures: Figures = {}
    for name in options.only:
        with tempfile.TemporaryDirectory() as folder, settings(options, Path(folder)) as chosen:
            home = HomeWithSettings(Path(folder), Path("bundled"), chosen)
            try:
                figures[name] = PARTS[name](home, texts, options)
            finally:
                home.end()
        for what, value in figures[name].items():
            print(f"{name:<10} {what:<52} {value}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


@contextmanager
def settings(options: argparse.Namespace, folder: Path) -> Iterator[dict[str, str]]:
    """What every window sets: where the model runs."""
    if options.remote is None:
        yield {} if options.device is None else {"device": options.device}
        return
    served = import_module("bench_remote").served  # which needs a Triton's tools
    where = argparse.Namespace(endpoint=options.remote, words=4096)
    with served(where, folder) as (endpoint, _):
        yield {"runtime": "remote", "endpoint": endpoint}


class HomeWithSettings(Home):
    """A home whose windows say where the model runs."""

    def __init__(self, folder: Path, model: Path, chosen: dict[str, str]) -> None:
        super().__init__(folder, model)
        self.settings = chosen

    def connect(self, *arguments: str, **options: Any) -> Client:
        return super().connect(*arguments, **{"settings": self.settings, **options})


# The parts.


def windows(home: Home, texts: list[str], _: argparse.Namespace) -> Figures:
    """Memory of ten windows, each with a document of 5,000 characters and a list."""
    all_of_them, daemon = [], []
    for number in range(10):
        client = window(home)
        at = write(client, texts[number % len(texts)][:5_000])
        client.complete(*at)
        pid = home.pid
        daemon.append(pss(pid))
        all_of_them.append(daemon[-1] + sum(pss(c.process.pid) for c in home.clients))
    return {
        "10 windows, all processes, PSS (MB)": round(all_of_them[-1], 1),
        "1 window, all processes, PSS (MB)": round(all_of_them[0], 1),
        "each further window in the daemon, PSS (MB)": round((daemon[-1] - daemon[0]) / 9, 2),
        "each further shim, PSS (MB)": round(
            (all_of_them[-1] - all_of_them[0] - daemon[-1] + daemon[0]) / 9, 1
        ),
    }


def starting(home: Home, texts: list[str], _: argparse.Namespace) -> Figures:
    """What the shim costs to start, and a daemon until the first list."""
    window(home)
    variables = {**os.environ, **home.environment}
    costs: dict[str, list[float]] = {"pass": [], "connect": []}
    for _ in range(21):  # in turns, for a machine's pace changes
        costs["pass"].append(cpu_of([sys.executable, "-c", "pass"], variables))
        connect = [sys.executable, "-m", "midword", "connect"]
        costs["connect"].append(cpu_of(connect, variables))
    medians = {name: statistics.median(spent) for name, spent in costs.items()}
    cold = []
    for _ in range(5):
        home.say("stop")
        before = children_cpu()
        client = window(home, wait=False)
        at = write(client, texts[0][:1000].rpartition(" ")[0] + " ")
        while not (client.complete(*at) or {}).get("items"):
            pass
        pid = home.pid
        # The daemon is nobody's child; the shim is not waited for yet.
        cold.append(cpu_seconds(pid) + cpu_seconds(client.process.pid) + children_cpu() - before)
    return {
        "connect over `python -c pass`, CPU (ms)": round(
            1000 * (medians["connect"] - medians["pass"]), 1
        ),
        "cold start to the first list, CPU (s)": round(statistics.median(cold), 2),
    }


def shim_memory(home: Home, texts: list[str], _: argparse.Namespace) -> Figures:
    """Memory of a shim with a document of nearly 1 MB, after 2,000 keys in it."""
    client = window(home)
    text = (texts[0] * (1 + 900_000 // len(texts[0])))[:900_000]
    uri, line, _ = write(client, text)
    for number in range(2000):
        client.type(uri, line + 1, number, "a")
    client.complete(uri, line + 1, 0)
    return {"shim with 900 kB open, PSS (MB)": round(pss(client.process.pid), 1)}


def typists(home: Home, texts: list[str], options: argparse.Namespace) -> Figures:
    """People type at once, each for a minute, through shim and daemon on these cores."""
    report = Path(home.folder) / "steps"
    watched = subprocess.Popen(
        [sys.executable, __file__, "--daemon", str(report)],
        env={**os.environ, **home.environment},
    )
    Client.until(lambda: home.status()["running"])
    for _ in range(options.typists):
        window(home)
    model = home.status()["models"][0]
    started = cpu_seconds(watched.pid), time.monotonic()
    report.write_text("0")  # from here on
    found = type_together(home.clients, texts, 60.0)
    load = (cpu_seconds(watched.pid) - started[0]) / (time.monotonic() - started[1])
    waits = [wait for typist in found for wait in typist]
    medians = sorted(statistics.median(typist) for typist in found)
    step = float(report.read_text())
    home.say("stop")
    watched.wait()
    return {
        "runtime": f"{model['runtime']} on {model['device']}",
        "lists": len(waits),
        "p50 (ms)": ms(statistics.median(waits)),
        "p95 (ms)": ms(quantile(waits, 0.95)),
        "p99 (ms)": ms(quantile(waits, 0.99)),
        "slowest typist's p50 over the median typist's": round(
            medians[-1] / statistics.median(medians), 2
        ),
        "daemon, of a core": round(load, 3),
        "longest step of the event loop (ms)": ms(step),
    }


def naive(home: Home, texts: list[str], _: argparse.Namespace) -> Figures:
    """CPU of a list against `pipeline("fill-mask")` behind a plain server, in turns."""
    from midword.model import store
    from midword_training.exporting.export import export

    model = Path(shutil.copytree(store.BUNDLED, home.folder / "model"))
    export(model, int8=False, fp32=True)
    ours = window(home)
    pid = home.pid
    script = Path(__file__).with_name("naive_server.py")
    # What comes behind the wrapper's own arguments it doesn't look at.
    theirs = Client((), wrapper=(sys.executable, str(script), str(model)))
    theirs.initialize()
    spent: dict[tuple[str, str], list[float]] = {}
    sides = {"ours": (ours, [pid, ours.process.pid]), "naive": (theirs, [theirs.process.pid])}
    text = texts[0]
    begin = text.index(" ", 400) + 1
    places = {name: write(client, text[:begin]) for name, (client, _) in sides.items()}
    for at in range(begin + 1, begin + 240):
        for name, (client, pids) in sides.items():
            uri, line, character = places[name]
            before = sum(map(cpu_seconds, pids))
            client.type(uri, line, character, text[at - 1])
            places[name] = uri, *advanced(line, character, text[at - 1])
            client.complete(*places[name])
            kind = kind_of(text, at)
            spent.setdefault((name, kind), []).append(sum(map(cpu_seconds, pids)) - before)
    theirs.kill()
    middle = {key: statistics.median(values) for key, values in spent.items()}
    first = middle["naive", "after a blank"] / middle["ours", "after a blank"]
    further = middle["naive", "further letters"] / middle["ours", "further letters"]
    return {
        "first list, CPU with the shim's (ms)": ms(middle["ours", "after a blank"]),
        "further letter, CPU with the shim's (ms)": ms(middle["ours", "further letters"]),
        "first list: the naive server's as a multiple": round(first, 1),
        "further letter: the naive server's as a multiple": round(further, 1),
    }


def idle(home: Home, texts: list[str], _: argparse.Namespace) -> Figures:
    """Ten windows with a document, of which none is typed in, for a minute."""
    for _ in range(10):
        client = window(home)
        client.complete(*write(client, texts[0][:5000]))
    pids = [home.pid, *(client.process.pid for client in home.clients)]
    before = sum(map(cpu_seconds, pids))
    time.sleep(60)
    return {"ten windows, of a core (%)": round((sum(map(cpu_seconds, pids)) - before) / 0.6, 3)}


def killed(home: Home, texts: list[str], _: argparse.Namespace) -> Figures:
    """Five clients type, the daemon is killed: how long until each has a list again."""
    for _ in range(5):
        window(home)
    places = [write(client, texts[0][:2000].rpartition(" ")[0] + " ") for client in home.clients]
    waited: list[float] = []

    def until_a_list(client: Client, place: tuple[str, int, int]) -> None:
        started = time.monotonic()
        while True:
            try:
                if client.complete(*place)["items"]:
                    break
            except RefusedError:
                time.sleep(0.05)
        waited.append(time.monotonic() - started)

    os.kill(home.pid, 9)
    in_threads(
        [lambda c=c, p=p: until_a_list(c, p) for c, p in zip(home.clients, places, strict=True)]
    )
    return {"killed: lists again after, the last of five clients (s)": round(max(waited), 2)}


def resting(home: Home, texts: list[str], _: argparse.Namespace) -> Figures:
    """Memory of a daemon whose model rests, and how long until it is back."""
    home.foreground("--model-idle-minutes", "0.1")
    client = window(home)
    place = write(client, texts[0][:3000])
    client.complete(*place)
    pid = home.pid
    awake = pss(pid)
    Client.until(lambda: home.status()["models"][0]["state"] == "resting")
    time.sleep(1)
    rests = pss(pid)
    begun = time.monotonic()
    client.complete(*place)
    return {
        "awake, PSS (MB)": round(awake, 1),
        "at rest, PSS (MB)": round(rests, 1),
        "the first list afterwards (s)": round(time.monotonic() - begun, 2),
    }


def soak(home: Home, texts: list[str], options: argparse.Namespace) -> Figures:
    """Typists, and visitors who come and go; memory and descriptors, quarter by quarter."""
    for _ in range(options.typists):
        window(home)
    typing = list(home.clients)
    pid, seconds = home.pid, 60 * options.minutes
    over = threading.Event()
    visits = 0

    def visit() -> None:
        nonlocal visits
        while not over.is_set():
            client = home.connect("--stdio")
            client.initialize()
            client.complete(*write(client, texts[visits % len(texts)][:3000]))
            client.shut_down()
            client.kill()  # which closes its pipes
            home.clients.remove(client)
            visits += 1
            over.wait(2)

    visitor = threading.Thread(target=visit)
    visitor.start()
    quarters, lists = [], 0
    for _ in range(4):
        found = type_together(typing, texts, seconds / 4)
        lists += sum(map(len, found))
        held = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        quarters.append((round(resident_megabytes(pid), 1), held))
    over.set()
    visitor.join()
    return {
        "lists, none lost": lists,
        "visitors": visits,
        "after each quarter: MB, descriptors": quarters,
        "memory from the first quarter to the end (%)": round(
            100 * (quarters[-1][0] / quarters[0][0] - 1), 2
        ),
    }


PARTS: dict[str, Callable[[Home, list[str], argparse.Namespace], Figures]] = {
    "windows": windows,
    "starting": starting,
    "shim": shim_memory,
    "typists": typists,
    "naive": naive,
    "idle": idle,
    "killed": killed,
    "resting": resting,
    "soak": soak,
}


# What they share.


def window(home: Home, *, wait: bool = True) -> Client:
    """One window; by default its model is loaded."""
    client = home.connect("--stdio")
    client.initialize()
    if wait:
        client.until_ready()
    return client


def write(client: Client, text: str) -> tuple[str, int, int]:
    """A new document with a text; the place at its end."""
    uri = client.open(text, f"file:///bench/{random.random()}.md")
    return uri, text.count("\n"), len(text.rpartition("\n")[2])


def advanced(line: int, character: int, key: str) -> tuple[int, int]:
    return (line + 1, 0) if key == "\n" else (line, character + 1)


def type_together(clients: list[Client], texts: list[str], seconds: float) -> list[list[float]]:
    """What each of the clients waited for each list, in seconds."""
    found: list[list[float]] = [[] for _ in clients]

    def type_one(number: int) -> None:
        client, pace = clients[number], random.Random(number)
        text = texts[number % len(texts)]
        at = pace.randrange(len(text) // 2)
        uri, line, character = write(client, text[:at])
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            key = text[at % len(text)]
            client.type(uri, line, character, key)
            line, character = advanced(line, character, key)
            at += 1
            begun = time.perf_counter()
            client.complete(uri, line, character)
            found[number].append(time.perf_counter() - begun)
            time.sleep(pace.uniform(FASTEST, SLOWEST))
        client.close(uri)

    in_threads([lambda n=n: type_one(n) for n in range(len(clients))])
    return found


def in_threads(calls: list[Callable[[], None]]) -> None:
    """Do these at once; an error in one is an error."""
    failed: list[BaseException] = []

    def attempt(call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=attempt, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def be_a_watched_daemon(report: Path) -> None:
    """Be `midword daemon`, and keep in a file how long the longest step of its event loop took."""
    from midword.commands import daemon

    run = asyncio.Handle._run  # type: ignore[attr-defined]

    def timed(handle: asyncio.Handle) -> None:
        begun = time.thread_time()
        run(handle)
        spent = time.thread_time() - begun
        if spent > 0.001 and spent > float(report.read_text() or 0):
            report.write_text(str(spent))

    report.write_text("0")
    asyncio.Handle._run = timed  # type: ignore[attr-defined]
    daemon.run([])


def cpu_of(command: list[str], variables: dict[str, str]) -> float:
    """Processor seconds of a program that is started without input."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=variables
    )
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def pss(pid: int) -> float:
    """Proportional set size in megabytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1000


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1))]


def ms(seconds: float) -> float:
    return round(1000 * seconds, 2)


if __name__ == "__main__":
    main()
