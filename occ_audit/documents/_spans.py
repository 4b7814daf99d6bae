"""What a code span holds: one path or command, a list of files, or a file and its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from occ_audit.documents import _line_numbers, _shapes
from occ_audit.documents._document import Candidate, Offsets
from occ_audit.documents._names import EXTENSIONS, known_file_name

_PATH = re.compile(r"[^\s,;|\\(){}]+")
_SEPARATOR = re.compile(r"\s*[,;]\s*(?:(?:and|or|&)\s+)?|\s*\\?\|\s*|\s+(?:and|or|[&+/])\s+|$")


class _Piece(NamedTuple):
    """One file of several, or with its lines, and where it stands in the source."""

    path: str
    start: int
    end: int
    lines: _line_numbers.Lines | None


def spans(text: str, source: str, start: int, behind: str = "") -> Iterator[Candidate]:
    """Judge what stands between back-ticks, which `source` writes in the document.

    `behind` is what follows the code span, as far as it may tell of lines.
    """
    pieces = _pieces(source) if text == source or "|" in text else []
    if not pieces:
        whole = _shapes.span(text, start, start + len(source.encode()), "codespan")
        yield _shapes.with_lines(whole, _line_numbers.behind(behind))
    offsets = Offsets(source, start)
    for path, low, high, lines in pieces:
        row = _shapes.span(path, offsets.at(low), offsets.at(high), "codespan")
        yield _shapes.with_lines(row, lines)


def _pieces(source: str) -> list[_Piece]:
    """Return the files that a code span lists, or the one whose lines it says; else nothing."""
    if len(source) > _shapes.LONGEST or not re.search(r"[\s,;|]", source):
        return []
    found: list[_Piece] = []
    at = 0
    while at < len(source):
        path = _PATH.match(source, at)
        if path is None or not (_is_file(path.group()) or (found and _is_suffix(path.group()))):
            return []
        end, lines = _line_numbers.after_a_file(source, path.end()) or (path.end(), None)
        separator = _SEPARATOR.match(source, end)
        if separator is None:
            return []
        found.append(_Piece(path.group(), *path.span(), lines))
        at = separator.end()
    return found if len(found) > 1 or found[0].lines else []


def _is_file(piece: str) -> bool:
    path = _line_numbers.without_lines(piece)
    return known_file_name(path) or (path.endswith("/") and not path.startswith("/"))


def _is_suffix(piece: str) -> bool:
    """Say whether a piece is `.json`, which stands for the file before with another suffix."""
    return piece.startswith(".") and piece[1:] in EXTENSIONS
