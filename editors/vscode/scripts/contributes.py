"""Writes into package.json what the server's tables decide: its settings, and the languages.

python editors/vscode/scripts/contributes.py            # rewrites package.json
python editors/vscode/scripts/contributes.py --check    # exit code 1 if it is out of date
"""

import json
import sys
from pathlib import Path
from typing import Any

from midword.settings import json_properties
from midword.text.languages.table import LANGUAGES, Language

PACKAGE = Path(__file__).parents[1] / "package.json"

# VS Code ships with lists off for Markdown, and off for plain text where grey text is offered.
PROSE_DEFAULTS = {
    "editor.quickSuggestions": {"other": "on", "comments": "on", "strings": "on"},
    "editor.wordBasedSuggestions": "off",
    "editor.snippetSuggestions": "none",  # "ordered list" for an o would hide the grey text
    "editor.acceptSuggestionOnEnter": "off",
    "editor.acceptSuggestionOnCommitCharacter": False,
}


def contribute(package: dict[str, Any]) -> dict[str, Any]:
    """`package` with the generated parts in place."""
    properties = {
        name: {**schema, "order": order}
        for order, (name, schema) in enumerate(json_properties().items())
    }
    package["contributes"]["configuration"][1]["properties"] = properties
    names = {name: language for language in LANGUAGES for name in (language.id, *language.aliases)}
    package["activationEvents"] = [f"onLanguage:{name}" for name in names]
    prose = [name for name, language in names.items() if not is_code(language)]
    others = "".join(f"[{name}]" for name in prose if name != "markdown")
    package["contributes"]["configurationDefaults"] = {
        "[markdown]": PROSE_DEFAULTS,  # of its own: VS Code's, of that name, are stronger else
        others: PROSE_DEFAULTS,
    }
    return package


def is_code(language: Language) -> bool:
    """Whether prose is only a part of what is written in a language."""
    return language.id == "html" or language.doc.startswith("comments")


def main(arguments: list[str]) -> int:
    """Rewrite or check package.json; the exit code."""
    before = PACKAGE.read_text("utf-8")
    after = json.dumps(contribute(json.loads(before)), indent=2, ensure_ascii=False) + "\n"
    if arguments == ["--check"]:
        if before != after:
            print(f"{PACKAGE} is out of date: run python {Path(__file__)}", file=sys.stderr)
        return int(before != after)
    PACKAGE.write_text(after, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
