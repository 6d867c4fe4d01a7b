"""Which files of a folder are worth learning words from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pathspec

from midword.settings import Settings
from midword.text.languages.table import LANGUAGES

# Prose only: comments of source code would drown a writer's words in identifiers.
_LANGUAGES = {"plaintext", "markdown", "latex", "restructuredtext", "asciidoc", "typst", "org"}
SUFFIXES = frozenset(
    suffix for language in LANGUAGES if language.id in _LANGUAGES for suffix in language.suffixes
)

MAX_FILE_BYTES = 2**20  # a longer file is data or a log more often than somebody's prose

# Not written by whoever has the folder open.
_FOREIGN = {
    *("node_modules", "bower_components", "vendor", "third_party", "venv", "env", "site-packages"),
    *("target", "build", "dist", "out", "_build", "__pycache__"),
}

_MOST_ENTRIES = 200_000  # directory entries looked at; a folder with more is no writing project


def files_to_learn(root: Path, settings: Settings) -> list[Path]:
    """The prose files under `root`, the latest changed first, within the settings' limits."""
    if root == Path.home() or root in Path.home().parents:
        return []  # somebody opened one file from their home folder, not a project
    found = sorted(_prose_files(root, settings), reverse=True)
    chosen: list[Path] = []
    left = settings.index_max_megabytes * 10**6
    for _, size, path in found[: settings.index_max_files]:
        left -= size
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
    specs = [
        (root, pathspec.GitIgnoreSpec.from_lines([*settings.index_exclude, *settings.exclude]))
    ]
    for parent in path.parents[: len(folders) + 1]:
        specs.append((parent, _gitignore(parent / ".gitignore")))
    return not _matches(specs, path)


def read_text(path: Path) -> str | None:
    """A file's text; None if it isn't there, isn't text or is too long."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    if b"\0" in data[:8192]:
        return None
    return data.decode("utf-8", "replace")


def _prose_files(root: Path, settings: Settings) -> Iterator[tuple[float, int, str]]:
    """Prose files as (time of change, size in bytes, path)."""
    excluded = pathspec.GitIgnoreSpec.from_lines([*settings.index_exclude, *settings.exclude])
    ignored = [(root, excluded)]
    seen = 0
    for folder, names, files in os.walk(root):
        seen += len(names) + len(files)
        if seen > _MOST_ENTRIES:
            return
        here = Path(folder)
        specs = [(base, spec) for base, spec in ignored if here.is_relative_to(base)]
        if ".gitignore" in files:
            specs.append((here, _gitignore(here / ".gitignore")))
        names[:] = [
            name
            for name in sorted(names)
            if not name.startswith(".")
            and name.lower() not in _FOREIGN
            and not _matches(specs, here / name, "/")
        ]
        ignored = specs + [pair for pair in ignored if pair not in specs]
        for name in files:
            path = here / name
            if (
                path.suffix.lower() in SUFFIXES
                and not name.startswith(".")
                and not _matches(specs, path)
            ):
                try:
                    status = path.stat()
                except OSError:
                    continue
                if 0 < status.st_size <= MAX_FILE_BYTES:
                    yield status.st_mtime, status.st_size, str(path)


def _matches(
    specs: list[tuple[Path, pathspec.GitIgnoreSpec]], path: Path, ending: str = ""
) -> bool:
    return any(spec.match_file(path.relative_to(base).as_posix() + ending) for base, spec in specs)


def _gitignore(path: Path) -> pathspec.GitIgnoreSpec:
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    return pathspec.GitIgnoreSpec.from_lines(lines)
