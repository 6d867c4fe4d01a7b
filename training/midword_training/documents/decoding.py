"""Bytes of a file as text, in whatever encoding they are."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before the mark of UTF-16, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ["utf_16_le", "utf_16_be"]
_NARROW = (
    "cp1252 cp1250 iso8859_2 cp1251 koi8_r iso8859_5 cp866 cp1253 cp1254 cp1255 cp1256"
    " shift_jis euc_jp gb18030 big5 euc_kr"
)
_WESTERN = "cp1252"
_HEAD = 1 << 16  # bytes that an encoding is judged by
_FEW = 5  # bytes that are not ASCII: fewer tell nothing, and are taken for Western ones
_HARDLY_WORSE = 0.03  # of "chaos", by which Western text may seem odder than it does in another


def decode(data: bytes) -> str | None:
    """Text in whatever encoding it is in, or None where it is not text.

    By its mark; else UTF-8; else the encoding of those in use that charset-normalizer finds the
    text most orderly in, Windows-1252 where it is as good as any.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    head = data[:_HEAD]
    if head.count(0):
        return _decoded(data, _guess(head[: len(head) // 2 * 2], _WIDE))
    if sum(byte < 9 or 13 < byte < 27 for byte in head) > len(head) / 100:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(data, _guess(head, _NARROW.split()) or _WESTERN)


def _decoded(data: bytes, encoding: str | None) -> str | None:
    return None if encoding is None else data.decode(encoding, errors="replace")


def _guess(head: bytes, among: list[str]) -> str | None:
    """The likeliest encoding, None where in none of them it is text."""
    from charset_normalizer import from_bytes

    if among != _WIDE and sum(byte > 127 for byte in head) < _FEW:
        return _WESTERN
    found = list(from_bytes(head, cp_isolation=among))
    if not found:
        return None
    best = found[0]
    for other in found:
        as_good = other.coherence >= best.coherence
        if other.encoding == _WESTERN and as_good and other.chaos <= best.chaos + _HARDLY_WORSE:
            best = other
    return str(best.encoding)
