"""Front matter: the data before a document's text, as site generators have it.

Jekyll has YAML between lines of ---, Hugo TOML between +++ and bare JSON, others JSON between ;;;.
gray-matter, which Eleventy reads with, takes the name of another language behind the first ---.
"""

from __future__ import annotations

import re

# What may stand in it, so that text behind one that nothing ends yet is text all the same.
_YAML = re.compile(r"\s|#|-|[\w\"'][^:]*:(?:\s|$)|[\]}]|[\w-]*$")
_TOML = re.compile(r"\s|#|\[|[\w\"'.-]+\s*=|[\]}\"']|$")
_JSON = re.compile(r"\s|[\"\[\]{},]|$")
_SCRIPT = re.compile(
    r"""\s|[^\w\s]|[\w$.]+\s*(?:[-+*/%|&?]?=|[-:?(\[{.,;]|$)|$
    |(?:const|let|var|function|async|await|return|export|import|class|if|else|for|while|try|do|switch
        |throw|new|delete)\b(?=.*[^\w\s.,'!?])""",
    re.VERBOSE,
)

_DATA = {"---": _YAML, "+++": _TOML, ";;;": _JSON, "}": _JSON}
_NAMES = {
    **dict.fromkeys(("yaml", "yml"), _YAML),
    "toml": _TOML,
    **dict.fromkeys(("json", "json5"), _JSON),
    **dict.fromkeys(("js", "javascript", "node", "coffee", "coffeescript", "cson"), _SCRIPT),
}
_DATA |= {f"---{name}": data for name, data in _NAMES.items()}


def front_matter(line: str) -> str:
    """Return what front matter that a document's first line begins is known by, "" if none does."""
    text = line.strip()
    if text != "}" and (opener := text.replace(" ", "").lower()) in _DATA:
        return opener
    is_json = line[:1] == "{" and (text == "{" or (text.startswith('{"') and text[-1] != "}"))
    return "}" if is_json else ""


def may_hold(opener: str, line: str) -> bool:
    """Whether a line looks like one of the data in such front matter."""
    return bool(_DATA[opener].match(line))


def is_end(opener: str, line: str) -> bool:
    """Whether a line ends such front matter."""
    return line.strip() in (opener[:3], "...")
