"""What a keystroke costs: a real server process, typed into as an editor would.

    python tests/benchmarks/keystrokes.py TEXT [--keystrokes 3000] [--model M]

Types a text at the end of a document, asks for the list after every key, and prints milliseconds
of waiting (wall) and of the server's processor time (CPU), by kind of request, and memory. A long
run (`--keystrokes 100000`) shows whether memory grows; the text begins anew when it is used up.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "lsp"))

from client import Client

PARAGRAPHS = 20  # a document is closed and a new one begun after so many


def cpu_seconds(pid: int) -> float:
    """Processor time of all threads of a process so far."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def resident_megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def kind_of(text: str, at: int) -> str:
    """What the list after a key is for: `at` is just behind it."""
    if text[at - 1].isspace():
        return "after a blank"
    if at < 2 or not text[at - 2].isalpha():
        return "first letter"
    return "further letters"


def type_text(client: Client, text: str, keystrokes: int) -> dict[str, list[tuple[float, float]]]:
    """Type, ask after every key, and keep what each list took: (wall, CPU) in seconds, by kind."""
    pid = client.process.pid
    taken: dict[str, list[tuple[float, float]]] = defaultdict(list)
    done = number = 0
    print(f"{'keys':>8} {'MB':>7}")
    while done < keystrokes:
        number += 1
        uri = client.open("", f"file:///bench/{number}.md")
        line = character = 0
        for at, key in enumerate(text[: keystrokes - done], 1):
            client.type(uri, line, character, key)
            line, character = (line + 1, 0) if key == "\n" else (line, character + 1)
            begun, cpu = time.perf_counter(), cpu_seconds(pid)
            kind = 2 if key == " " or kind_of(text, at) == "first letter" else 3
            client.complete(uri, line, character, kind)
            spent = time.perf_counter() - begun, cpu_seconds(pid) - cpu
            taken[kind_of(text, at)].append(spent)
            done += 1
            if done % max(1, keystrokes // 10) == 0:
                print(f"{done:>8} {resident_megabytes(pid):>7.1f}")
        client.close(uri)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", type=Path)
    parser.add_argument("--keystrokes", type=int, default=3000)
    parser.add_argument("--model")
    options = parser.parse_args()
    model = ["--model", options.model] if options.model else []
    client = Client(["--stdio", *model])
    try:
        client.initialize()
        client.until_ready()
        taken = type_text(client, options.text.read_text("utf-8"), options.keystrokes)
        print(f"\n{'list':<16} {'n':>6} {'wall p50':>9} {'p95':>7} {'CPU p50':>9} {'p95':>7}  (ms)")
        for kind, spent in taken.items():
            row = f"{kind:<16} {len(spent):>6}"
            for column in zip(*spent, strict=True):
                cuts = statistics.quantiles(column, n=20, method="inclusive")
                row += f" {1000 * cuts[9]:>9.2f} {1000 * cuts[18]:>7.2f}"
            print(row)
        model_status = client.status()["models"][-1]
        print(f"\n{model_status}")
        client.shut_down()
    finally:
        client.kill()


if __name__ == "__main__":
    main()
