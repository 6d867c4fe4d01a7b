"""The one table of settings: name, type, default, limits, meaning, and who may set each.

Names are snake_case here, camelCase in an editor's JSON and kebab-case in `.midword.toml`. Layers
are read with `parse`, which drops what is wrong and says so, and put on one another with `merge`,
lowest first:

    defaults, initializationOptions, workspace/configuration, `.midword.toml`, the command line,
    this session's commands

A `.midword.toml` comes with a folder that somebody else may have written, so settings of scope
USER are refused there, and the paths it gives must stay inside its folder.

`tools/tables.py` writes the README's table, `editors/vscode/scripts/contributes.py` the settings of
VS Code.
"""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from midword import files, system, toml
from midword.choices import Device, LogLevel, Runtime
from midword.endpoint import Endpoint
from midword.foreign import shown, value_shown
from midword.globs import globs

FILE_NAME = ".midword.toml"

_MOST_NAMED = 5  # unknown names in one message
_LONGEST_NAME = 60  # characters of one


class Scope(enum.Enum):
    """Who may set a value."""

    USER = "user"  # the writer's own settings only: it concerns the machine or leaves the folder
    WORKSPACE = "workspace"  # a folder's `.midword.toml` too


def _setting(
    default: object,
    doc: str,
    *,
    scope: Scope = Scope.WORKSPACE,
    limits: tuple[float, float] | None = None,
    path: bool = False,
    globs: bool = False,
    address: bool = False,
) -> Any:
    metadata = {
        "doc": doc,
        "scope": scope,
        "limits": limits,
        "path": path,
        "globs": globs,
        "address": address,
    }
    if isinstance(default, dict):
        return dataclasses.field(default_factory=lambda: dict(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """What a writer, or a folder, chose; every field of this class is one row of the table."""

    enabled: bool = _setting(True, "Suggest words at all.")
    completion: bool = _setting(True, "Offer a list of words while you type.")
    hover: bool = _setting(True, "Show likelier words for the word under the mouse.")
    code_actions: bool = _setting(
        True, 'Offer "Replace with ..." and the dictionaries when you ask for actions on a word.'
    )
    inline_completion: bool = _setting(
        True, "Show the rest of the word, or the next words, as grey text where the editor can."
    )
    model: str = _setting(
        "",
        "Model to read with: a name from `midword models list` or a folder; empty for the bundled "
        "one. One that lies outside of `models list`, or that a `.midword.toml` names, is used "
        "once you said yes.",
        path=True,
    )
    runtime: Runtime = _setting(
        "auto",
        "What runs the model; `auto` takes the fastest one installed, `remote` asks your team's "
        "server (docs/team.md).",
        scope=Scope.USER,
    )
    endpoint: str = _setting(
        "",
        "The server that `remote` asks, `grpcs://HOST:PORT` or `grpcs://HOST:PORT/MODEL`.",
        scope=Scope.USER,
        address=True,
    )
    device: Device = _setting(
        "auto",
        "Where the model runs; `auto` takes an NVIDIA card if there is one. `cuda` and `mps` "
        "(Apple's) need `midword[gpu]`. Where a card fails the processor reads on.",
        scope=Scope.USER,
    )
    threads: int = _setting(1, "CPU threads of the model.", scope=Scope.USER, limits=(1, 64))
    items: int = _setting(10, "Words in a list, at most.", limits=(1, 100))
    min_letters: int = _setting(
        0,
        "Letters to type before a list opens by itself; 0 offers the next word after a space too.",
        limits=(0, 10),
    )
    confidence: float = _setting(
        0.35,
        "Before the first letter a list opens by itself only if its first word is at least this "
        "likely (0 to 1). A list you ask for always opens.",
        limits=(0, 1),
    )
    floor: float = _setting(
        0.001,
        "After letters a list that opens by itself leaves out words less likely than this (0 to "
        "1). It opens if its first word is fifty times as likely and what is typed is hardly a "
        "whole word yet: 0.004 makes few lists, 0 one at every letter. A list you ask for shows "
        "all.",
        limits=(0, 1),
    )
    invoked: Literal["asked", "typed"] = _setting(
        "asked",
        "What it means that a list is invoked: that you ask for it or, in editors that call typed "
        "letters so too (Helix, Kate, Emacs), that you type.",
    )
    show_probability: bool = _setting(True, "Show beside each word how likely it is.")
    trigger_characters: Literal["all", "letters", "space", "none"] = _setting(
        "all",
        "Characters that make the editor ask by itself. Neovim needs the letters; editors that "
        "ask at every letter anyway need only the space. Read when the editor starts.",
        scope=Scope.USER,
    )
    inline_max_words: int = _setting(3, "Words of grey text, at most.", limits=(1, 20))
    inline_confidence: float = _setting(
        0.5, "Each word of grey text is at least this likely (0 to 1).", limits=(0, 1)
    )
    context_size: int = _setting(
        500, "Characters read on each side of the cursor, at most.", limits=(50, 20_000)
    )
    memory_weight: float = _setting(
        1.0,
        "How much the words of your documents count beside the model's: 1 as fitted, 0 not at all.",
        limits=(0, 5),
    )
    languages: dict[str, bool] = _setting(
        {},
        'Languages to turn on or off by their id, for example `{"python": false}`; one that '
        "Midword doesn't know is read as plain text.",
    )
    include: tuple[str, ...] = _setting(
        (),
        "Only files that match one of these globs get suggestions; empty for every file.",
        globs=True,
    )
    exclude: tuple[str, ...] = _setting(
        (), "Files that match one of these globs get none.", globs=True
    )
    personal_dictionary: str = _setting(
        "",
        "Your own words, a text file with one a line, `-word` for one never to suggest; relative "
        "to Midword's data folder, empty for `dictionary.txt` there.",
        scope=Scope.USER,
        path=True,
    )
    project_dictionary: str = _setting(
        ".midword-words.txt", "The same for a folder, relative to it, to be shared.", path=True
    )
    remember: bool = _setting(
        False,
        "Remember over restarts which words you type, and which follow each other, in one file of "
        "yours; see `midword memory`.",
        scope=Scope.USER,
    )
    index_workspace: bool = _setting(
        True, "Learn words from the prose files of the open folder, in memory only."
    )
    index_exclude: tuple[str, ...] = _setting(
        (),
        "Globs of files and folders not to learn from, besides hidden ones, `.gitignore`'s and "
        "those of dependencies and builds.",
        globs=True,
    )
    index_max_files: int = _setting(1000, "Files to learn from, at most.", limits=(0, 100_000))
    index_max_megabytes: int = _setting(
        10, "Megabytes to learn from, at most, all files together.", limits=(0, 1000)
    )
    idle_minutes: float = _setting(
        15.0,
        "Minutes that the daemon, which all windows share, stays after the last one was closed.",
        scope=Scope.USER,
        limits=(0, 1440),
    )
    log_level: LogLevel = _setting(
        "warning", "How much to log. Your text never is.", scope=Scope.USER
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table."""

    name: str
    type: Any  # bool, int, float, str, Literal[...], tuple[str, ...] or dict[str, bool]
    default: Any
    doc: str
    scope: Scope
    limits: tuple[float, float] | None
    path: bool
    globs: bool
    address: bool

    @property
    def json_name(self) -> str:
        """The name in an editor's settings: `minLetters`."""
        first, *others = self.name.split("_")
        return first + "".join(word.capitalize() for word in others)

    @property
    def toml_name(self) -> str:
        """The name in `.midword.toml`: `min-letters`."""
        return self.name.replace("_", "-")

    def expected(self) -> str:
        """What a value must be, in words, for messages and the README."""
        if get_origin(self.type) is Literal:
            return " or ".join(f'"{choice}"' for choice in get_args(self.type))
        if self.limits is not None:
            low, high = self.limits
            kind = "a whole number" if self.type is int else "a number"
            return f"{kind} from {low:g} to {high:g}"
        return {
            bool: "true or false",
            str: "a text",
            tuple: "a list of texts",
            dict: "names with true or false",
        }[get_origin(self.type) or self.type]

    def read(self, value: object) -> Any:
        """The value in this setting's type; raises ValueError for one that it can't take."""
        if not self._accepts(value):
            raise ValueError(f"{value_shown(value)} is not {self.expected()}")
        if self.type is float:
            return float(value)  # type: ignore[arg-type]
        if self.path:
            _check_path(value)  # type: ignore[arg-type]
        if self.address and value:
            _check_address(value)  # type: ignore[arg-type]
        if get_origin(self.type) is tuple:
            value = tuple(value)  # type: ignore[arg-type]
        if self.globs and (refused := globs(value).refused):
            raise ValueError(f"{value_shown(refused[0])} is no glob, or there are too many")
        return value

    def _accepts(self, value: object) -> bool:
        origin = get_origin(self.type)
        if origin is Literal:
            return value in get_args(self.type)
        if origin is tuple:
            return isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)
        if origin is dict:
            return isinstance(value, dict) and all(
                isinstance(k, str) and isinstance(v, bool) for k, v in value.items()
            )
        if self.type in (int, float):
            number = isinstance(value, int if self.type is int else int | float)
            if not number or isinstance(value, bool):
                return False
            low, high = self.limits or (float("-inf"), float("inf"))
            return low <= value <= high  # type: ignore[operator]
        return isinstance(value, self.type)


def _check_path(name: str) -> None:
    if not files.can_be_named(name):
        raise ValueError(f"{value_shown(name)} can't be the name of a file")
    if system.names_another_machine(name):  # a clone may bring it, for an editor too
        raise ValueError(f"{value_shown(name)} lies on another machine: give that a drive's letter")
    try:
        Path(name).expanduser()
    except RuntimeError as error:
        raise ValueError(f"{value_shown(name)} names somebody who has no home here") from error


def _check_address(text: str) -> None:
    try:
        Endpoint.parse(text)
    except ValueError as error:
        raise ValueError(f"{value_shown(text)} can't be used: {error}") from error


def _table() -> tuple[Setting, ...]:
    hints = get_type_hints(Settings)
    defaults = Settings()
    return tuple(
        Setting(f.name, hints[f.name], getattr(defaults, f.name), **f.metadata)
        for f in dataclasses.fields(Settings)
    )


SETTINGS: tuple[Setting, ...] = _table()

# A layer: what one source sets, by snake_case name, already of the right types.
Layer = dict[str, Any]


def parse(values: Mapping[str, object], *, source: str) -> tuple[Layer, list[str]]:
    """What an editor sets (camelCase names), and one message for each value that is wrong."""
    return _parse(values, {s.json_name: s for s in SETTINGS}, source)


def parse_file(path: Path) -> tuple[Layer, list[str]]:
    """What a folder's `.midword.toml` sets, and messages; nothing where there is no such file.

    Values that only the writer may set are refused. Paths that leave the folder are refused, but
    for `model`, which the server asks about.
    """
    try:
        values = toml.load(path)
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return {}, [f"{path} can't be read and is left out: {reason}; correct or remove it."]
    layer, problems = _parse(values, {s.toml_name: s for s in SETTINGS}, str(path))
    for setting in SETTINGS:
        if setting.name not in layer:
            continue
        if setting.scope is Scope.USER:
            del layer[setting.name]
            problems.append(
                f"{path}: `{setting.toml_name}` is the writer's own choice and is left out here; "
                f"set `midword.{setting.json_name}` in the editor instead."
            )
        elif setting.path and setting.name != "model":
            target = path.parent / layer[setting.name]
            if not files.lies_in(target, path.parent):
                del layer[setting.name]
                problems.append(
                    f"{path}: `{setting.toml_name}` must stay inside the folder; "
                    f'"{setting.default}" is used.'
                )
    return layer, problems


def _parse(
    values: Mapping[str, object], names: Mapping[str, Setting], source: str
) -> tuple[Layer, list[str]]:
    layer: Layer = {}
    problems: list[str] = []
    unknown = [name for name in values if name not in names]
    if unknown:
        listed = ", ".join(f"`{shown(name, _LONGEST_NAME)}`" for name in unknown[:_MOST_NAMED])
        more = f" and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else ""
        problems.append(f"{source}: there is no setting {listed}{more}.")
    for name, value in values.items():
        setting = names.get(name)
        if setting is None:
            continue
        if value is None:  # an editor's way to say: not set
            continue
        try:
            layer[setting.name] = setting.read(value)
        except ValueError as error:
            default = json.dumps(setting.default)
            problems.append(f"{source}: `{name}`: {error}; its default, {default}, is used.")
    return layer, problems


def merge(layers: Iterable[Layer]) -> Settings:
    """Settings from layers, lowest first; `languages` are put together key by key."""
    merged: Layer = {}
    for layer in layers:
        languages = {**merged.get("languages", {}), **layer.get("languages", {})}
        merged.update(layer)
        merged["languages"] = languages
    return Settings(**merged)
