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
        languages = folder.settings.languages
        is_on = (
            folder.settings.enabled
            and languages.get(document.language_id, languages.get(language.id, True))
            and folder.covers(file)
        )
        return None if is_on else "settings"
