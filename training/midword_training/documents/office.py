"""Paragraphs of Word, OpenDocument and PDF files, through the extra `midword[documents]`."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

MOST_UNPACKED = 128 * 2**20
"""Bytes: the libraries hold all of a file in memory, its text ten times over."""

_LIGATURES = str.maketrans(
    {
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        "\ufb05": "st",
        "\ufb06": "st",
    }
)
_DASHES = "[-\u2013\\s]*"
_PAGE_NUMBER = re.compile(
    rf"(?:page|seite|p\.)?{_DASHES}(?:\d+|[ivxlc]+)(?:\s*(?:/|of|von)\s*\d+)?{_DASHES}",
    re.IGNORECASE,
)


class UnreadableError(Exception):
    """The file is skipped; the message is the reason that the report gives."""


def is_office_file(path: Path) -> bool:
    """Whether the suffix is one of those read here."""
    return path.suffix.lower() in _READERS


def paragraphs(path: Path) -> list[str]:
    """The paragraphs of the document, tables and page furniture left out where they are marked.

    Raises:
        UnreadableError: the library is missing, or the file is damaged or locked.
    """
    library, read = _READERS[path.suffix.lower()]
    if find_spec(library) is None:
        raise UnreadableError(f'{path.suffix} files need: pip install "midword[documents]"')
    if _unpacked(path) > MOST_UNPACKED:
        raise UnreadableError(f"larger than {MOST_UNPACKED >> 20} MB once unpacked")
    try:
        return [" ".join(text.split()) for text in read(path) if text.strip()]
    except Exception as error:  # a damaged file fails anywhere inside these libraries
        raise UnreadableError("damaged or locked") from error


def _unpacked(path: Path) -> int:
    """Bytes that a zip says its files have, and zipfile reads no more of them; 0 for others."""
    try:
        with zipfile.ZipFile(path) as opened:
            return sum(info.file_size for info in opened.infolist())
    except Exception:  # damaged, or no zip: whoever reads it says so
        return 0


def _docx(path: Path) -> list[str]:
    from docx import Document

    return [paragraph.text for paragraph in Document(str(path)).paragraphs]


def _odt(path: Path) -> list[str]:
    from odf import teletype
    from odf.opendocument import load
    from odf.text import H, P

    body = load(str(path)).text
    wanted = {H(outlinelevel=1).qname, P().qname}
    found: list[str] = []

    def walk(node: object) -> None:
        for child in getattr(node, "childNodes", ()):
            if getattr(child, "qname", None) in wanted:
                found.append(teletype.extractText(child))
            else:
                walk(child)

    walk(body)
    return found


def _pdf(path: Path) -> list[str]:
    from pypdf import PdfReader

    pages = [page.extract_text().translate(_LIGATURES) for page in PdfReader(str(path)).pages]
    found: list[str] = []
    for page in without_furniture(pages):
        text = re.sub(r"(\w)[-\u00ad\u2010]\n(\w)", r"\1\2", page)  # words broken at line ends
        found += re.split(r"\n\s*\n|(?<=[.!?:])\n(?=[A-Z])", text)
    return found


def without_furniture(pages: Sequence[str]) -> list[str]:
    """The pages without their numbers and what stands on many of them at the top or the bottom.

    Lines that differ in nothing but digits are the same.
    """
    lines = [page.strip().split("\n") for page in pages]
    edges = Counter(key for page in lines for key in {_alike(page[at]) for at in _edges(page)})
    often = max(3, len(pages) // 4)
    kept = []
    for page in lines:
        dropped = {
            at
            for at in _edges(page)
            if edges[_alike(page[at])] >= often or _PAGE_NUMBER.fullmatch(page[at].strip())
        }
        kept.append("\n".join(line for at, line in enumerate(page) if at not in dropped))
    return kept


def _edges(lines: Sequence[str]) -> list[int]:
    """The places of the first two lines and the last two."""
    return sorted({*range(min(2, len(lines))), *range(max(0, len(lines) - 2), len(lines))})


def _alike(line: str) -> str:
    return re.sub(r"\d+", "0", " ".join(line.lower().split()))


_READERS: dict[str, tuple[str, Callable[[Path], list[str]]]] = {
    ".docx": ("docx", _docx),
    ".odt": ("odf", _odt),
    ".pdf": ("pypdf", _pdf),
}
