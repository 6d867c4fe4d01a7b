"""Workspace folders: each has its settings, its dictionaries and its memory.

Documents outside of every folder share one without a root. A notebook's cell is a document for
itself, with a URI that names no file: it lies where its notebook does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from pygls.uris import to_fs_path

from midword import files, settings
from midword.engine.choice import ModelChoice
from midword.globs import globs
from midword.lsp.dictionaries import Location, Shelf
from midword.settings import Layer, Settings
from midword.suggest.dictionary import Dictionary
from midword.suggest.memory import Memory

_MOST_KNOWN = 10_000  # documents of which is remembered which folder they are in
_LOCALHOST = re.compile(r"file://localhost/", re.IGNORECASE)  # the same as no host: RFC 8089
_PROJECT = Settings().project_dictionary


def path_of(uri: str) -> Path | None:
    """The file that a URI names; None if it names none (`untitled:`, a web page, nonsense)."""
    if not uri.startswith("file:"):
        return None
    try:
        path = to_fs_path(_LOCALHOST.sub("file:///", uri))
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
        self._covered: dict[str, bool] = {}  # what the globs say; asked for each key typed
        self.dictionary_files = self._locations()

    def read_file(self) -> list[str]:
        """Read the folder's `.midword.toml` again; messages about what is wrong in it."""
        if self.root is None:
            return []
        self.file_layer, problems = settings.parse_file(self.root / settings.FILE_NAME)
        return problems

    def apply(self, layers: Sequence[Layer], checksum: str) -> None:
        """Take the settings that all layers make together, the lowest first.

        `checksum` is the one that the writer agreed to of the model's files, "" where they need
        not be asked.
        """
        self.settings = settings.merge(layers)
        self.choice = ModelChoice.of(self.settings, checksum)
        self._covered.clear()
        self.dictionary_files = self._locations()

    def _locations(self) -> dict[str, Location]:
        """Where the personal dictionary and (in a folder) the project's lie, by scope."""
        own = self._shelf.personal
        personal = self.settings.personal_dictionary
        places = {
            "personal": Location(own.parent / Path(personal).expanduser() if personal else own)
        }
        if self.root is not None and (project := self.settings.project_dictionary):
            if project != _PROJECT and not files.lies_in(self.root / project, self.root):
                self._shelf.complain(
                    f"the dictionary {project} in the setting `projectDictionary` lies outside of "
                    f"the folder {self.root}; {_PROJECT} is used"
                )
                project = _PROJECT
            places["project"] = Location(self.root / project, inside=self.root)
        return places

    @property
    def dictionary_paths(self) -> dict[str, Path]:
        """The dictionaries' files by scope: "personal" and (in a folder) "project"."""
        return {scope: place.path for scope, place in self.dictionary_files.items()}

    @property
    def dictionaries(self) -> list[Dictionary]:
        """The dictionaries of this folder as their files are now."""
        return [self._shelf.get(place) for place in self.dictionary_files.values()]

    def contains(self, path: PurePath) -> bool:
        """Whether a file lies in this folder."""
        return self.root is not None and path.is_relative_to(self.root)

    def covers(self, uri: str) -> bool:
        """Whether the globs let a document have suggestions."""
        if not self.settings.include and not self.settings.exclude:
            return True
        if uri not in self._covered:
            if len(self._covered) > _MOST_KNOWN:
                self._covered.clear()
            self._covered[uri] = self._covers(uri)
        return self._covered[uri]

    def _covers(self, uri: str) -> bool:
        path = path_of(uri)
        if path is None:
            return True
        name = (
            path.relative_to(self.root) if self.root and self.contains(path) else path
        ).as_posix()
        name = name.lstrip("/")
        include, exclude = self.settings.include, self.settings.exclude
        return (not include or globs(include).match(name)) and not globs(exclude).match(name)


class Folders:
    """All folders of a session."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._folders: dict[str, Folder] = {}
        self._of: dict[str, Folder] = {}  # what `of` found; asked several times for each key typed
        self._notebooks: dict[str, str] = {}  # the notebooks of open cells
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

    def attach(self, cell: str, notebook: str) -> None:
        """A notebook's cell was opened."""
        self._of.pop(cell, None)
        self._notebooks[cell] = notebook

    def detach(self, cell: str) -> None:
        """A notebook's cell was closed."""
        self._of.pop(cell, None)
        self._notebooks.pop(cell, None)

    def cells_of(self, notebook: str) -> list[str]:
        """The URIs of a notebook's open cells; none for another document."""
        return [cell for cell, holder in self._notebooks.items() if holder == notebook]

    def file_of(self, uri: str) -> str:
        """What a writer would call a document's file: its own URI, or the notebook's of a cell."""
        return self._notebooks.get(uri, uri)

    def of(self, uri: str) -> Folder:
        """The innermost folder that holds a document."""
        if uri not in self._of:
            if len(self._of) > _MOST_KNOWN:
                self._of.clear()
            self._of[uri] = self._find(self.file_of(uri))
        return self._of[uri]

    def _find(self, uri: str) -> Folder:
        path = path_of(uri)
        if path is None:
            # A new document belongs to the folder that its writer has open.
            only = list(self._folders.values())
            return only[0] if len(only) == 1 else self.rootless
        holders = [folder for folder in self._folders.values() if folder.contains(path)]
        return max(holders, key=lambda folder: len(str(folder.root)), default=self.rootless)
