"""What reading costs: CPU time to open a document, and to edit it and ask for the cloze.

    python tests/benchmarks/bench_reading.py [--megabytes 1]

Synthetic documents with all that their language has (one block of markup repeated; for Python
the standard library's modules). Times are CPU time of this process in milliseconds.
"""

from __future__ import annotations

import argparse
import sysconfig
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from midword.text.cloze import cloze_at
from midword.text.document import Document

MARKDOWN = """## A heading

Some *emphasised* words with `code` in a paragraph that goes on for a line or two, and
[a link](http://example.org). It has several sentences in it, and $x + y$.

- item one
- item two, which is longer

```py
x = 1
```

| a | b |
| --- | --- |
| one | two |

"""
LATEX = r"""\section{A heading}
Some \emph{words} of text in a paragraph \cite{foo} that goes on for a line or
two, with $x + y$ in it. % comment
\begin{equation}
  x = y
\end{equation}
More goes here.

"""
PROSE = """The committee goes through the budget line by line, and every member has a question to
ask before the vote. Nobody expects it to be over by noon.

"""


def standard_library() -> str:
    """Return the text of Python's own modules."""
    modules = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    return "".join(module.read_text(encoding="utf-8", errors="replace") for module in modules)


def milliseconds(work: Callable[[], object], times: int = 1) -> float:
    """Return the CPU time that one of several runs of `work` takes."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times * 1000


def type_at(document: Document, offset: int, text: str) -> None:
    """Type a text letter by letter, asking after each."""
    for place, letter in enumerate(text, offset):
        document.replace(place, place, letter)
        cloze_at(document, place + 1)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure what reading a document costs.")
    parser.add_argument("--megabytes", type=float, default=1.0)
    size = int(parser.parse_args().megabytes * 1e6)
    sources = {
        "plaintext": PROSE,
        "markdown": MARKDOWN,
        "latex": LATEX,
        "restructuredtext": MARKDOWN,
        "asciidoc": MARKDOWN,
        "org": MARKDOWN,
        "typst": MARKDOWN,
        "html": MARKDOWN,
        "python": standard_library(),
    }
    print(f"{'language':18}{'open':>9}{'first':>9}{'letter':>9}{'new line':>9}   (CPU ms)")
    for language, source in sources.items():
        text = (source * (size // len(source) + 1))[:size]
        sign = "# " if language == "python" else " goes "
        middle = text.index(sign, size // 2) + len(sign)
        opened = milliseconds(partial(Document, "", language, 0, text))
        document = Document("", language, 0, text)
        first = milliseconds(partial(cloze_at, document, size - 200))
        letter = milliseconds(partial(type_at, document, middle, "some words "), 20) / 11
        line = milliseconds(partial(type_at, document, middle, "\n"), 20)
        print(f"{language:18}{opened:9.1f}{first:9.1f}{letter:9.2f}{line:9.2f}")


if __name__ == "__main__":
    main()
