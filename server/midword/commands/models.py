"""`midword models`: the models on this machine.

Only `pull` and `push` open the network, and only when you call them.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from midword import system
from midword.cli import run_entry_point
from midword.errors import UserError
from midword.foreign import shown
from midword.model import ledger, store, trust
from midword.model.manifest import Manifest
from midword.own_folders import expanded

# Found through entry points, since they need torch.
_TRAINING = {
    "export": "write a model's file for the CPU runtime, so that it needs no torch",
    "pack": "make an archive of a model, for 'models pull' elsewhere",
}

_MOST_NAMES = 20  # of files that were left out


def run(argv: list[str]) -> int:
    """Run one of the subcommands; returns the exit code."""
    if argv and argv[0] in _TRAINING:
        return run_entry_point(f"models.{argv[0]}", argv[1:])
    options = _parser().parse_args(argv)
    action: Callable[[argparse.Namespace], int] = options.action
    return action(options)


def _list(_: argparse.Namespace) -> int:
    models = store.list_models()
    width = max(len(shown(model.name)) for model in models)
    for model in models:
        mark = "*" if model.is_default else " "
        state = shown(model.problem or ", ".join(model.runtimes) or "torch only")
        print(f"{mark} {shown(model.name):<{width}}  {_megabytes(model.size):>9}  {state}")
    print("(* is the default: change it with 'midword models use NAME')")
    return 0


def _show(options: argparse.Namespace) -> int:
    name = options.name or store.default_name()
    path = store.resolve(name)
    trouble = store.problem(path)
    described = None if trouble else store.manifest_of(path)
    size = store.describe(name, path).size
    rows = {"folder": str(path), "size": _megabytes(size)}
    if trouble:
        rows["problem"] = trouble
    elif described is None:
        rows["runtimes"] = f"torch only: {_how_to_run(name)}"
    else:
        rows |= {
            "name": described.name,
            "language": described.language,
            "licence": described.licence or "not stated",
            "runtimes": ", ".join(described.bodies) or "torch only",
            "length": f"{described.length} tokens",
            "checksums": _checked(described, path),
        }
    card = path / "README.md"
    if card.is_file():
        rows["card"] = str(card)
    for row, value in rows.items():
        print(f"{row:<10} {shown(value)}")
    return 1 if trouble else 0


def _pull(options: argparse.Namespace) -> int:
    from midword.model.pull import pull

    pulled = pull(
        options.source,
        name=options.name,
        sha256=options.sha256,
        revision=options.revision,
        replace=options.replace,
        progress=_progress if sys.stderr.isatty() else None,
    )
    print(f"pulled {shown(pulled.name)} into {shown(pulled.path)}")
    if pulled.left_out:
        print(f"left out, since a model doesn't need them: {_some(pulled.left_out)}")
    if not store.describe(pulled.name, pulled.path).runtimes:
        print(f"it has no file for the CPU runtime: {_how_to_run(pulled.name)}")
    if options.use:
        store.use(pulled.name)
        print("it is the default now")
    else:
        print(f"to use it: midword models use {shown(pulled.name)}")
    return 0


def _push(options: argparse.Namespace) -> int:
    from midword.model.push import push

    folder = store.resolve(options.model)
    if folder == store.BUNDLED:
        raise UserError("say which model to push: --model DIR")
    pushed = push(folder, options.name, public=options.public)
    seen = "everybody" if options.public else "its owners alone"
    print(f"pushed {len(pushed.names)} files to {shown(pushed.address)}, which {seen} can see")
    if pushed.left_out:
        print(f"left out, since a model doesn't need them: {_some(pushed.left_out)}")
    print(f"for the others: midword models pull {options.name}")
    return 0


def _use(options: argparse.Namespace) -> int:
    path = store.use(options.name)
    if path != store.BUNDLED and not trust.is_in_store(path):
        trust.accept(path)  # it may lie in a folder that an editor opens
    name = shown(store.default_name())
    print(f"{name} is the default now; a running server takes it on 'reload'")
    if not store.describe(options.name, path).runtimes:
        print(f"it has no file for the CPU runtime: {_how_to_run(options.name)}")
    return 0


def _remove(options: argparse.Namespace) -> int:
    path = store.remove(options.name)
    print(f"removed {shown(path)}")
    return 0


def _trust(options: argparse.Namespace) -> int:
    if options.list:
        return _list_answers()
    if not options.name:
        raise UserError("say which model: midword models trust DIR (or --list)")
    path = store.resolve(options.name)
    if trouble := store.problem(path):
        raise UserError(f"can't trust {shown(options.name)}: {shown(trouble)}")
    trust.accept(path)
    print(f"{shown(path)} may be used as it is now, whoever names it; 'reload' a running server")
    print(f"to take it back: midword models distrust {shown(system.quoted(str(path)))}")
    from midword.model.probation import load_somewhere  # onnxruntime takes 0.2 s

    load_somewhere(path)
    return 0


def _list_answers() -> int:
    said = ledger.read()
    rows = [(path, "trusted") for path in said.accepted]
    rows += [(path, "never used") for path in said.refused]
    for path, answer in sorted(rows):
        there = "" if store.is_folder(Path(path)) else " (the folder is gone)"
        print(f"{answer:<10}  {shown(path)}{there}")
    if not rows:
        print("none: models in the store, and those that you name yourself, need no question")
    return 0


def _distrust(options: argparse.Namespace) -> int:
    named = expanded(options.name)
    # A folder that is gone can be named as it was listed.
    path = store.resolve(options.name) if store.is_folder(named) else named
    if not ledger.take_back(path.resolve()):
        raise UserError(
            f"nothing was said about {shown(options.name)}: see 'midword models trust --list'"
        )
    print(f"{shown(path)} is asked about again before it is used")
    return 0


def _some(names: Sequence[str]) -> str:
    """The first of some files' names, and how many more there are."""
    more = len(names) - _MOST_NAMES
    return ", ".join(map(shown, names[:_MOST_NAMES])) + (f" and {more} more" if more > 0 else "")


