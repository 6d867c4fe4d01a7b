"""Which documents get suggestions: by switches, settings and their language."""

from __future__ import annotations

from typing import Literal

from midword.lsp.folders import Folders
from midword.lsp.toggles import Toggles, ToggleScope
from midword.text.document import Document
from midword.text.prose import find_language

Pause = ToggleScope | Literal["settings", "unknown language"]
"""Why a document gets no suggestions: a switch, the settings, or nothing reads it."""


class Activity:
    """Asked for each key typed."""

    def __init__(self, folders: Folders, toggles: Toggles) -> None:
        self._folders = folders
        self._toggles = toggles

    def is_active(self, document: Document) -> bool:
        """Whether a document gets suggestions."""
        return self.pause_of(document) is None

    def pause_of(self, document: Document) -> Pause | None:
        """Why a document gets no suggestions; None if it does."""
        language = find_language(document.language_id)
        if language is None:
            return "unknown language"
        file = self._folders.file_of(document.uri)
        if switched := self._toggles.state(file, document.language_id):
            scope, enabled = switched
            return None if enabled else scope
        folder = self._folders.of(document.uri)
        is_on = self._is_set_on(document) and folder.covers(file)
        return None if is_on else "settings"

    def where_on(self, document: Document) -> dict[ToggleScope, bool]:
        """Whether suggestions are on in a document, in its language, and everywhere else."""
        switched = self._toggles.state("", document.language_id)
        everywhere = self._toggles.everywhere
        enabled = self._folders.of(document.uri).settings.enabled
        return {
            "file": self.is_active(document),
            "language": self._is_set_on(document) if switched is None else switched[1],
            "everywhere": enabled if everywhere is None else everywhere,
        }

    def _is_set_on(self, document: Document) -> bool:
        """Whether the settings have suggestions on in a document's language."""
        language = find_language(document.language_id)
        settings = self._folders.of(document.uri).settings
        known = settings.languages.get(language.id, True) if language is not None else False
        return settings.enabled and settings.languages.get(document.language_id, known)
