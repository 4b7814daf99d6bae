"""What stands beside what in a text: on its line, in its entry, its paragraph or its section."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from occ_audit.checks._settle import Judged

LINE, ENTRY, PARAGRAPH, SECTION, APART = range(1, 6)
"""What a gap crosses at most: the end of a line, of an entry …; 0 is nothing of these."""
MOST_LINES = 200
BYTES_A_LINE = 200
"""A distance of so many lines is also one of so many times as many bytes."""
_ENDS = (
    (
        SECTION,
        re.compile(
            rb"\n(?:#{1,6}[ \t]|(?:-{3,}|={3,}|\*{3,})[ \t\r]*\n"
            rb"|[ \t]*\[[^\]\n]{1,80}\]+[ \t\r]*\n)"
        ),
    ),
    (
        PARAGRAPH,
        re.compile(
            rb"\n[ \t\r]*\n|\}[\s,;]{0,40}(?:[\"']?[\w.-]{1,60}[\"']?\s{0,4}[:=]\s{0,4})?\{"
        ),
    ),
    (
        ENTRY,
        re.compile(
            rb"\n[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]|\n[ \t]*[\"']?[\w.-]{1,60}[\"']?:[ \t\r]*\n|[{}]"
        ),
    ),
    (LINE, re.compile(rb"\n")),
)


def crossed(gap: bytes) -> int:
    """Return what lies between two places of a text, by the text between them."""
    return next((end for end, pattern in _ENDS if pattern.search(gap)), 0)


class Pair(NamedTuple):
    """One that looks for another, and the nearest of those."""

    seeker: Judged
    found: Judged
    crossed: int
    """What lies between them, at most."""


def pairs(seekers: Sequence[Judged], offers: Sequence[Judged], buffer: memoryview) -> list[Pair]:
    """Return for each seeker the one that stands nearest, if any is within its rule's distance.

    What shares a line is nearer than what shares an entry, a paragraph, a section. Of several
    there, the one before is taken if the stretch begins with one, as where each follows its name.
    """
    text = _Text([*seekers, *offers], buffer)
    offered = {id(one) for one in offers}
    found: dict[int, Pair] = {}
    for level in range(APART + 1):
        for unit in text.units(level):
            for seeker, other in _in_unit(unit, offered, text):
                found.setdefault(id(seeker), Pair(seeker, other, level))
    return [found[id(one)] for one in seekers if id(one) in found]


def _in_unit(
    unit: Sequence[Judged], offered: set[int], text: _Text
) -> Iterator[tuple[Judged, Judged]]:
    places = [place for place, one in enumerate(unit) if id(one) in offered]
    if not places or len(places) == len(unit):
        return
    names_first = places[0] == 0
    reached = 0
    for place, one in enumerate(unit):
        if reached < len(places) and places[reached] == place:
            reached += 1
            continue
        before = unit[places[reached - 1]] if reached else None
        after = unit[places[reached]] if reached < len(places) else None
        for other in (before, after) if names_first else (after, before):
            if other is not None and text.near(one, other):
                yield one, other
                break


class _Text:
    """Candidates in the order in which they stand, and what lies between neighbours."""

    def __init__(self, candidates: Sequence[Judged], buffer: memoryview) -> None:
        self._ordered = sorted(candidates, key=lambda one: one.span)
        self._crossed: list[int] = []
        self._lines: dict[int, int] = {}
        line = 0
        for one, other in itertools.pairwise((None, *self._ordered)):
            if one is not None and other is not None:
                gap = _gap(one, other, buffer)
                self._crossed.append(APART + 1 if gap is None else crossed(gap))
                line += MOST_LINES if gap is None else gap.count(b"\n")
            if other is not None:
                self._lines[id(other)] = line

    def units(self, level: int) -> Iterator[Sequence[Judged]]:
        """Yield the stretches in which no gap crosses more than `level`."""
        start = 0
        for place, gap in enumerate((*self._crossed, APART + 1), 1):
            if gap > level:
                if place - start > 1:
                    yield self._ordered[start:place]
                start = place

    def near(self, one: Judged, other: Judged) -> bool:
        """Say whether two stand within the distance that the rule of the first one allows."""
        lines = one.match.rule.within_lines
        first, last = sorted((one.span, other.span))
        apart = abs(self._lines[id(one)] - self._lines[id(other)])
        return apart <= lines and last[0] - first[1] <= lines * BYTES_A_LINE


def _gap(one: Judged, other: Judged, buffer: memoryview) -> bytes | None:
    """Return the text between two, or None where it is too long for them to be near."""
    start, end = one.span[1], other.span[0]
    return bytes(buffer[start:end]) if end - start <= MOST_LINES * BYTES_A_LINE else None