def _how_to_run(name: str) -> str:
    return (
        f"export it once with 'midword models export {shown(name)}' "
        '(pip install "midword[train]"), '
        'or run it with torch (pip install "midword[gpu]")'
    )


def _checked(described: Manifest, path: Path) -> str:
    if broken := described.damaged(path):
        return f"wrong: {', '.join(broken)}; pull the model again"
    if not described.sha256:
        return "none stated"
    unchecked = described.unchecked(path)
    return f"right, but none for {', '.join(unchecked)}" if unchecked else "right"


def _progress(done: int, total: int | None) -> None:
    share = f" of {_megabytes(total)}" if total else ""
    end = "\n" if done == total else ""
    print(f"\r{_megabytes(done)}{share}", end=end, file=sys.stderr, flush=True)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="midword models",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="with the training extra: "
        + "; ".join(f"'{name}' to {text}" for name, text in _TRAINING.items()),
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(
        name: str, action: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(action=action)
        return sub

    command("list", _list, "list the models on this machine")
    show = command("show", _show, "show one model's description and check its files")
    show.add_argument("name", nargs="?", default="", help="a name or folder (default: the default)")
    fetch = command("pull", _pull, "fetch a model into the store")
    fetch.add_argument(
        "source", help="a folder, an archive, an https:// address of one, or a hub's OWNER/NAME"
    )
    fetch.add_argument("--name", help="what to call it here (default: the source's name)")
    fetch.add_argument("--sha256", help="the archive's checksum; needed for an https:// address")
    fetch.add_argument("--revision", help="the hub's branch, tag or commit")
    fetch.add_argument("--replace", action="store_true", help="replace a model of this name")
    fetch.add_argument("--use", action="store_true", help="make it the default at once")
    give = command("push", _push, "send a model to a hub, for you alone unless you say --public")
    give.add_argument("name", metavar="OWNER/NAME", help="what to call it there")
    give.add_argument("--model", help="a name or folder (default: the default)")
    give.add_argument("--public", action="store_true", help="let everybody see it")
    choose = command("use", _use, "make a model the default")
    choose.add_argument("name", help="a name from 'models list', 'bundled', or a folder")
    agree = command("trust", _trust, "let a model folder be used that lies in somebody's folder")
    agree.add_argument("name", nargs="?", default="", metavar="DIR", help="the model's folder")
    agree.add_argument("--list", action="store_true", help="list what you said about models")
    disagree = command("distrust", _distrust, "take that back, or a 'never': it is asked again")
    disagree.add_argument("name", metavar="DIR", help="the folder, as 'trust --list' shows it")
    drop = command("remove", _remove, "delete a model from the store")
    drop.add_argument("name", help="a name from 'models list'")
    return parser
