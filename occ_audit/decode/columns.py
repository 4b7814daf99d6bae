"""Rows that commas, tabs, bars or blanks divide: values under a column named after a secret."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from occ_audit.decode import Budget, Decoded, Left
from occ_audit.decode._text import Named, named

LAYOUT = True
_NAMES = (
    *("password", "passwd", "passphrase", "pwd", "pw", "secret", "token", "apikey"),
    *("_key", "-key", " key", "passwort", "kennwort", "senha", "wachtwoord", "contraseña"),
)
_CASED = {case(name).encode() for name in _NAMES for case in (str.upper, str.title)}
_WRITTEN = _CASED.union(map(str.encode, _NAMES))
_BAR = b"|"
_BETWEEN = (b",", b";", b"\t", _BAR)
_ENDS = tuple(mark + end for mark in (b"", b'"', _BAR) for end in (b"\n", b"\r\n"))
TEXTS = tuple(
    map(
        b"".join,
        (
            *itertools.product(_WRITTEN, _BETWEEN, map(str.encode, string.ascii_letters)),
            *itertools.product(_WRITTEN, (b'"',), _BETWEEN, (b'"',)),
            *itertools.product(_CASED, (b"  ",)),
            *itertools.product((*_BETWEEN, b"_", b" "), (b"", b'"'), _WRITTEN, _ENDS),
        ),
    )
)
"""A heading among others, without the blank that code has there, and one that ends its line."""
WIDE, BYTES, FAR = 1024, 2**18, 2**24
"""So far a line of headings reaches; so much below it is read at once, and so much in all."""

_PASSWORD = (
    rb"pass(?:w(?:or)?d|phrase|wort)?|pwd|pw|kennwort|senha|wachtwoord|contrase\xc3\xb1a|token"
)
_KEY = rb"secret|(?:api|access|secret|private|service|signing|encryption)[ _-]?key"
_VALUE = rb"s?(?:[ _-]?(?:value|plain|\d))?"
_TELLING = re.compile(rb"(?i)(?:[\w ]*[ _-])?(?:%b|%b)%b" % (_PASSWORD, _KEY, _VALUE))
_TELLING_WORDS = re.compile(rb"(?i)(?:[a-z ]*[ -])?(?:%b)%b" % (_PASSWORD, _VALUE))
"""Between blanks a secret is as often the name of one, and a name in capitals part of a list."""
_HEADING = re.compile(rb"[A-Za-z][\w .\-/#\x80-\xff]{0,39}(?:\([\w .\-/]{1,20}\))?")
# Possessive, for a row may be long and end in what no row ends in.
_LINE = re.compile(rb"[^\r\n]*+(?:\r?\n|\r|\Z)")
_CELLS = [
    re.compile(
        rb"[ ]*+(?:\"([^\"\r\n]*+)\"|'([^'%b\r\n]*+)'|([^\"%b\r\n]*+))[ ]*+(?:%b|\r?\n|\Z)"
        % (mark, mark, mark)
    )
    for mark in map(re.escape, _BETWEEN)
]
_WORDS = re.compile(rb"[ ]*+([^\s]++(?:[ ][^\s]++)*+)[ ]*+(?:(?<=[ ]{2})|\r?\n|\Z)")
"""A cell that two blanks or more divide from the next."""
_Cell = tuple[int, bytes]
"""Where its text begins, and the text."""


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
    """Yield `heading: value` for each value under a telling heading, a line each."""
    low = max(at - WIDE, 0)
    near = bytes(data[low : at + WIDE])
    start = low + near.rfind(b"\n", 0, at - low - 1) + 1
    head = _LINE.match(near, start - low)
    if not head or not head[0].endswith(b"\n"):
        return
    titles = head[0].isupper() or head[0].istitle()
    for cell in (*_CELLS, _WORDS) if titles else _CELLS:
        headings = [text for _, text in _cells(head[0], cell)]
        inner = headings[1:-1] if head[0].startswith(_BAR) else headings
        if len(headings) > 1 and all(map(_HEADING.fullmatch, inner)):
            tells = (_TELLING_WORDS if cell is _WORDS else _TELLING).fullmatch
            telling = {index: name for index, name in enumerate(headings) if tells(name)}
            if telling:
                columns = _Columns(len(headings), telling, cell)
                yield from _table(data, low + head.end(), columns, budget)
            return


class _Columns(NamedTuple):
    """What the line of headings says of the rows below."""

    width: int
    telling: Mapping[int, bytes]
    cell: re.Pattern[bytes]


def _table(
    data: memoryview, start: int, columns: _Columns, budget: Budget
) -> Iterator[Decoded | Left]:
    """Yield the values below telling headings, a block of rows at a time, while rows follow."""
    at = start
    while at < len(data):
        if at - start >= FAR:
            yield Left("", f"a table goes on more than {FAR:,} bytes below its headings")
            return
        block = bytes(data[at : at + BYTES])
        if at + BYTES < len(data):
            block = block[: block.rfind(b"\n") + 1] or block
        budget.spend(len(block))
        rows = list(_rows(block, columns))
        yield from named([pair for row in rows for pair in _pairs(row, at, columns)])
        if sum(len(text) for _, text, _ in rows) < len(block):
            return
        at += len(block)


_Row = tuple[int, bytes, list[_Cell]]
"""Where a line begins in its block, the line, and its cells."""


def _rows(block: bytes, columns: _Columns) -> Iterator[_Row]:
    for line in _LINE.finditer(block):
        cells = _cells(line[0], columns.cell)
        if len(cells) != columns.width:
            return
        yield line.start(), line[0], cells


def _pairs(row: _Row, base: int, columns: _Columns) -> Iterator[Named]:
    """Yield heading, place and value of the cells below telling headings."""
    start, _, cells = row
    for index, heading in columns.telling.items():
        place, value = cells[index]
        if value and not (columns.cell is _WORDS and value.isalpha()):
            yield heading, base + start + place, value


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
