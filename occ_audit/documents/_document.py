"""What a document gives: candidates, headings, front matter, and where an offset lies."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from occ_audit.model import Reference

MOST_CANDIDATES = 200_000
"""What a text of some 25 MB holds; a document that would take all memory is cut off here."""

_EXCERPT = 160


class Candidate(NamedTuple):
    """A piece of a document that may refer to something, and what its shape alone says."""

    text: str
    """As a reader sees it, without the marks of the markup."""
    start: int
    end: int
    """Byte offsets in the document, end exclusive."""
    container: str
    """As in `Reference.container`."""
    reference: Reference | None = None
    """Set when the shape is that of a reference."""
    reason: str = ""
    """Why it is none; empty when `reference` is set."""

    def moved(self, start: int, end: int) -> Candidate:
        """Return the same candidate at another place."""
        moved = self.reference and self.reference._replace(start=start, end=end)
        return self._replace(start=start, end=end, reference=moved)


class Heading(NamedTuple):
    """A heading; its section ends where the next heading of any level begins."""

    level: int
    title: str
    start: int


class Field(NamedTuple):
    """A top-level scalar of the front matter, raw: `2025-13-40` and `2025.10` stay as written."""

    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Document:
    """A parsed document; candidates and headings are in the order of their offsets."""

    data: bytes
    candidates: tuple[Candidate, ...] = ()
    headings: tuple[Heading, ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    code: tuple[tuple[int, int], ...] = ()
    """Byte ranges of code blocks and comments, in order."""

    @property
    def complete(self) -> bool:
        """Whether all candidates were kept: the number of a document's candidates is bounded."""
        return len(self.candidates) < MOST_CANDIDATES

    @property
    def references(self) -> Iterator[Reference]:
        """The candidates that have the shape of a reference."""
        return (row.reference for row in self.candidates if row.reference)

    def section(self, offset: int) -> tuple[int, int]:
        """Return the byte range of the section that `offset` lies in."""
        index = bisect_right(self._heading_starts, offset)
        start = self._heading_starts[index - 1] if index else 0
        following = self._heading_starts[index : index + 1]
        return start, following[0] if following else len(self.data)

    def just_before(self, offset: int, most: int) -> Iterator[Candidate]:
        """Yield the candidates before `offset` in its section, nearest first, at most so many."""
        start, _ = self.section(offset)
        last = bisect_left(self._candidate_starts, offset)
        for row in reversed(self.candidates[max(last - most, 0) : last]):
            if row.start >= start:
                yield row

    def neighbours(self, reference: Reference) -> tuple[Candidate | None, Candidate | None]:
        """Return the candidates before and after a reference, in its section or not."""
        place = bisect_left(self._candidate_starts, reference.start)
        after = self.candidates[place + 1] if place + 1 < len(self.candidates) else None
        return self.candidates[place - 1] if place else None, after

    @cached_property
    def _heading_starts(self) -> list[int]:
        return [row.start for row in self.headings]

    @cached_property
    def _candidate_starts(self) -> list[int]:
        return [row.start for row in self.candidates]


def text_of(data: bytes) -> str:
    """Decode to a text whose UTF-8 form has the same offsets: each bad byte becomes one `?`."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        lossless = data.decode("utf-8", "surrogateescape")
        return "".join("?" if "\udc80" <= char <= "\udcff" else char for char in lossless)


class Places:
    """Turns byte offsets into lines and columns (both from 1, columns in characters).

    Asked in ascending order it stays linear even where one line holds the whole document.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._starts = [0]
        position = data.find(b"\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = data.find(b"\n", position + 1)
        if data.startswith(b"\xef\xbb\xbf"):
            self._starts[0] = 3  # no editor counts a byte order mark as a character
        self._last = (self._starts[0], 1)

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of a byte offset."""
        line = max(bisect_right(self._starts, offset), 1)
        start = self._starts[line - 1]
        known, column = self._last
        if not start <= known <= offset:
            known, column = start, 1
        column += len(self._data[known:offset].decode("utf-8", "surrogateescape"))
        self._last = (max(known, offset), column)
        return line, column

    def excerpt(self, start: int, end: int) -> str:
        """Return the line around a byte range, cut to about 160 characters."""
        line = bisect_right(self._starts, start)
        first = max(self._starts[max(line, 1) - 1], start - 4 * _EXCERPT)
        last = self._starts[line] if line < len(self._starts) else len(self._data)
        before = self._data[first:start].decode("utf-8", "replace").lstrip()
        after = self._data[start : min(last, end + 4 * _EXCERPT)].decode("utf-8", "replace")
        room = _EXCERPT // 2
        cut_before = "…" + before[-room:] if len(before) > room else before
        rest = _EXCERPT - len(cut_before)
        after = after.rstrip()
        return cut_before + (after[:rest] + "…" if len(after) > rest else after)


class Offsets:
    """Byte offsets of ascending character positions, in one pass over the text."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._known = (0, start)

    def at(self, position: int) -> int:
        known, offset = self._known
        if position < known:
            return offset - len(self._text[position:known].encode())
        self._known = (position, offset + len(self._text[known:position].encode()))
        return self._known[1]
