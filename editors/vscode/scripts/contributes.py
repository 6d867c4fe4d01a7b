"""Writes into package.json what the server's tables decide: its settings, and the languages.

What settings mean goes to package.nls.json, from where package.nls.de.json is translated.

python editors/vscode/scripts/contributes.py            # rewrites both
python editors/vscode/scripts/contributes.py --check    # exit code 1 if one is out of date
"""

import json
import sys
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from midword.settings import SETTINGS, Scope, Setting
from midword.text.languages.table import LANGUAGES

PACKAGE = Path(__file__).parents[1] / "package.json"
TEXTS = PACKAGE.with_suffix(".nls.json")

# What VS Code has in ways of its own: modes, and a client that knows who asked for a list.
ELSEWHERE = {"completion", "inlineCompletion", "invoked", "triggerCharacters"}
# What its settings page shows; the others are there behind `@tag:advanced`.
ON_THE_PAGE = [
    *("enabled", "languages", "exclude"),
    *("minLetters", "confidence", "items", "showProbability", "hover", "codeActions"),
    *("model", "personalDictionary", "projectDictionary", "indexWorkspace", "remember"),
]

# VS Code ships with lists off for Markdown, and off for plain text where grey text is offered.
PROSE_DEFAULTS = {
    "editor.quickSuggestions": {"other": "on", "comments": "on", "strings": "on"},
    "editor.wordBasedSuggestions": "off",
    "editor.snippetSuggestions": "none",  # "ordered list" for an o would hide the grey text
    "editor.acceptSuggestionOnEnter": "off",
    "editor.acceptSuggestionOnCommitCharacter": False,
}


Json = dict[str, Any]


def contribute(package: Json, texts: Json) -> tuple[Json, Json]:
    """package.json and its texts with the generated parts in place."""
    schemas = {setting.json_name: described(setting) for setting in SETTINGS}
    names = [*ON_THE_PAGE, *(n for n in schemas if n not in ON_THE_PAGE and n not in ELSEWHERE)]
    properties = {}
    for order, name in enumerate(names):
        schema, key = schemas[name], f"setting.{name}"
        texts[key] = schema["markdownDescription"]
        properties[f"midword.{name}"] = {
            **schema,
            "markdownDescription": f"%{key}%",
            "order": order,
            **({} if name in ON_THE_PAGE else {"tags": ["advanced"]}),
        }
    package["contributes"]["configuration"][1]["properties"] = properties
    served = {name: language for language in LANGUAGES for name in (language.id, *language.aliases)}
    package["activationEvents"] = [f"onLanguage:{name}" for name in served]
    prose = [
        name for name, language in served.items() if not language.is_code and language.id != "html"
    ]
    others = "".join(f"[{name}]" for name in prose if name != "markdown")
    package["contributes"]["configurationDefaults"] = {
        "[markdown]": PROSE_DEFAULTS,  # of its own: VS Code's, of that name, are stronger else
        others: PROSE_DEFAULTS,
    }
    return package, texts


def described(setting: Setting) -> Json:
    """A setting as VS Code's `contributes.configuration` describes it."""
    origin = get_origin(setting.type)
    schema: Json
    if origin is Literal:
        schema = {"type": "string", "enum": list(get_args(setting.type))}
    elif origin is tuple:
        schema = {"type": "array", "items": {"type": "string"}}
    elif origin is dict:
        schema = {"type": "object", "additionalProperties": {"type": "boolean"}}
    else:
        kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
        schema = {"type": kinds[setting.type]}
    if setting.limits is not None:
        schema["minimum"], schema["maximum"] = setting.limits
    default = list(setting.default) if origin is tuple else setting.default
    scope = "machine" if setting.scope is Scope.USER else "resource"
    return {**schema, "default": default, "scope": scope, "markdownDescription": setting.doc}


def main(arguments: list[str]) -> int:
    """Rewrite or check the files; the exit code."""
    before = [path.read_text("utf-8") for path in (PACKAGE, TEXTS)]
    after = [
        json.dumps(part, indent=2, ensure_ascii=False) + "\n"
        for part in contribute(*map(json.loads, before))
    ]
    if arguments == ["--check"]:
        if before != after:
            print(f"{PACKAGE} is out of date: run python {Path(__file__)}", file=sys.stderr)
        return int(before != after)
    for path, text in zip((PACKAGE, TEXTS), after, strict=True):
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
