"""Workspace folders: each has its settings, its dictionaries and its memory.

Documents outside of every folder share one without a root.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

import pathspec
from pygls.uris import to_fs_path

from midword import settings
from midword.engine.choice import ModelChoice
from midword.lsp.dictionaries import Shelf
from midword.settings import Layer, Settings
from midword.suggest.dictionary import Dictionary
from midword.suggest.memory import Memory

_MOST_KNOWN = 10_000  # documents whose folder is remembered


def path_of(uri: str) -> Path | None:
    """The file that a URI names; None if it names none (`untitled:`, a web page, nonsense)."""
    if not uri.startswith("file:"):
        return None
    try:
        path = to_fs_path(uri)
    except ValueError:
        return None
    return Path(path) if path and "\0" not in path else None


class Folder:
    """One workspace folder, or (root None) the place of all other documents."""

    def __init__(self, uri: str | None, shelf: Shelf) -> None:
        self.uri = uri
        self.root = path_of(uri) if uri is not None else None
        self.name = self.root.name if self.root else ""
        self.memory = Memory()
        self.settings = Settings()
        self.choice = ModelChoice.of(self.settings)
        self.client_layer: Layer = {}  # what the editor says for this folder
        self.file_layer: Layer = {}  # what the folder's own file says
        self.indexed_files = 0
        self._shelf = shelf

    def read_file(self) -> list[str]:
        """Read the folder's `.midword.toml` again; messages about what is wrong in it."""
        if self.root is None:
            return []
        self.file_layer, problems = settings.parse_file(self.root / settings.FILE_NAME)
        return problems

    def apply(self, layers: Sequence[Layer]) -> None:
        """Take the settings that all layers make together, the lowest first."""
        self.settings = settings.merge(layers)
        self.choice = ModelChoice.of(self.settings)
        self._include = _globs(self.settings.include)
        self._exclude = _globs(self.settings.exclude)

    @property
    def dictionary_paths(self) -> dict[str, Path]:
        """Where the personal dictionary and (in a folder) the project's lie, by scope."""
        personal = self.settings.personal_dictionary
        paths = {"personal": Path(personal).expanduser() if personal else self._shelf.personal}
        if self.root is not None and self.settings.project_dictionary:
            paths["project"] = self.root / self.settings.project_dictionary
        return paths

    @property
    def dictionaries(self) -> list[Dictionary]:
        """The dictionaries of this folder as their files are now."""
        return [self._shelf.get(path) for path in self.dictionary_paths.values()]

    def contains(self, path: PurePath) -> bool:
        """Whether a file lies in this folder."""
        return self.root is not None and path.is_relative_to(self.root)

    def covers(self, uri: str) -> bool:
        """Whether the globs let a document have suggestions."""
        if not self.settings.include and not self.settings.exclude:
            return True
        path = path_of(uri)
        if path is None:
            return True
        name = str(path.relative_to(self.root)) if self.contains(path) and self.root else str(path)
        name = name.lstrip("/")
        if self.settings.include and not self._include.match_file(name):
            return False
        return not self._exclude.match_file(name)


def _globs(patterns: Sequence[str]) -> pathspec.GitIgnoreSpec:
    """Globs as in `.gitignore`: `*.md` anywhere, `/notes/` at the root, `a/**/b`."""
    return pathspec.GitIgnoreSpec.from_lines(patterns)


class Folders:
    """All folders of a session."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._folders: dict[str, Folder] = {}
        self._of: dict[str, Folder] = {}  # what `of` found; asked several times for each key typed
        self.rootless = Folder(None, shelf)

    def __iter__(self) -> Iterator[Folder]:
        yield self.rootless
        yield from self._folders.values()

    def add(self, uri: str) -> Folder:
        """A folder that was opened."""
        self._of.clear()
        return self._folders.setdefault(uri, Folder(uri, self._shelf))

    def remove(self, uri: str) -> None:
        """A folder that was closed."""
        self._of.clear()
        self._folders.pop(uri, None)

    def of(self, uri: str) -> Folder:
        """The innermost folder that holds a document."""
        if uri not in self._of:
            if len(self._of) > _MOST_KNOWN:
                self._of.clear()
            self._of[uri] = self._find(uri)
        return self._of[uri]

    def _find(self, uri: str) -> Folder:
        path = path_of(uri)
        if path is None:
            # A new document belongs to the folder that its writer has open.
            only = list(self._folders.values())
            return only[0] if len(only) == 1 else self.rootless
        holders = [folder for folder in self._folders.values() if folder.contains(path)]
        return max(holders, key=lambda folder: len(str(folder.root)), default=self.rootless)
