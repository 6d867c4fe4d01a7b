"""Where settings come from, in this order, the later winning:

defaults, `initializationOptions`, `workspace/configuration` (or `didChangeConfiguration` of editors
that can't be asked), the folder's `.midword.toml`, the command line, this session's commands.

What is wrong is told to the writer once, by name and with the default that is used instead. A
model that lies with somebody else is asked about first, whoever names it: see `consent`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsprotocol import types

from midword import logs, settings
from midword.lsp.consent import Allowed, Consent, Named
from midword.lsp.documents import Documents
from midword.lsp.editor import Editor
from midword.lsp.folders import Folder, Folders
from midword.lsp.models import Models
from midword.lsp.remembering import Remembering
from midword.model import store
from midword.settings import Layer

SECTION = "midword"
PATIENCE = 2.0  # seconds for the editor to answer before we begin without its settings

# Sections of an editor's settings that are meant for its extension, not for the server.
_EXTENSIONS_OWN = ("server", "trace")


class Configuration:
    """The layers of settings and the model that they choose."""

    def __init__(
        self,
        editor: Editor,
        folders: Folders,
        documents: Documents,
        models: Models,
        remembering: Remembering,
        command_line: Layer,
        *,
        folder: Path | None = None,
    ) -> None:
        """Begin with the defaults.

        Args:
            editor: has settings, and shows what is wrong with them.
            folders: have settings of their own, and take what all make together.
            documents: those that are open, whose folders' models are used.
            models: are chosen by the settings.
            remembering: is turned on and off by them.
            command_line: what it sets, which wins over other settings.
            folder: the client's working directory, where it shares this process with others.
        """
        self._editor = editor
        self._folders = folders
        self._documents = documents
        self._models = models
        self._remembering = remembering
        self._initial: Layer = {}
        self._folder = folder
        self._command_line = self._located(command_line)
        self.chosen: Layer = {}  # by this session's commands
        self._told: set[str] = set()
        self._consent = Consent(editor, folders, self.apply)
        self.status_wanted = False
        self._known = False  # whether the editor's settings are
        self.settled = False  # whether it is known, too, which models may be used

    def begin(self, options: Any) -> None:
        """Take `initializationOptions`: settings, bare or under "midword"."""
        if isinstance(options, Mapping):
            own = options.get(SECTION)
            values = dict(own if isinstance(own, Mapping) else options)
            self.status_wanted = bool(
                values.pop("statusNotifications", options.get("statusNotifications", False))
            )
            self._initial = self._read(values, "initializationOptions")
        for folder in self._folders:
            self.read_file(folder)
        self.apply()

    async def pull(self) -> None:
        """Ask the editor for its settings, for each folder, and put them to use."""
        capabilities = self._editor.client_capabilities.workspace
        if capabilities is not None and capabilities.configuration:
            folders = list(self._folders)
            items = [types.ConfigurationItem(folder.uri, SECTION) for folder in folders]
            try:
                answers = await asyncio.wait_for(
                    self._editor.workspace_configuration_async(types.ConfigurationParams(items)),
                    PATIENCE,
                )
            except Exception as error:  # an editor that can't answer after all, or too late
                logs.logger.info("no configuration: %s", type(error).__name__)
            else:
                for folder, values in zip(folders, answers or [], strict=False):
                    if isinstance(values, Mapping):
                        folder.client_layer = self._read(values, "settings")
        self._known = True
        self.apply()  # so that models that need consent are looked up
        await self._consent.settle(PATIENCE)
        self.settled = True
        self.apply()

    def push(self, values: Any) -> None:
        """Take the settings that come with `didChangeConfiguration`."""
        if isinstance(values, Mapping) and isinstance(values.get(SECTION, values), Mapping):
            layer = self._read(values.get(SECTION, values), "settings")
            for folder in self._folders:
                folder.client_layer = layer
        self.apply()

    def read_file(self, folder: Folder) -> None:
        """Read a folder's `.midword.toml` again."""
        self._complain(folder.read_file())

    def apply(self) -> None:
        """Put all layers to use: each folder's settings, the model, the log."""
        for folder in self._folders:
            layers = [
                self._initial,
                folder.client_layer,
                folder.file_layer,
                self._command_line,
                self.chosen,
            ]
            allowed = self._model(folder)
            folder.apply([*layers, {"model": allowed.model}], allowed.checksum)
        if self._folder is None:  # the log is this client's alone
            logs.set_level(self._folders.rootless.settings.log_level)
        if self.settled:
            self._models.choose(self._used_folders())
        if self._known:
            self._remembering.apply()

    def choose(self, model: str) -> None:
        """Use a model from now on, by its name or path, whatever the settings say."""
        self.chosen.update(self._located({"model": model}))
        self.apply()

    def close(self) -> None:
        """Choose no more models, whatever is still being looked up."""
        self.settled = False

    def _used_folders(self) -> list[Folder]:
        """The folders of open documents; the first one before anything is open."""
        used = [self._folders.of(document.uri) for document in self._documents]
        return used or [list(self._folders)[-1]]

    def reload(self) -> None:
        """Load all models anew, for they may have changed, or the writer agreed elsewhere."""
        self._consent.forget()
        for folder in self._folders:
            self._model(folder)  # those that need consent are looked up
        if self._consent.is_looking:
            self._editor.background(self._reload())
        else:
            self._load_anew()

    async def _reload(self) -> None:
        await self._consent.settle(PATIENCE)
        self._load_anew()

    def _load_anew(self) -> None:
        self._models.give_up()
        self.apply()

    def _model(self, folder: Folder) -> Allowed:
        """The model of the highest layer that may be used; "" is the default.

        On the command line the writer has spoken; a command of this session's may have been given
        by anything that runs in the editor.
        """
        editors = folder.client_layer.get("model") or self._initial.get("model", "")
        named: list[tuple[str, Named]] = []
        if "model" in self.chosen:
            named.append((self.chosen["model"], "settings"))
        if "model" in self._command_line:
            named.append((self._command_line["model"], "command line"))
        if folder.file_layer.get("model", editors) != editors:
            named.append((folder.file_layer["model"], "file"))
        for wanted, by in [*named, (editors, "settings")]:
            model = self._consent.model(folder, wanted, by, look_up=self._known)
            if model is not None:
                return model
        return Allowed(store.BUNDLED_NAME)

    def _read(self, values: Mapping[str, object], source: str) -> Layer:
        known = {name: value for name, value in values.items() if name not in _EXTENSIONS_OWN}
        layer, problems = settings.parse(known, source=source)
        self._complain(problems)
        return self._located(layer)

    def _located(self, layer: Layer) -> Layer:
        """A layer whose relative path to a model begins at the client's working directory."""
        if self._folder is None or not (model := layer.get("model")):
            return layer
        return {**layer, "model": store.located(model, self._folder)}

    def _complain(self, problems: list[str]) -> None:
        """Show the writer what is wrong, each thing once, all that is new in one message."""
        new = [problem for problem in dict.fromkeys(problems) if problem not in self._told]
        self._told.update(new)
        if new:
            self._editor.tell(" ".join(new))
