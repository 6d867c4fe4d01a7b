"""What directives hold, in reStructuredText and MyST: prose, unless it is known to be code.

Extensions bring directives that no list can have, and most of them hold prose. So the list has
those that don't. Names are from the manuals of Docutils ("reStructuredText Directives"), Sphinx
("Directives", and its extensions doctest, graphviz, inheritance_diagram, todo), MyST-NB, CPython's
documentation, and from what a search of public repositories finds to hold code.
"""

from __future__ import annotations

import re
from functools import lru_cache

_CODE = re.compile(
    r"""(?:[\w-]*-)?(?:code|code-?block|code-?cell|code-?tab|source-?code|literal|console|terminal)
    |parsed-literal|math|math:.+|dmath|raw|verbatim|csv-(?:table|filter)|productionlist
    |grammar-snippet|prompt|ipython[\w-]*|jupyter-.*|thebe.*|exec[\w-]*|eval|runblock|doctest
    |test(?:setup|cleanup|code|output)|.*plot(?:ly|ting)?|altair.*|vega.*|bokeh.*
    |graphviz|(?:di)?graph|dot|[a-z]*diag|diagrams?|mermaid|plantuml|uml|ditaa|kroki|d2|tikz|wavedrom
    |aafig|chart|vegalite|asciiart|svgbob|bibliography|bibtex|footbibliography|(?:my)?list-of-.*"""
    # what comes from elsewhere, and what only tells the builder something
    r"""|toctree|contents|sectnum|section-numbering|target-notes|meta|include|[\w-]*include|image
    |unicode|date|(?:default-)?role|default-domain|highlight(?:lang)?|index|tabularcolumns|todolist
    |(?:section|code|module)author|program|program-output|command-output|autosummary|argparse
    |click|typer|autoprogram|openapi|swaggerv2doc|(?:py:|js:)?currentmodule|c(?:pp)?:namespace.*
    |inheritance-diagram|doxygen\w+|video|youtube|vimeo|audio|iframe|(?:mini|nb|nblink)?gallery
    |button(?:-link|-ref)?|tags|postlist|audit-event-table|embed|glue(?::.*)?""",
    re.VERBOSE,
)
# Engines of knitr and Quarto (`names(knitr::knit_engines$get())`): ```{r} is a cell, no directive.
_ENGINE = re.compile(
    r"""r|rscript|python\d?|py|julia|sql|bash|sh|zsh|fish|shell|powershell|perl|php|ruby|node|js
    |javascript|typescript|ts|ojs|css|s[ac]ss|less|stan|rcpp|c|cc|cpp|fortran(?:95)?|go|rust|scala
    |haskell|coffee|d3|awk|gawk|sed|groovy|lein|clojure|octave|matlab|psql|sas|stata|eviews|asy
    |targets|cat|comment|verbatim|embed|webr(?:-r)?|pyodide(?:-python)?|shinylive-\w+|html|latex
    |json|ya?ml|toml|xml|ini|diff|text|txt|none|output|error|tidymodels|ditaa|observable|\w+-repl""",
    re.VERBOSE,
)
_TITLED = re.compile(
    r"""attention|caution|danger|error|hint|important|note|tip|warning|admonition|seealso|topic
    |sidebar|epigraph|rubric|todo|centered|pull-quote|highlights|compound|line-block|replace|header
    |footer|title|table|list-table|csv-table|aside|margin|tab|tab-item|group-tab|md-tab-item|dropdown
    |card|grid-item-card|collapse|details|toggle|question|answer|quote|abstract|summary|info|success
    |failure|bug|example|exercise(?:-start)?|solution(?:-start)?|impl-detail
    |(?:prf:)?(?:theorem|proof|axiom|lemma|definition|criterion|remark|conjecture|corollary|algorithm
    |example|property|observation|proposition|assumption|claim)""",
    re.VERBOSE,
)
VERSIONED = re.compile(r"version-?(?:added|changed|removed)|(?:soft-)?deprecated(?:-removed)?")
"""Directives whose argument is a version, behind which prose may follow."""

VERSION = re.compile(r"\S+[ \t]+(?:v?\d[\w.]*[ \t]+)?")
"""The versions that such an argument begins with."""


@lru_cache(maxsize=1024)
def holds_code(name: str) -> bool:
    """Whether the body of a directive is code, maths, data or nothing."""
    return bool(_CODE.fullmatch(name))


@lru_cache(maxsize=1024)
def is_titled(name: str) -> bool:
    """Whether what follows the name of a directive on its line is prose."""
    return bool(_TITLED.fullmatch(name))


def is_engine(name: str) -> bool:
    """Whether ```{name} begins a cell of code in R Markdown and Quarto."""
    return bool(_ENGINE.fullmatch(name.lower()))
