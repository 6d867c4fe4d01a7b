"""Where settings come from, in this order, the later winning:

defaults, `initializationOptions`, `workspace/configuration` (or `didChangeConfiguration` of editors
that can't be asked), the folder's `.midword.toml`, the command line, this session's commands.

What is wrong is told to the writer once, by name and with the default that is used instead. A
folder's file may name a model of its own folder; for another one the writer is asked once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from midword import logs, settings
from midword.lsp.folders import Folder
from midword.settings import FILE_NAME, Layer

if TYPE_CHECKING:
    from midword.lsp.session import Session

SECTION = "midword"
PATIENCE = 2.0  # seconds for the editor to answer before we begin without its settings

# Sections of an editor's settings that are meant for its extension, not for the server.
_EXTENSIONS_OWN = ("server", "trace")

_USE, _DO_NOT = "Use it", "Do not"


class Configuration:
    """The layers of settings and the model that they choose."""

    def __init__(self, session: Session, command_line: Layer) -> None:
        self._session = session
        self._initial: Layer = {}
        self._command_line = command_line
        self.chosen: Layer = {}  # by this session's commands
        self._told: set[str] = set()
        self._allowed: dict[tuple[str, str], bool] = {}  # (folder's path, model): the answer
        self.status_wanted = False
        self.settled = False  # whether the editor's settings are known

    def begin(self, options: Any) -> None:
        """Take `initializationOptions`: settings, bare or under "midword"."""
        if isinstance(options, Mapping):
            own = options.get(SECTION)
            values = dict(own if isinstance(own, Mapping) else options)
            self.status_wanted = bool(
                values.pop("statusNotifications", options.get("statusNotifications", False))
            )
            self._initial = self._read(values, "initializationOptions")
        for folder in self._session.folders:
            self.read_file(folder)
        self.apply()

    async def pull(self) -> None:
        """Ask the editor for its settings, for each folder, and put them to use."""
        capabilities = self._session.client_capabilities.workspace
        if capabilities is not None and capabilities.configuration:
            folders = list(self._session.folders)
            items = [types.ConfigurationItem(folder.uri, SECTION) for folder in folders]
            try:
                answers = await asyncio.wait_for(
                    self._session.workspace_configuration_async(types.ConfigurationParams(items)),
                    PATIENCE,
                )
            except Exception as error:  # an editor that can't answer after all, or too late
                logs.logger.info("no configuration: %s", type(error).__name__)
            else:
                for folder, values in zip(folders, answers or [], strict=False):
                    if isinstance(values, Mapping):
                        folder.client_layer = self._read(values, "settings")
        self.settled = True
        self.apply()

    def push(self, values: Any) -> None:
        """Take the settings that come with `didChangeConfiguration`."""
        if isinstance(values, Mapping) and isinstance(values.get(SECTION, values), Mapping):
            layer = self._read(values.get(SECTION, values), "settings")
            for folder in self._session.folders:
                folder.client_layer = layer
        self.apply()

    def read_file(self, folder: Folder) -> None:
        """Read a folder's `.midword.toml` again."""
        self._complain(folder.read_file())

    def apply(self) -> None:
        """Put all layers to use: each folder's settings, the model, the log."""
        session = self._session
        for folder in session.folders:
            file_layer = dict(folder.file_layer)
            if "model" in file_layer:
                model = self._allowed_model(folder, file_layer.pop("model"))
                if model is not None:
                    file_layer["model"] = model
            folder.apply(
                [self._initial, folder.client_layer, file_layer, self._command_line, self.chosen]
            )
        logs.set_level(session.folders.rootless.settings.log_level)
        if self.settled:
            session.engine.lease(session, {folder.choice for folder in self._used_folders()})

    def _used_folders(self) -> list[Folder]:
        """The folders of open documents; the first one before anything is open."""
        folders = self._session.folders
        used = [folders.of(document.uri) for document in self._session.documents]
        return used or [list(folders)[-1]]

    def _allowed_model(self, folder: Folder, wanted: str) -> str | None:
        """The model that a folder's file may use; None before or against the writer's consent."""
        assert folder.root is not None
        path = (folder.root / wanted).resolve()
        if path.is_relative_to(folder.root.resolve()) and path.is_dir():
            return str(path)
        if wanted in (self._initial.get("model"), folder.client_layer.get("model")):
            return wanted
        key = (str(folder.root), wanted)
        if key not in self._allowed:
            self._allowed[key] = False
            self._session.background(self._ask(key))
        if not self._allowed[key]:
            return None
        return str(path) if wanted.startswith(".") else wanted

    async def _ask(self, key: tuple[str, str]) -> None:
        root, wanted = key
        question = (
            f'the folder "{Path(root).name}" asks in its {FILE_NAME} for the model "{wanted}", '
            "which lies outside of it."
        )
        if await self._session.ask(question, [_USE, _DO_NOT]) == _USE:
            self._allowed[key] = True
            self.apply()

    def _read(self, values: Mapping[str, object], source: str) -> Layer:
        known = {name: value for name, value in values.items() if name not in _EXTENSIONS_OWN}
        layer, problems = settings.parse(known, source=source)
        self._complain(problems)
        return layer

    def _complain(self, problems: list[str]) -> None:
        """Show the writer what is wrong, each thing once, all that is new in one message."""
        new = [problem for problem in dict.fromkeys(problems) if problem not in self._told]
        self._told.update(new)
        if new:
            self._session.tell(" ".join(new))
