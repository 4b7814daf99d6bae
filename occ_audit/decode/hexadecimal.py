"""Hexadecimal digits: in one run, in pairs with something between, or as a list of numbers."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import AHEAD, BEHIND, readable

FEWEST = 8
"""Shorter runs are of no interest."""

_BETWEEN = (" ", ":", ", 0x", ",0x")
_PAIR = re.compile(rb"(?:0[xX])?([0-9A-Fa-f]{2})")
_DIGITS = re.compile(rb"[0-9A-Fa-f]+")
_SEPARATED = re.compile(
    rb"(?:0x)?[0-9a-f]{2}(?:(?:[ :,-]|,?\s{1,16})(?:0x)?[0-9a-f]{2}(?![0-9a-f])){3,}", re.IGNORECASE
)


def spellings(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Return the digits of literals, in either case."""
    for text in literals:
        digits = text.hex()
        yield from (digits.encode(), digits.upper().encode())
        if len(text) > 3:
            for form in (digits[:8], digits[:8].upper()):
                pairs = textwrap.wrap(form, 2)
                yield from (between.join(pairs).encode() for between in _BETWEEN)


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the bytes that the digits around a place stand for."""
    low = max(at - BEHIND, 0)
    text = bytes(data[low : at + AHEAD])
    budget.spend(len(text))
    for pattern in (_DIGITS, _SEPARATED):
        for match in pattern.finditer(text):
            if match.start() < at - low <= match.end() and match.end() - match.start() >= FEWEST:
                yield from _run(match, low, at)


def _run(match: re.Match[bytes], low: int, at: int) -> Iterator[Decoded]:
    """Yield what a run of digits says, in pairs counted from the place of the sign."""
    first, last = match.span()
    if match.re is _DIGITS:
        first += (at - low - first) % 2
    pairs = [pair.span(1) for pair in _PAIR.finditer(match.string, first, last)]
    out = bytes(int(match.string[start:end], 16) for start, end in pairs)
    if readable(out) < 0.5:
        return

    def place(begin: int, end: int) -> tuple[int, int]:
        return low + pairs[begin][0], low + pairs[max(end - 1, begin)][1]

    yield Decoded(out, low + match.start(), low + match.end(), place)
