"""The process in which a model is loaded for the first time: `python -m midword.model.trial`.

It loads the model as the server would, reads a few gaps and ends with 0; what is wrong with the
model is one line on stdout. It gives up memory, time and the network before it looks at anything.
"""

import os
import sys
from pathlib import Path

FAILED, OUT_OF_MEMORY = 3, 4  # exit codes: a ModelError was said; an allocation was refused


def main(arguments: list[str]) -> int:
    """Try a model: FOLDER RUNTIME MEGABYTES SECONDS PARENT."""
    folder, runtime, megabytes, seconds, parent = arguments
    _limit(int(megabytes), int(seconds), int(parent))
    from midword.model.errors import ModelError
    from midword.model.loading import load
    from midword.model.masked_lm import Gap

    letters = "naïve “déjà vu” – 日本語 \U0001f642 \x00\x1b\ufeff "
    gaps = [
        Gap("", ""),
        Gap("The committee will meet on Tuesday to ", " the budget."),
        Gap(letters * 40, letters * 40),  # as long as a row can be
    ]
    try:
        model = load(Path(folder), runtime=runtime, device="cpu")
        model.word_probabilities(gaps)
        model.score_words(gaps[1], ["discuss", "naïve"])
    except ModelError as error:
        # Bytes, whatever stdout's encoding is.
        sys.stdout.buffer.write(str(error).encode("utf-8", "replace"))
        return FAILED
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _limit(megabytes: int, seconds: int, parent: int) -> None:
    """Bind this process; where the system can't (macOS holds to no RLIMIT_DATA), the parent's clock
    must do."""
    if sys.platform == "win32":
        return  # the parent has bound it, by a job object
    import ctypes
    import resource
    import signal

    # Not RLIMIT_AS: torch and CUDA reserve far more than they use.
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = megabytes * 1_000_000
    limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(seconds)  # ends it even where native code never returns
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: it goes with its parent
        if os.getppid() != parent:
            os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
