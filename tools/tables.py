"""Writes the README's tables from the code's own tables: python tools/tables.py

Each table stands between `<!-- NAME -->` and `<!-- /NAME -->`; tests/unit/test_docs.py checks
that the README is what this would write.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from midword import cli
from midword.settings import SETTINGS, Scope
from midword.text.languages.table import LANGUAGES

README = Path(__file__).parent.parent / "README.md"


def commands() -> str:
    """The subcommands of `midword`."""
    rows = [f"| `midword {name}` | {text} |" for name, text in cli.COMMANDS.items()]
    rows += [
        f'| `midword {name}` | {text} (`pip install "midword[train]"`) |'
        for name, text in cli.TRAINING_COMMANDS.items()
    ]
    return "\n".join(["| Command | What it does |", "|---|---|", *rows]) + "\n"


def languages() -> str:
    """The languages that are read; those of which the same is prose share a row."""
    rows: dict[str, list[str]] = {}
    for language in LANGUAGES:
        rows.setdefault(language.doc, []).append(f"`{language.id}`")
    lines = [f"| {', '.join(ids)} | {doc} |" for doc, ids in rows.items()]
    return "\n".join(["| Language id | What is read as prose |", "|---|---|", *lines]) + "\n"


def settings() -> str:
    """One row a setting."""
    rows = ["| Setting | Value | Default | Meaning |", "|---|---|---|---|"]
    for setting in SETTINGS:
        doc = setting.doc if setting.scope is Scope.WORKSPACE else f"{setting.doc} *(yours only)*"
        expected = setting.expected().replace("|", "\\|")
        rows.append(
            f"| `{setting.json_name}` | {expected} | `{json.dumps(setting.default)}` | {doc} |"
        )
    return "\n".join(rows) + "\n"


TABLES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "languages": languages,
    "settings": settings,
}


def placed(text: str, name: str, content: str) -> str:
    """A text with new content between `<!-- NAME -->` and `<!-- /NAME -->`.

    Raises:
        ValueError: the text has no such place, or several.
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"the README needs one {begin.strip()} and one {end}")
    head, _, tail = text.partition(begin)
    return head + begin + content + end + tail.partition(end)[2]


def written(text: str) -> str:
    """The README's text with every table as the code has it."""
    for name, table in TABLES.items():
        text = placed(text, name, table())
    return text


def main() -> int:
    """Rewrite the README."""
    README.write_text(written(README.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
