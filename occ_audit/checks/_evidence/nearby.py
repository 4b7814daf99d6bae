"""What stands directly before and after a reference, in words and in cells of a table."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NEIGHBOURHOOD = 120
_DECORATION = " \t\r\n`*_([\"'\u2018\u201c:\u2013\u2014-"
_CLOSING = "`*_)]\"'\u2019\u201d \t\r\n"
_NEXT_BLOCK = re.compile(r"\n[ \t>]*(?:(?=\r?\n)|[-*+][ \t]|\d{1,9}[.)][ \t]|#|\|)")
"""Where another paragraph, item, row or heading begins: its words say nothing of this one."""
_OPENING = "([:\u2013\u2014-"


def before(data: bytes, start: int) -> str:
    """Return the words directly before a reference, small, single-spaced, undecorated.

    They stand in its own paragraph or item, or announce it with a colon.
    """
    *blocks, text = _NEXT_BLOCK.split(_text(data, start - _NEIGHBOURHOOD, start))
    above = next(filter(None, map(str.strip, reversed(blocks))), "").rstrip("*_")
    if not text.strip(_DECORATION) and above.endswith(":"):
        text = above
    return " ".join(text.rstrip(_DECORATION).casefold().split())


def around(data: bytes, start: int, end: int) -> str:
    """Return the text around a reference and the reference itself, small, on one line."""
    text = _text(data, start - _NEIGHBOURHOOD, end + _NEIGHBOURHOOD)
    return text.casefold().replace("\n", " ")


def _text(data: bytes, start: int, end: int) -> str:
    return data[max(start, 0) : end].decode("utf-8", "replace")


def beside(words: Iterable[str], data: bytes, start: int, end: int) -> str:
    """Return which of the words stand directly before or after a reference, or nothing.

    A single word is taken only where a bracket, a colon or a dash sets it apart: "placeholder
    `x`" says that x is there.
    """
    ahead = before(data, start)
    gap = _text(data, start - 8, start)
    following = _NEXT_BLOCK.split(_text(data, end, end + _NEIGHBOURHOOD), maxsplit=1)[0]
    text = following.lstrip(_CLOSING)
    behind = " ".join(text.lstrip(_DECORATION).casefold().split())
    said, copulas = re.subn(r"^(?:(?:is|are|still|remains|was|yet) ){1,3}", "", behind)
    opened, behind = text[:1] in tuple(_OPENING) or copulas > 0, said
    cells = _cells_beside(data, start, end)
    for word in words:
        phrase = " " in word
        if word in cells:
            return word
        if re.search(rf"\b{re.escape(word)}$", ahead) and (
            phrase or any(c in gap for c in _OPENING)
        ):
            return word
        if re.match(rf"{re.escape(word)}(?:\b|$)", behind) and (
            phrase or (opened and not re.match(r" *\w", behind[len(word) :]))
        ):
            return word
    return ""


def _cells_beside(data: bytes, start: int, end: int) -> list[str]:
    """Return the texts of the cells before and after the one of a reference, undecorated, small."""
    first, last = data.rfind(b"\n", 0, start) + 1, data.find(b"\n", end)
    ahead = _text(data, max(first, start - _NEIGHBOURHOOD), start)
    rest = data[end : last if 0 <= last < end + _NEIGHBOURHOOD else end + _NEIGHBOURHOOD]
    behind = rest.decode("utf-8", "replace").lstrip(_CLOSING)
    found = []
    if (opened := ahead.rstrip(_DECORATION)).endswith("|"):
        found.append(opened[:-1].rpartition("|")[2])
    if behind.startswith("|"):
        found.append(behind[1:].partition("|")[0])
    return [row.strip(f"{_DECORATION}{_CLOSING}.!").casefold() for row in found]
