"""`midword memory`: what Midword remembers of your typing, if you turned `midword.remember` on."""

import argparse
import sys
from collections.abc import Callable

from midword.errors import UserError
from midword.foreign import shown
from midword.remembering import file

_SHOWN = 40


def run(argv: list[str]) -> int:
    """Run one of the subcommands; returns the exit code."""
    options = _parser().parse_args(argv)
    action: Callable[[argparse.Namespace], int] = options.action
    return action(options)


def _show(options: argparse.Namespace) -> int:
    book = file.read()
    entries = {**book.words, **book.pairs}
    listed = sorted(entries, key=lambda entry: (-entries[entry].count, entry))
    for entry in listed if options.all else listed[:_SHOWN]:
        print(f"{entries[entry].count:>6}  {entries[entry].day}  {shown(entry)}")
    if len(listed) > _SHOWN and not options.all:
        print(f"and {len(listed) - _SHOWN} more: 'midword memory show --all'")
    print(
        f"{len(book.words)} words and {len(book.pairs)} pairs in {file.path()}, "
        f"{len(book.waiting)} more not typed often enough"
    )
    if file.is_off():
        print("nothing new is remembered: 'midword memory on' leaves it to your settings again")
    return 0


def _forget(options: argparse.Namespace) -> int:
    if options.all:
        file.delete()
        print("everything is forgotten")
        return 0
    if not options.words:
        raise UserError("which word? For everything: 'midword memory forget --all'")
    missing = 0
    with file.changing() as book:
        for word in options.words:
            gone = book.forget(word)
            missing += not gone
            print(f"{shown(word)}: {'forgotten' if gone else 'is not remembered'}")
    return 1 if missing else 0


def _off(options: argparse.Namespace) -> int:
    file.switch(on=False)
    delete = options.delete
    if delete is None and file.stamp() is not None and sys.stdin.isatty():
        answer = input(f"Delete what was remembered, {file.path()}? [y/N] ")
        delete = answer.strip().lower() in ("y", "yes")
    if delete:
        file.delete()
    print("nothing is remembered from now on, in any editor" + (", or was" if delete else ""))
    if not delete and file.stamp() is not None:
        print(f"{file.path()} is kept: 'midword memory forget --all' deletes it")
    return 0


def _on(_: argparse.Namespace) -> int:
    file.switch(on=True)
    print("words are remembered where the setting `midword.remember` says so")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="midword memory", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    show = _command(commands, "show", "print what is remembered, most often typed first", _show)
    show.add_argument("--all", action="store_true", help="all of it")
    forget = _command(commands, "forget", "forget words, and the pairs that they are in", _forget)
    forget.add_argument("words", nargs="*", metavar="WORD")
    forget.add_argument("--all", action="store_true", help="forget everything")
    off = _command(commands, "off", "remember nothing more, whatever the settings say", _off)
    kept = off.add_mutually_exclusive_group()
    kept.add_argument(
        "--delete", action="store_true", default=None, help="and delete what was, unasked"
    )
    kept.add_argument("--keep", dest="delete", action="store_false", help="keep it, unasked")
    _command(commands, "on", "leave it to the setting `midword.remember` again", _on)
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    help: str,
    action: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help)
    parser.set_defaults(action=action)
    return parser
