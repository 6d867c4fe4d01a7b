"""`midword doctor`: what works on this machine, and what to do about what doesn't."""

import argparse
import importlib.util
import json
import os
import platform
import re
import shutil
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

from midword import __version__, silence, system
from midword.errors import UserError
from midword.foreign import shown
from midword.model import devices, store
from midword.own_folders import data_folder, home

# Package -> the extra that brings it, and what for.
_EXTRAS = {
    "torch": ("gpu", "for a GPU, and for models without a file for the CPU runtime"),
    "transformers": ("gpu", "for models without a file for the CPU runtime"),
    "accelerate": ("train", "for 'midword finetune'"),
    "datasets": ("train", "for 'midword finetune' and 'midword evaluate' on data sets"),
    "websockets": ("ws", "for 'midword serve --ws'"),
    "tritonclient": ("remote", "for the runtime `remote`, a team's inference server"),
}
_LONGEST = 1000  # characters of a part of a line
_SENTENCES = (
    ("The committee will meet on Tuesday to ", " the budget."),
    ("She opened the window and looked at the ", " outside."),
    ("Please send me the ", " before the end of the week."),
    ("We have not ", " from them since last year."),
    ("It was a cold ", " and the streets were empty."),
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        state: "ok"; "note" for what is missing but not needed; "wrong" for what must be mended.
        advice: what to do about it; "" where nothing is to be done.
    """

    area: str
    name: str
    state: Literal["ok", "note", "wrong"]
    value: str
    advice: str = ""


def run(argv: list[str]) -> int:
    """Print all checks; returns 0 if nothing is wrong, else 1."""
    parser = argparse.ArgumentParser(prog="midword doctor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(argv)
    checks = []
    area = ""
    for check in checkup():
        checks.append(check)
        if not options.json:
            if check.area != area:
                print(f"{check.area}:")
                area = check.area
            print(line(check), flush=True)  # some checks take a second
    healthy = all(check.state != "wrong" for check in checks)
    if options.json:
        report = {"healthy": healthy, "checks": [asdict(check) for check in checks]}
        print(json.dumps(report, indent=2))
    else:
        print("all is well" if healthy else "see the lines marked '!!'")
    return 0 if healthy else 1


def line(check: Check) -> str:
    """A check as one line, or two with its advice."""
    mark = {"ok": "ok", "note": "--", "wrong": "!!"}[check.state]
    # Names of folders, files and models are whatever somebody called them.
    name, value, advice = (shown(s, _LONGEST) for s in (check.name, check.value, check.advice))
    return f"  {mark}  {name}: {value}" + (f"\n       {advice}" if advice else "")


def checkup() -> Iterator[Check]:
    """All checks; the query before torch is imported, so that its memory is a server's."""
    yield from _versions()
    yield from _paths()
    yield from _settings()
    yield from _models()
    yield from _silence()
    yield from _query()
    yield from _devices()


def _versions() -> Iterator[Check]:
    area = "versions"
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Check(area, "midword", "ok", f"{__version__}, {python}, {os.cpu_count()} CPUs")
    on_path = shutil.which("midword")
    if on_path:
        yield Check(area, "command", "ok", on_path)
    else:
        here = system.program().parent
        yield Check(
            area, "command", "note", "not on PATH", f"editors find it there only: add {here} to it"
        )
    for package in _needed():
        try:
            yield Check(area, package, "ok", version(package))
        except PackageNotFoundError:
            yield Check(area, package, "wrong", "missing", f"pip install {package}")
    for package, (extra, purpose) in _EXTRAS.items():
        try:
            yield Check(area, package, "ok", version(package))
        except PackageNotFoundError:
            advice = f'{purpose}: pip install "midword[{extra}]"'
            yield Check(area, package, "note", "not installed", advice)


def _needed() -> list[str]:
    """The packages that the base install asks for, by its own metadata."""
    base = (line for line in requires("midword") or () if "extra ==" not in line)
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in base]


def _paths() -> Iterator[Check]:
    area = "paths"
    folder = data_folder()
    if home() is None:
        advice = "set HOME: your dictionary and models go there; all else works without"
        yield Check(area, "home", "note", "you have none", advice)
    parent = next(path for path in (folder, *folder.parents) if path.exists())
    writable = os.access(parent, os.W_OK)
    yield Check(
        area,
        "data folder",
        "ok" if writable else "note",
        f"{folder}" if writable else f"{folder} can't be written",
        "" if writable else "your dictionary and pulled models go there; all else works without",
    )
    dictionary = folder / "dictionary.txt"
    state = f"{dictionary}" if dictionary.exists() else f"{dictionary} (none yet)"
    yield Check(area, "dictionary", "ok", state)


