"""The languages that are read, declared once: the README's table is checked against this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from midword.text.languages.asciidoc import AsciidocReader
from midword.text.languages.html import HtmlReader
from midword.text.languages.latex import LatexReader
from midword.text.languages.markdown import MarkdownReader
from midword.text.languages.messages import CommitReader, MailReader
from midword.text.languages.org import OrgReader
from midword.text.languages.plain import PlainReader
from midword.text.languages.reader import LanguageReader
from midword.text.languages.rst import RstReader
from midword.text.languages.source import SourceReader
from midword.text.languages.syntax import SYNTAXES
from midword.text.languages.typst import TypstReader


@dataclass(frozen=True, slots=True)
class Language:
    """A language, under the names that editors give it."""

    id: str
    aliases: tuple[str, ...]
    suffixes: tuple[str, ...]
    """Ends of file names (".md") or whole names ("COMMIT_EDITMSG")."""
    reader: Callable[[], LanguageReader[Any]]
    doc: str
    """What of it is prose."""
    is_code: bool = False
    """Source code, in which prose is the exception."""


_MARKUP = (
    Language(
        "plaintext",
        ("text", "txt", "help"),
        (".txt", ".text"),
        PlainReader,
        "everything but addresses",
    ),
    Language(
        "markdown",
        (
            "md",
            "gfm",
            "mdx",
            "rmd",
            "rmarkdown",
            "quarto",
            "qmd",
            "pandoc",
            "vimwiki",
            "mystmarkdown",
        ),
        (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".rmd", ".qmd"),
        MarkdownReader,
        "paragraphs, headings, list items, quotes, table cells, link texts, footnotes",
    ),
    Language(
        "latex",
        ("tex", "plaintex", "context", "latex-expl3", "rsweave"),
        (".tex", ".ltx"),
        LatexReader,
        r"running text, headings, items, captions, footnotes, arguments of `\emph` and the like",
    ),
    Language(
        "restructuredtext",
        ("rst",),
        (".rst",),
        RstReader,
        "paragraphs, titles, items, fields, admonitions, link texts",
    ),
    Language(
        "asciidoc",
        ("asciidoctor", "adoc"),
        (".adoc", ".asciidoc", ".asc"),
        AsciidocReader,
        "paragraphs, titles, items, table cells, admonitions, link texts",
    ),
    Language(
        "typst",
        ("typ",),
        (".typ",),
        TypstReader,
        "markup, also in the brackets of a function's content",
    ),
    Language(
        "org",
        ("orgmode", "org-mode"),
        (".org",),
        OrgReader,
        "headlines, paragraphs, items, table cells, quotes, captions, link texts",
    ),
    Language(
        "html",
        ("xhtml", "htmldjango", "jinja-html", "handlebars", "vue", "erb"),
        (".html", ".htm", ".xhtml", ".vue", ".erb"),
        HtmlReader,
        "the text between tags, without scripts, styles, code and templates",
    ),
    Language(
        "svelte",
        ("astro",),
        (".svelte", ".astro"),
        partial(HtmlReader, braces=True),
        "the text between tags, without scripts, styles, code and expressions",
    ),
    Language(
        "git-commit",
        ("gitcommit", "commit", "jj-commit", "jjdescription", "git_commit"),
        ("COMMIT_EDITMSG", "MERGE_MSG", "TAG_EDITMSG"),
        CommitReader,
        "subject and body, without comments, trailers and the diff",
    ),
    Language(
        "mail",
        ("eml", "email"),
        (".eml",),
        MailReader,
        "subject and body, without the signature",
    ),
)

_SOURCE = tuple(
    Language(
        language,
        aliases,
        suffixes,
        partial(SourceReader, language),
        "comments and docstrings" if syntax.docs else "comments",
        is_code=True,
    )
    for language, (syntax, aliases, suffixes) in SYNTAXES.items()
)

LANGUAGES: tuple[Language, ...] = _MARKUP + _SOURCE
