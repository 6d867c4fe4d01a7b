"""`midword status`: whether the daemon runs, for which windows, and with which models."""

import argparse
import json
import sys
from typing import Any

from midword.daemon import NONE_ON_WINDOWS
from midword.errors import UserError
from midword.foreign import shown

_NOT_RUNNING = 3  # as for `systemctl status`


def run(argv: list[str]) -> int:
    """Print it; the exit code is 3 if no daemon runs."""
    parser = argparse.ArgumentParser(prog="midword status", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print it for programs")
    parser.add_argument(
        "--socket", action="store_true", help="print where it listens, running or not"
    )
    options = parser.parse_args(argv)
    if sys.platform == "win32":
        raise UserError(NONE_ON_WINDOWS)
    from midword.daemon import address, control

    if options.socket:
        found = address.find()
        if found is None:
            raise UserError("a daemon can listen nowhere here, so each window has its own server")
        print(found.socket)
        return 0
    report = control.report()
    if options.json:
        print(json.dumps({"running": report is not None, **(report or {})}, indent=2))
    elif report is None:
        print("no daemon runs: the next window starts one")
    else:
        print(_as_text(report))
    return 0 if report is not None else _NOT_RUNNING


def _as_text(report: dict[str, Any]) -> str:
    lines = [
        f"midword {report['version']}, process {report['pid']}, "
        f"{report['memoryMegabytes']:.0f} MB, for {_duration(report['uptimeSeconds'])}",
        f"listens on {shown(report['socket'])}",
    ]
    for model in report["models"]:
        name, state = shown(model["model"] or "bundled"), model["state"]
        latency = model["latencyMs"]
        fast = f", half of its lists in {latency['p50']} ms" if latency else ""
        where = f" at {shown(model['device'])}" if model["runtime"] == "remote" else ""
        lines.append(f"model {name}: {state}{where}{fast}")
        if model.get("message"):
            lines.append(f"  {shown(model['message'], 1_000)}")
    for window in report["windows"]:
        client = shown(window["client"] or "a client")
        lines.append(
            f"window of {client} (process {window['pid']}) in {shown(window['folder'])}: "
            f"{window['documents']} documents, idle for {_duration(window['idleSeconds'])}"
        )
    if not report["windows"]:
        lines.append(f"no window: it leaves after {report['idleMinutes']:g} minutes of that")
    return "\n".join(lines)


def _duration(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
