"""`midword editor neovim`: put the Neovim plugin that comes with Midword where Neovim finds it.

midword editor neovim               say where it lies, or would
midword editor neovim --install     put it there; again, to bring it up to date
midword editor neovim --uninstall   take it away
"""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import midword
from midword import system
from midword.errors import UserError
from midword.files import read_bytes, read_text
from midword.foreign import shown
from midword.own_folders import home

# In a wheel the plugin lies beside the package's data; in a checkout, where it is worked on.
_PACKAGE = Path(midword.__file__).parent
_SOURCES = (_PACKAGE / "data" / "neovim", _PACKAGE.parents[1] / "editors" / "neovim")
_PARTS = ("lsp/*.lua", "plugin/*.lua", "lua/midword/*.lua", "doc/*.txt")

_RECORD = "midword-wrote.json"  # in the installed folder: path -> SHA-256 of each of its files
_TAGS = "doc/tags"  # made by Neovim's :helptags, by us or by the writer
_ASK = (
    "lua io.write(vim.fn.has('nvim-0.11'), '\\n', "
    "vim.fn.stdpath('data'), '\\n', vim.fn.stdpath('config'))"
)
_NEOVIM_WAIT_S = 30
_MOST_BYTES = 10**6  # of one of the plugin's files


@dataclass(frozen=True, slots=True)
class Neovim:
    """Where a Neovim keeps things; `program` is None where none is on the PATH."""

    program: str | None
    data: Path
    config: Path

    @property
    def plugin(self) -> Path:
        """The plugin's folder: a package (`:help packages`) that is loaded at every start."""
        return self.data / "site" / "pack" / "midword" / "start" / "midword"


def run(argv: list[str]) -> int:
    """Install, uninstall, or say what is there; returns the exit code, 1 where there is nothing.

    Raises:
        UserError: Neovim is too old, or what lies at the plugin's place is not Midword's own.
    """
    options = _parser().parse_args(argv)
    neovim = find_neovim()
    place = shown(neovim.plugin)
    if options.install:
        print(f"{install(neovim)} {place}")
        print(_next_steps(neovim))
    elif options.uninstall:
        uninstall(neovim)
        print(f"removed {place}; the line vim.lsp.enable('midword') can go too")
    elif not _is_there(neovim.plugin):
        print(f"not installed; 'midword editor neovim --install' puts it into {place}")
        return 1
    else:
        is_current = written_by_us(neovim.plugin) == sums()
        print(place)
        print(
            "up to date" if is_current else "of another version: '--install' brings it up to date"
        )
    return 0


def find_neovim() -> Neovim:
    """The Neovim on the PATH, asked for its folders; without one, where it would have them.

    Raises:
        UserError: it is older than 0.11, or doesn't answer.
    """
    program = shutil.which("nvim")
    if program is None:
        if home() is None:
            raise UserError("you have no home folder, so there is no place for a plugin: set HOME")
        name = os.environ.get("NVIM_APPNAME") or "nvim"
        return Neovim(None, *system.neovim_folders(name))
    answer = _neovim(program, _ASK).split("\n")
    if len(answer) != 3:
        raise UserError(f"{program} doesn't say where its folders are; does it start?")
    recent, data, config = answer
    if recent != "1":
        raise UserError(f"{program} is too old: Midword needs Neovim 0.11 or newer")
    return Neovim(program, Path(data), Path(config))


def install(neovim: Neovim) -> str:
    """Write the plugin's folder, in one step; says what it was: "installed" or "updated".

    Raises:
        UserError: the folder is not Midword's own, or can't be written.
    """
    folder = neovim.plugin
    before = written_by_us(folder) if _is_there(folder) else None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside the folder of plugins: half a plugin must never be one.
        with tempfile.TemporaryDirectory(dir=folder.parent.parent, prefix="new-") as work:
            new, old = Path(work, "new"), Path(work, "old")
            for part in parts():
                target = new / part
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source() / part, target)
            (new / _RECORD).write_text(json.dumps(sums(), indent=2) + "\n", "utf-8")
            if neovim.program is not None:
                _neovim(neovim.program, f"exe 'helptags' fnameescape('{_quoted(new / 'doc')}')")
            if before is not None:
                folder.rename(old)
            new.rename(folder)
    except OSError as error:
        raise UserError(f"{folder} can't be written: {error.strerror}") from error
    if before is None:
        return "installed"
    return "up to date already:" if before == sums() else "updated"


