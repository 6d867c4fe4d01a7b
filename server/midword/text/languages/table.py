"""The languages that are read, declared once: the README's table is checked against this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from midword.text.languages.markdown import MarkdownReader
from midword.text.languages.plain import PlainReader
from midword.text.languages.reader import Reader
from midword.text.languages.source import SourceReader
from midword.text.languages.syntax import SYNTAXES


@dataclass(frozen=True, slots=True)
class Language:
    """A language, under the names that editors give it."""

    id: str
    aliases: tuple[str, ...]
    suffixes: tuple[str, ...]
    """Ends of file names (".md") or whole names ("COMMIT_EDITMSG")."""
    reader: Callable[[], Reader[Any]]
    doc: str
    """What of it is prose."""


LANGUAGES: tuple[Language, ...] = (
    Language(
        "plaintext",
        ("text", "txt", "mail", "help"),
        (".txt", ".text", ".eml"),
        PlainReader,
        "everything but addresses",
    ),
    Language(
        "markdown",
        ("md", "gfm", "mdx", "rmd", "rmarkdown", "quarto", "qmd", "pandoc", "vimwiki"),
        (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".rmd", ".qmd"),
        MarkdownReader,
        "text, headings, lists, quotes, tables, link texts, footnotes",
    ),
    *(
        Language(
            language,
            aliases,
            suffixes,
            partial(SourceReader, language),
            "comments" + (", docstrings" if syntax.docs else ""),
        )
        for language, (syntax, aliases, suffixes) in SYNTAXES.items()
    ),
)
