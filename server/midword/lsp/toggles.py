"""What the writer switched on or off in this session: a file, a language, or everything."""

from __future__ import annotations

from typing import Literal

ToggleScope = Literal["file", "language", "everywhere"]
Switched = tuple[ToggleScope, bool]
"""The switch that decides about a document, and which way it stands."""


class Toggles:
    """Switches, the narrower before the wider; None where none was touched."""

    def __init__(self) -> None:
        self.everywhere: bool | None = None
        self._languages: dict[str, bool] = {}
        self._files: dict[str, bool] = {}

    def state(self, uri: str, language_id: str) -> Switched | None:
        """What the switches say about a document; None: they say nothing, settings decide."""
        if uri in self._files:
            return "file", self._files[uri]
        if language_id in self._languages:
            return "language", self._languages[language_id]
        return None if self.everywhere is None else ("everywhere", self.everywhere)

    def switch(self, scope: ToggleScope, uri: str, language_id: str, enabled: bool) -> None:
        """Switch; a wider switch resets the narrower ones, so that it always does what it says."""
        if scope == "file":
            self._files[uri] = enabled
        elif scope == "language":
            self._files.pop(uri, None)
            self._languages[language_id] = enabled
        else:
            self._files.clear()
            self._languages.clear()
            self.everywhere = enabled