def uninstall(neovim: Neovim) -> None:
    """Remove the plugin's folder, and the empty ones around it.

    Raises:
        UserError: it is not there, not Midword's own, or can't be removed.
    """
    folder = neovim.plugin
    if not _is_there(folder):
        raise UserError(f"nothing to remove: {folder} is not there")
    written_by_us(folder)
    try:
        shutil.rmtree(folder)
        for parent in (folder.parent, folder.parent.parent):
            if not any(parent.iterdir()):
                parent.rmdir()
    except OSError as error:
        raise UserError(f"{folder} can't be removed: {error.strerror}") from error


def written_by_us(folder: Path) -> dict[str, str]:
    """The sums of the files in a folder that `install` wrote, all of them as it wrote them.

    Raises:
        UserError: somebody else wrote it, or changed it since: it is not ours to replace.
    """
    advice = "move it away first; this command only touches what it wrote itself"
    if folder.is_symlink() or not (folder / _RECORD).is_file():
        raise UserError(f"{folder} was not made by 'midword editor': {advice}")
    try:
        written: dict[str, str] = json.loads(read_text(folder / _RECORD, _MOST_BYTES))
        found = {
            path.relative_to(folder).as_posix(): _sum(path)
            for path in folder.rglob("*")
            if path.is_file() or path.is_symlink()
        }
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{folder} can't be read: {advice}") from error
    for path in sorted(found.keys() | written.keys()):
        if path not in (_RECORD, _TAGS) and found.get(path) != written.get(path):
            raise UserError(f"{folder / path} was changed by somebody else: {advice}")
    return written


def source() -> Path:
    """The plugin as it came with this Midword."""
    return next(path for path in _SOURCES if path.is_dir())


def parts() -> list[str]:
    """The plugin's files, relative to its folder."""
    root = source()
    return sorted(path.relative_to(root).as_posix() for part in _PARTS for path in root.glob(part))


def sums() -> dict[str, str]:
    """The SHA-256 of each of the plugin's files, as `install` writes them."""
    return {part: _sum(source() / part) for part in parts()}


def _next_steps(neovim: Neovim) -> str:
    lines = ["Neovim uses it once this line stands in " + shown(neovim.config / "init.lua") + ":"]
    lines.append("    vim.lsp.enable('midword')")
    if shutil.which("midword") is None:
        program = system.program().as_posix()  # a backslash would begin an escape in Lua
        lines.append("'midword' is not on the PATH; before that line, name it:")
        lines.append(f"    vim.lsp.config('midword', {{ cmd = {{ '{program}', 'connect' }} }})")
    if neovim.program is None:
        lines.append("No 'nvim' is on the PATH; Midword needs Neovim 0.11 or newer.")
    else:
        lines.append(
            "':checkhealth midword' there says whether all is well, ':help midword' the rest."
        )
    return "\n".join(lines)


def _neovim(program: str, command: str) -> str:
    """What a Neovim without configuration prints at a command.

    Raises:
        UserError: it can't be run.
    """
    try:
        done = subprocess.run(
            [program, "--clean", "--headless", "-c", command, "-c", "qall!"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=True,
            timeout=_NEOVIM_WAIT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{program} doesn't answer within {_NEOVIM_WAIT_S} s") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().rpartition("\n")[2] or f"exit code {error.returncode}"
        raise UserError(f"{program} can't be run: {said}") from error
    except OSError as error:
        raise UserError(f"{program} can't be run: {error.strerror}") from error
    return done.stdout


def _is_there(folder: Path) -> bool:
    return folder.exists() or folder.is_symlink()


def _sum(path: Path) -> str:
    return sha256(read_bytes(path, _MOST_BYTES)).hexdigest()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="midword editor",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("editor", choices=["neovim"], help="the editor whose plugin it is")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--install", action="store_true", help="install it, or bring it up to date")
    action.add_argument("--uninstall", action="store_true", help="remove it")
    return parser
