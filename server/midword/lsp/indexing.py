"""Which files of a folder are worth learning words from."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path

from midword import files, system
from midword.globs import Globs, globs
from midword.own_folders import home
from midword.settings import Settings
from midword.text.languages.table import LANGUAGES

# Prose only: comments of source code would drown a writer's words in identifiers.
_LANGUAGES = {"plaintext", "markdown", "latex", "restructuredtext", "asciidoc", "typst", "org"}
_NOTEBOOK = ".ipynb"
SUFFIXES = frozenset(
    suffix for language in LANGUAGES if language.id in _LANGUAGES for suffix in language.suffixes
) | {_NOTEBOOK}

_MAX_FILE_BYTES = 2**20  # a longer file is data or a log more often than somebody's prose
_MAX_NOTEBOOK_BYTES = 2**22  # most of which are pictures, that count for nothing

# Not written by whoever has the folder open.
_FOREIGN = {
    *("node_modules", "bower_components", "vendor", "third_party", "venv", "env", "site-packages"),
    *("target", "build", "dist", "out", "_build", "__pycache__"),
}

# What is looked at of a folder; one with more is no writing project, or made to keep us busy.
_MOST_ENTRIES = 200_000
_MOST_DEPTH = 100  # folders in folders
_MOST_SECONDS = 20.0
_MOST_GITIGNORE_BYTES = 2**17

_CREDENTIALS = re.compile(
    r"passw(?:or)?d|passphrase|secret|credential|\bpins?\b|token|wallet|seed|recovery|vault|2fa|otp"
    r"|private|\bkeys?\b|^id_(?:rsa|dsa|ecdsa|ed25519)|\.(?:pem|key|p12|pfx|asc|gpg|age|kdbx?|env)$",
    re.IGNORECASE,
)

Ignored = Sequence[tuple[Path, Globs]]  # globs with the folders that they are relative to


def files_to_learn(root: Path, settings: Settings) -> list[Path]:
    """The prose files under `root`, the latest changed first, within the settings' limits."""
    own = home()
    if own is not None and (root == own or root in own.parents):
        return []  # somebody opened one file from their home folder, not a project
    found = sorted(_prose_files(root, settings), reverse=True)
    chosen: list[Path] = []
    left = settings.index_max_megabytes * 10**6
    for _, size, path in found[: settings.index_max_files]:
        left -= min(size, _MAX_FILE_BYTES)
        if left < 0:
            break
        chosen.append(Path(path))
    return chosen


def is_learnt(path: Path, root: Path | None, settings: Settings) -> bool:
    """Whether one file is among those to learn from, limits of number and size aside."""
    if root is None or not path.is_relative_to(root) or not settings.index_workspace:
        return False
    *folders, name = path.relative_to(root).parts
    if path.suffix.lower() not in SUFFIXES or name.startswith("."):
        return False
    if any(part.startswith(".") or part.lower() in _FOREIGN for part in folders):
        return False
    if not files.lies_in(path, root):
        return False
    ignored = [*_excluded(root, settings)]
    ignored += [(parent, _gitignore(parent)) for parent in path.parents[: len(folders) + 1]]
    return not _matches(ignored, path)


def is_private(path: Path, root: Path | None, settings: Settings) -> bool:
    """Whether its writer keeps a file from others: hidden, ignored by git, or for credentials.

    Outside of every folder the repository's `.gitignore`s count, where there is one.
    """
    if root is None or not path.is_relative_to(root):
        root = next((p for p in path.parents[:_MOST_DEPTH] if (p / ".git").exists()), path.parent)
        settings = Settings()
    own = home()
    base = own if own is not None and path.is_relative_to(own) else root
    if any(part.startswith(".") for part in path.relative_to(base).parts):
        return True
    if _CREDENTIALS.search(path.name) is not None:
        return True
    parents = [parent for parent in path.parents if parent.is_relative_to(root)]
    ignored = [*_excluded(root, settings), *((parent, _gitignore(parent)) for parent in parents)]
    return _matches(ignored, path)


def read_text(path: Path) -> str | None:
    """A file's text; None if it can't be read, is binary, or too long."""
    try:
        text = files.read_text(path, _most_bytes(path), "replace")
    except OSError:
        return None
    return None if "\0" in text[:8192] else text


def _prose_files(root: Path, settings: Settings) -> Iterator[tuple[float, int, str]]:
    """Prose files as (time of change, size in bytes, path)."""
    waiting: list[tuple[Path, int, Ignored]] = [(root, 0, _excluded(root, settings))]
    seen, end = 0, time.monotonic() + _MOST_SECONDS
    while waiting:
        folder, depth, ignored = waiting.pop()
        entries = _entries(folder)
        seen += len(entries)
        if seen > _MOST_ENTRIES:
            return
        if any(entry.name == ".gitignore" for entry in entries):
            ignored = [*ignored, (folder, _gitignore(folder))]
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if time.monotonic() > end:  # a folder's own globs may take their time for each name
                return
            path = folder / entry.name
            if _is_folder(entry):
                foreign = entry.name.lower() in _FOREIGN
                if depth < _MOST_DEPTH and not foreign and not _matches(ignored, path, "/"):
                    waiting.append((path, depth + 1, ignored))
            elif path.suffix.lower() in SUFFIXES and not _matches(ignored, path):
                yield from _prose_file(entry, path, root)


def _prose_file(
    entry: os.DirEntry[str], path: Path, root: Path
) -> Iterator[tuple[float, int, str]]:
    try:
        if not entry.is_file() or (entry.is_symlink() and not files.lies_in(path, root)):
            return
        status = entry.stat()
    except OSError:
        return
    if 0 < status.st_size <= _most_bytes(path):
        yield status.st_mtime, status.st_size, str(path)


def _most_bytes(path: Path) -> int:
    return _MAX_NOTEBOOK_BYTES if path.suffix.lower() == _NOTEBOOK else _MAX_FILE_BYTES


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder; nothing if it is gone or may not be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(islice(entries, _MOST_ENTRIES), key=lambda entry: entry.name)
    except (OSError, ValueError):
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False) and not system.is_junction(entry)
    except OSError:
        return False


def _matches(ignored: Ignored, path: Path, ending: str = "") -> bool:
    return any(found.match(path.relative_to(base).as_posix() + ending) for base, found in ignored)


def _excluded(root: Path, settings: Settings) -> Ignored:
    return [(root, globs(settings.index_exclude)), (root, globs(settings.exclude))]


def _gitignore(folder: Path) -> Globs:
    """What a folder's `.gitignore` says; lines that are no globs, and those of a file that is none
    or too long, say nothing."""
    try:
        status = (folder / ".gitignore").stat()
    except OSError:
        return globs(())
    return _read_gitignore(folder, (status.st_mtime_ns, status.st_size, status.st_ino))


@lru_cache(maxsize=32)  # a long one takes a second to read, and is asked for each file that changed
def _read_gitignore(folder: Path, _: tuple[int, int, int]) -> Globs:
    try:
        data = files.beginning(folder / ".gitignore", _MOST_GITIGNORE_BYTES)
    except OSError:
        data = b""
    lines = files.decoded(data, "replace").split("\n")
    if len(data) == _MOST_GITIGNORE_BYTES:
        lines.pop()  # half a line may say something else
    return Globs(lines)
