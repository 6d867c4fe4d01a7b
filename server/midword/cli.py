"""The `midword` command: a table of its subcommands, and how their errors reach the writer.

Each subcommand is a module of `midword.commands` with `run(argv) -> exit code`, imported when it
is called, so that `midword --version` doesn't wait for a language server. Those of the training
package are found through the entry-point group `midword.commands`.
"""

import errno
import importlib
import os
import sys
from collections.abc import Sequence

from midword import descriptors
from midword.errors import UserError
from midword.foreign import shown

# Name -> what it does, in the order of `midword --help`.
COMMANDS = {
    "suggest": "suggest words for a text on the command line",
    "serve": "run the language server that editors start",
    "connect": "what editors start: lead to the daemon that all windows share",
    "daemon": "be that daemon, in the foreground",
    "status": "say whether the daemon runs, and for whom",
    "stop": "end the daemon",
    "restart": "start the daemon anew, under open windows",
    "doctor": "check what works on this machine, and say how to mend what doesn't",
    "editor": "put the plugin for Neovim where Neovim finds it, or take it away",
    "inference": "run a team's inference server, Triton, for `runtime = remote`",
    "memory": "show, forget and end what is remembered of your typing, if you turned that on",
    "models": "list, show, fetch, choose, trust and remove models",
}
# The training package's, by entry point; they need `midword[train]`.
TRAINING_COMMANDS = {
    "finetune": "train a model on your own documents",
    "evaluate": "measure models: keystrokes saved, accuracy, loss, speed",
    "fill": "fill the [MASK]s of a text, or of many",
}
GROUP = "midword.commands"

_LONGEST_ERROR = 4_000  # characters

EXIT_PROBLEM = 2
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EIO}  # the disk, a quota, or the terminal is gone
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells count


def main(argv: Sequence[str] | None = None) -> int:
    """Run `midword ARGV...`; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    descriptors.open_missing()
    descriptors.print_any_script()
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()  # here, where a reader that has left is no surprise
        return code
    except UserError as error:
        # What it quotes may be somebody else's: file names, a server's words.
        print(f"midword: {shown(error, _LONGEST_ERROR)}", file=sys.stderr)
        return EXIT_PROBLEM
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _discard_output()  # the reader (`| head`) has left
        return 0
    except OSError as error:
        if error.errno not in _FULL and not _reader_left(error):
            raise
        _discard_output()
        if _reader_left(error):
            return 0
        print(f"midword: the output can't be written: {error.strerror}", file=sys.stderr)
        return EXIT_PROBLEM


def _reader_left(error: OSError) -> bool:
    """Whether this is how Windows says that nobody reads a pipe any more."""
    return sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None


def _discard_output() -> None:
    """Python would complain once more while it closes stdout."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run_entry_point(name: str, argv: list[str]) -> int:
    """Run a command of the training package.

    Raises:
        UserError: it, or a package that it needs, is not installed.
    """
    from importlib.metadata import entry_points  # slow, and few commands need it

    points = entry_points(group=GROUP, name=name)
    if not points:
        raise UserError(f"'{name}' is not installed: pip install \"midword[train]\"")
    point = next(iter(points))
    try:
        return int(point.load()(argv))
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing.startswith("midword"):
            raise  # our own mistake, not a missing extra
        raise UserError(
            f"'{name.replace('.', ' ')}' needs the package {missing!r}: "
            'pip install "midword[train]"'
        ) from error


def _dispatch(arguments: list[str]) -> int:
    match arguments:
        case [] | ["-h" | "--help" | "help", *_]:
            print(_help())
            return 0 if arguments else EXIT_PROBLEM
        case ["-V" | "--version", *_]:
            from midword import __version__

            print(f"midword {__version__}")
            return 0
        case [name, *rest] if name in COMMANDS:
            module = importlib.import_module(f"midword.commands.{name}")
            return int(module.run(rest))
        case [name, *rest] if name in TRAINING_COMMANDS:
            return run_entry_point(name, rest)
        case [name, *_]:
            known = ", ".join([*COMMANDS, *TRAINING_COMMANDS])
            raise UserError(f"there is no command {name!r}: choose one of {known}")
    raise AssertionError(arguments)  # the cases above are all there are


def _help() -> str:
    def rows(commands: dict[str, str]) -> str:
        return "\n".join(f"  {name:<10}{text}" for name, text in commands.items())

    return f"""usage: midword COMMAND ...

Word suggestions while you write, from a masked language model that reads both sides of the cursor.

{rows(COMMANDS)}

with the training extra (pip install "midword[train]"):
{rows(TRAINING_COMMANDS)}

'midword COMMAND --help' tells more; 'midword --version' prints the version."""
