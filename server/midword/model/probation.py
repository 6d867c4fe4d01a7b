"""Loading a model that may be made to do harm, without harm to the process that loads it.

Tokenizers and weights are read by native code, which a file can make abort, panic, or ask for all
memory there is. So a model that is not the package's own and isn't known is first loaded in a
short-lived process (`trial`), with bounds on memory and time. What went well is remembered by the
checksum of the folder's files: the next start costs no process.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple, TypedDict, Unpack

import tokenizers

from midword import system
from midword.foreign import shown
from midword.logs import logger
from midword.model import devices, fingerprint, ledger, store, trial
from midword.model.errors import DeviceError, ModelError
from midword.model.loading import chosen_runtime, load
from midword.model.masked_lm import MaskedLM
from midword.model.ort import onnxruntime

_MOST_SAID = 4_000  # bytes of the process's message


class Bounds(NamedTuple):
    """What a trial may use."""

    megabytes: int
    seconds: int


def load_proven(
    name_or_path: str | Path | None = None,
    *,
    runtime: str = "auto",
    device: str = "auto",
    threads: int = 1,
    endpoint: str = "",
    checksum: str = "",
) -> MaskedLM:
    """As :func:`midword.model.loading.load`, but in another process first, unless it is known.

    Takes seconds where it isn't; not for the event loop.

    Args:
        name_or_path: see there, as `runtime`, `device`, `threads` and `endpoint`.
        checksum: what the writer agreed to; "": whatever the files are.

    Raises:
        ModelError: it can't be found, read or run, the trial ended badly, or the files are others.
        DeviceError: the device can't run it.
    """
    folder = store.resolve(name_or_path)
    if folder.resolve() != store.BUNDLED.resolve():
        if checksum and fingerprint.fingerprint(folder) != checksum:
            raise ModelError(
                f"the model in {shown(folder)} changed since you agreed to it: reload Midword, and "
                "you are asked again"
            )
        prove(folder, chosen_runtime(folder, runtime, device))
    return load(folder, runtime=runtime, device=device, threads=threads, endpoint=endpoint)


class Chosen(TypedDict, total=False):
    """What :func:`load_proven` is told besides the model and its device."""

    runtime: str
    threads: int
    endpoint: str
    checksum: str


def load_somewhere(
    name_or_path: str | Path | None = None, *, device: str = "auto", **chosen: Unpack[Chosen]
) -> tuple[MaskedLM, str]:
    """As :func:`load_proven`, but on the processor where the device fails.

    Returns:
        The model, and what to say of the device, "" if all is well.

    Raises:
        ModelError: as there.
    """
    try:
        return load_proven(name_or_path, device=device, **chosen), ""
    except DeviceError as error:
        trouble = devices.instead(error)
    # Only here, for the error holds on to what was loaded.
    return load_proven(name_or_path, device="cpu", **chosen), trouble


def prove(folder: Path, runtime: str, bounds: Bounds | None = None) -> None:
    """Load a model in a process of its own, unless its files are known to load.

    On a GPU too it is tried on the CPU, where there are bounds.

    Args:
        folder: the model folder.
        runtime: what `chosen_runtime` says.
        bounds: what the trial may use; None: by the folder's size.

    Raises:
        ModelError: it can't be loaded; says why.
    """
    checksum = fingerprint.fingerprint(folder)
    key = f"{checksum} {runtime} {onnxruntime.__version__} {tokenizers.__version__}"
    if key in ledger.read().loaded:
        return
    _try(folder, runtime, bounds or _bounds(fingerprint.size(folder), runtime))
    if fingerprint.fingerprint(folder) != checksum:
        raise ModelError(f"{shown(folder)} changed while it was tried: try again")
    with contextlib.suppress(ModelError):  # a home that can't be written: tried again next time
        ledger.note_loaded(key)


def _bounds(size: int, runtime: str) -> Bounds:
    """What a model of so many bytes may use: three times what honest ones do."""
    megabytes = (3_000 if runtime == "torch" else 1_000) + 4 * size // 1_000_000
    if machine := system.machine_memory():
        megabytes = min(megabytes, machine // 1_000_000)
    return Bounds(megabytes, 60 + size // 20_000_000)


def _try(folder: Path, runtime: str, bounds: Bounds) -> None:
    arguments = [str(folder), runtime, *map(str, bounds), str(os.getpid())]
    try:
        process = subprocess.Popen(
            # -P: the working folder may be somebody's clone, and hold a numpy.py.
            [sys.executable, "-P", "-m", trial.__name__, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
    except OSError as error:
        raise ModelError(
            f"the model in {shown(folder)} can't be tried: no process starts "
            f"({error.strerror or error})"
        ) from error
    group = system.Group(process, bounds.megabytes)
    assert process.stdout is not None
    late = threading.Event()

    def end() -> None:
        late.set()
        group.kill()

    clock = threading.Timer(bounds.seconds, end)
    clock.daemon = True
    clock.start()
    try:
        with process.stdout:
            said = process.stdout.read(_MOST_SAID)
        code = process.wait()
    finally:
        clock.cancel()
        group.kill()
        process.wait()
    if code == trial.FAILED and said:
        raise ModelError(shown(said.decode("utf-8", "replace"), 1_000))
    if code != 0:
        reason = _reason(code, bounds, late=late.is_set())
        logger.warning("a model's trial ended with %d", code)
        raise ModelError(
            f"the model in {shown(folder)} can't be loaded: tried in a process of its own, "
            f"it {reason}. Get it again, or choose another"
        )


def _reason(code: int, bounds: Bounds, *, late: bool) -> str:
    alarm = getattr(signal, "SIGALRM", None)
    if late or (alarm is not None and code == -alarm):
        return f"took longer than {bounds.seconds} s"
    if code == trial.OUT_OF_MEMORY:
        return f"needed more than {bounds.megabytes} MB of memory"
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    return f"crashed or needed more than {bounds.megabytes} MB of memory ({how})"


def _environment() -> dict[str, str]:
    """The variables for a trial: it finds this very package, and no library may phone."""
    here = str(Path(__file__).parents[2])
    # Behind the rest: beside this package lie others that must not hide the standard library's.
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), here]))
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    return {**os.environ, **offline, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
