"""Jupyter notebooks: the Markdown cells, with places in the notebook's own JSON."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator

from occ_audit.documents import markdown
from occ_audit.documents._document import MOST_CANDIDATES, Candidate, Document, Heading

SUFFIXES = (".ipynb",)

_STRING = re.compile(rb'"((?:[^"\\]|\\.)*+)"')
_UNIT = re.compile(rb"\\u[dD][89abAB]..\\u....|\\u....|\\.", re.DOTALL)


def parse(data: bytes, *, transcripts: bool = False) -> Document:
    """Return the candidates of all Markdown cells; a file that is no notebook has none."""
    strings = _STRING.finditer(data)
    candidates: list[Candidate] = []
    headings: list[Heading] = []
    for cell in _markdown_cells(data):
        places = _Places()
        for line in cell:
            places.add(line, next((m for m in strings if _says(m[1], line)), None))
        part = markdown.parse("".join(cell).encode("utf-8", "replace"), transcripts=transcripts)
        candidates += [
            row.moved(places.raw(row.start), places.raw(row.end)) for row in part.candidates
        ]
        headings += [Heading(h.level, h.title, places.raw(h.start)) for h in part.headings]
    return Document(data, tuple(candidates[:MOST_CANDIDATES]), tuple(headings))


def _markdown_cells(data: bytes) -> Iterator[list[str]]:
    try:
        cells = json.loads(data).get("cells", [])
    except (ValueError, AttributeError, RecursionError):
        return
    for cell in cells if isinstance(cells, list) else []:
        if isinstance(cell, dict) and cell.get("cell_type") == "markdown":
            source = cell.get("source", "")
            lines = source if isinstance(source, list) else [source]
            yield [line for line in lines if isinstance(line, str)]


def _says(raw: bytes, line: str) -> bool:
    try:
        return bool(json.loads(b'"' + raw + b'"', strict=False) == line)
    except ValueError:
        return False


class _Places:
    """Maps offsets in a cell's text to offsets in the notebook, where escapes take more room."""

    def __init__(self) -> None:
        self._text = [0]
        self._raw = [0]
        self._size = 0

    def add(self, line: str, string: re.Match[bytes] | None) -> None:
        size = len(line.encode("utf-8", "replace"))
        if string is not None:
            text, raw = self._size, string.start(1)
            self._point(text, raw)
            done = 0
            for unit in _UNIT.finditer(string[1]):
                text += unit.start() - done
                decoded = json.loads(b'"' + unit.group() + b'"')
                text += len(decoded.encode("utf-8", "replace"))
                done = unit.end()
                self._point(text, raw + done)
        self._size += size

    def raw(self, offset: int) -> int:
        """Return where a byte of the cell's text is written in the notebook."""
        index = bisect_right(self._text, offset) - 1
        return self._raw[index] + offset - self._text[index]

    def _point(self, text: int, raw: int) -> None:
        self._text.append(text)
        self._raw.append(raw)