def _settings() -> Iterator[Check]:
    from midword.settings import FILE_NAME, parse_file

    path = Path.cwd() / FILE_NAME
    layer, problems = parse_file(path)
    if not path.exists():
        yield Check("settings", FILE_NAME, "ok", "none in this folder")
        return
    for problem in problems:
        yield Check("settings", FILE_NAME, "wrong", problem, "mend the line")
    if not problems:
        yield Check("settings", FILE_NAME, "ok", ", ".join(sorted(layer)) or "empty")


def _models() -> Iterator[Check]:
    for model in store.list_models():
        name = f"{model.name} (default)" if model.is_default else model.name
        yield _model(model, name)


def _model(model: store.StoredModel, name: str) -> Check:
    if model.problem:
        advice = (
            "install Midword again"
            if model.name == store.BUNDLED_NAME
            else f"'midword models remove {model.name}', and pull it again"
        )
        state: Literal["note", "wrong"] = "wrong" if model.is_default else "note"
        return Check("models", name, state, model.problem, advice)
    described = store.manifest_of(model.path)
    broken = described.damaged(model.path) if described else []
    if broken:
        return Check("models", name, "wrong", f"{', '.join(broken)} damaged", "get it again")
    runtimes = ", ".join(model.runtimes)
    checked = "checksums right" if described and described.sha256 else "no checksums"
    if described and described.sha256 and (unchecked := described.unchecked(model.path)):
        checked = f"no checksums of {', '.join(unchecked)}"
    if runtimes:
        return Check("models", name, "ok", f"{runtimes}; {checked}; {model.size / 1e6:.0f} MB")
    usable = importlib.util.find_spec("torch") and importlib.util.find_spec("transformers")
    return Check(
        "models",
        name,
        "ok" if usable else "wrong" if model.is_default else "note",
        "torch only",
        "" if usable else f"'midword models export {model.name}', or pip install \"midword[gpu]\"",
    )


def _silence() -> Iterator[Check]:
    """What onnxruntime's telemetry kept before Midword switched it off."""
    for folder in silence.left_behind():
        yield Check(
            "privacy",
            "telemetry's folder",
            "note",
            f"{folder}, kept by onnxruntime in an earlier version or for another program",
            "Midword doesn't use it: you can delete it",
        )


def _devices() -> Iterator[Check]:
    area = "devices"
    yield Check(area, "cpu", "ok", _processor())
    if importlib.util.find_spec("torch") is None:
        return
    try:
        import torch
    except Exception as error:  # a broken install fails in its own ways
        yield Check(area, "torch", "wrong", f"can't be imported: {error}", "install it again")
        return
    found = [card for card in devices.CARDS if devices.is_there(card)]
    for card in found:
        yield Check(area, card, "ok", torch.cuda.get_device_name() if card == "cuda" else "Apple's")
    if not found:
        yield Check(area, "graphics card", "note", "none that torch sees")


def _processor() -> str:
    """The processor's name, and whether it multiplies int8 fast."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return platform.processor() or platform.machine()
    rows = (row.partition(":") for row in text.splitlines())
    entries = {name.strip(): value.strip() for name, _, value in rows}
    name = entries.get("model name", platform.machine())
    return f"{name}, int8 instructions" if "vnni" in entries.get("flags", "") else name


def _query() -> Iterator[Check]:
    """Load the default model and ask it, as an editor would."""
    from midword.api import Midword

    area = "a query"
    started = time.perf_counter()
    try:
        midword = Midword.load()
    except UserError as error:
        chosen = store.default_name() != store.BUNDLED_NAME
        advice = "go back to the bundled one: midword models use bundled" if chosen else ""
        yield Check(area, "model", "wrong", str(error), advice)
        return
    loaded = time.perf_counter() - started
    model = midword.model
    yield Check(area, "model", "ok", f"{model.name}, {model.runtime} on {model.device}")
    if midword.trouble:
        yield Check(area, "device", "wrong", midword.trouble, "mend it, or set `device`")
    passes, narrowings, word = [], [], ""
    for left, right in _SENTENCES:
        started = time.perf_counter()
        first = midword.suggest(left, right)
        passes.append(time.perf_counter() - started)
        word = word or (first[0].word if first else "")
        started = time.perf_counter()
        midword.suggest(f"{left}t", right)
        narrowings.append(time.perf_counter() - started)
    left, right = _SENTENCES[0]
    yield Check(area, "answer", "ok" if word else "wrong", f"{left}[{word}]{right}")
    yield Check(
        area,
        "time",
        "ok",
        f"{loaded:.2f} s to load, {_milliseconds(passes)} for a word's first list, "
        f"{_milliseconds(narrowings)} for each further letter",
    )
    yield Check(area, "memory", "ok", f"{system.memory().most / 1e6:.0f} MB at most")


def _milliseconds(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.1f} ms"
