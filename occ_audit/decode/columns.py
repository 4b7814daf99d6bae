"""Rows of comma- or tab-separated values: those under a column that is named after a secret."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterator, Sequence

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import Named, named

LAYOUT = True
_NAMES = (
    *(b"password", b"passwd", b"passphrase", b"pwd", b"secret", b"token"),
    *(b"apikey", b"_key", b"-key", b" key"),
)
_WRITTEN = {case(name) for name in _NAMES for case in (bytes.lower, bytes.upper, bytes.title)}
_BETWEEN = (b",", b";", b"\t")
_ENDS = (b"\n", b"\r\n", b'"\n', b'"\r\n')
TEXTS = tuple(
    map(
        b"".join,
        (
            *itertools.product(_WRITTEN, _BETWEEN, map(str.encode, string.ascii_letters)),
            *itertools.product(_WRITTEN, (b'"',), _BETWEEN, (b'"',)),
            *itertools.product((*_BETWEEN, b"_", b" "), (b"", b'"'), _WRITTEN, _ENDS),
        ),
    )
)
"""A heading among others, without the blank that code has there, and one that ends its line."""
WIDE, BYTES = 1024, 2**18
"""So far a line of headings reaches, and so much below it is read."""

_TELLING = re.compile(
    rb"(?i)(?:[\w ]*[ _-])?(?:pass(?:w(?:or)?d|phrase|wort)?|pwd|pw|kennwort|senha|secret|token|"
    rb"(?:api|access|secret|private|service|signing|encryption)[ _-]?key)s?"
    rb"(?:[ _-]?(?:value|plain|\d))?"
)
_HEADING = re.compile(rb"[A-Za-z][\w .\-/#]{0,39}(?:\([\w .\-/]{1,20}\))?")
# Possessive, for a row may be long and end in what no row ends in.
_LINE = re.compile(rb"[^\r\n]*+(?:\r?\n|\r|\Z)")
_CELLS = [
    re.compile(
        rb"[ ]*+(?:\"([^\"\r\n]*+)\"|'([^'%b\r\n]*+)'|([^\"%b\r\n]*+))[ ]*+(?:%b|\r?\n|\Z)"
        % (mark, mark, mark)
    )
    for mark in (b",", b";", b"\t")
]
_Cell = tuple[int, bytes]
"""Where its text begins, and the text."""


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield `heading: value` for each value under a telling heading, a line each."""
    low = max(at - WIDE, 0)
    near = bytes(data[low : at + WIDE])
    start = low + near.rfind(b"\n", 0, at - low - 1) + 1
    head = _LINE.match(near, start - low)
    if not head or not head[0].endswith(b"\n"):
        return
    for cell in _CELLS:
        headings = [text for _, text in _cells(head[0], cell)]
        if len(headings) > 1 and all(map(_HEADING.fullmatch, headings)):
            below = bytes(data[low + head.end() : at + BYTES])
            yield from named(list(_pairs(below, low + head.end(), headings, cell, budget)))
            return


def _pairs(
    text: bytes, base: int, headings: Sequence[bytes], cell: re.Pattern[bytes], budget: Budget
) -> Iterator[Named]:
    """Yield heading, place and value of the cells below telling headings, while rows follow."""
    telling = [index for index, heading in enumerate(headings) if _TELLING.fullmatch(heading)]
    for line in _LINE.finditer(text) if telling else ():
        cells = _cells(line[0], cell)
        budget.spend(len(line[0]))
        if len(cells) != len(headings):
            return
        for index in telling:
            place, value = cells[index]
            if value:
                yield headings[index], base + line.start() + place, value


def _cells(line: bytes, cell: re.Pattern[bytes]) -> list[_Cell]:
    """Return the cells of a line without their quotes; none where it is not well formed."""
    cells: list[_Cell] = []
    at = 0
    while at < len(line):
        match = cell.match(line, at)
        if not match:
            return []
        group = match.lastindex or 3
        cells.append((match.start(group), match[group].rstrip(b" ")))
        at = match.end()
    return cells
