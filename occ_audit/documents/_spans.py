"""What a code span holds: one path or command, a list of files, or a file and its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from occ_audit.documents import _shapes
from occ_audit.documents._document import Candidate, Offsets
from occ_audit.documents._names import EXTENSIONS, known_file_name
from occ_audit.model import ReferenceKind

BEHIND = 24
"""So many characters behind a code span are asked for lines of the file in it."""

_PIECE = re.compile(
    r"(?P<path>[^\s,;|\\(){}]+)"
    r"(?:,?\s+\(?(?:[Ll]ines?\s+|L)(?P<first>\d{1,7})"
    r"(?:\s?(?:[-\u2013]|to)\s?L?(?P<last>\d{1,7}))?\)?(?![^\s,;|\\]))?"
)
_SEPARATOR = re.compile(r"\s*[,;]\s*(?:(?:and|or|&)\s+)?|\s*\\?\|\s*|\s+(?:and|or|[&+/])\s+")
_BEHIND = re.compile(r",?\s?\(?(?:#?L|(?<![\s,]):)(\d{1,7})(?:[-\u2013]L?(\d{1,7}))?\)?(?![:.]?\w)")
"""Lines behind a code span, as in "`a.py`:3-7" and "`a.py` (L3)"; words say them elsewhere."""


class _Piece(NamedTuple):
    """One file of several, or with its lines, and where it stands in the source."""

    text: str
    start: int
    end: int
    path: str
    """With the lines as they are written behind a path: `a.py:3-7`."""


def spans(text: str, source: str, start: int, behind: str = "") -> Iterator[Candidate]:
    """Judge what stands between back-ticks, which `source` writes in the document.

    `behind` is what follows the code span, as far as it may tell of lines.
    """
    pieces = _pieces(source) if text == source or "|" in text else []
    if not pieces:
        whole = _shapes.span(text, start, start + len(source.encode()), "codespan")
        yield _with_lines_behind(whole, behind)
        return
    offsets = Offsets(source, start)
    for piece in pieces:
        low, high = offsets.at(piece.start), offsets.at(piece.end)
        row = _shapes.span(piece.path, low, high, "codespan")
        reference = row.reference and row.reference._replace(text=piece.text)
        yield row._replace(text=piece.text, reference=reference)


def _pieces(source: str) -> list[_Piece]:
    """Return the files that a code span lists, or the one whose lines it says; else nothing."""
    if len(source) > _shapes.LONGEST or not re.search(r"[\s,;|]", source):
        return []
    found: list[_Piece] = []
    at, separator = 0, None
    while match := _PIECE.match(source, at):
        if not (_is_file(match["path"]) or (found and _is_suffix(match["path"]))):
            return []
        lines = match["first"] and "-".join(filter(None, match.group("first", "last")))
        path = f"{match['path']}:{lines}" if lines else match["path"]
        found.append(_Piece(match.group(), *match.span(), path))
        separator = _SEPARATOR.match(source, match.end())
        if separator is None:
            at = match.end()
            break
        at = separator.end()
    several = len(found) > 1 or any(row.path != row.text for row in found)
    return found if several and at == len(source) and separator is None else []


def _is_file(piece: str) -> bool:
    path = _shapes.without_lines(piece)
    return known_file_name(path) or (path.endswith("/") and not path.startswith("/"))


def _is_suffix(piece: str) -> bool:
    """Say whether a piece is `.json`, which stands for the file before with another suffix."""
    return piece.startswith(".") and piece[1:] in EXTENSIONS


def _with_lines_behind(row: Candidate, behind: str) -> Candidate:
    reference, match = row.reference, _BEHIND.match(behind)
    if match is None or reference is None or reference.lines or reference.anchor:
        return row
    if reference.kind not in (ReferenceKind.FILE, ReferenceKind.BARE_NAME):
        return row
    first = int(match[1])
    return row._replace(reference=reference._replace(lines=(first, int(match[2] or first))))
