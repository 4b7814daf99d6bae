"""Looks for rules only near what all of them share, with one gate for that and one for each rule.

Each gate that is looked for everywhere slows every scan. So where a few bytes say that none of
many rules can match, these are looked for alone, and the rules' own gates around them.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from occ_audit import cache
from occ_audit.matching.scanner import VERSION, Expression, Hit, Scanner, compiled, kept


class Shared(NamedTuple):
    """A gate that several rules share, and how to look for each of them near it."""

    name: str
    expressions: Sequence[bytes]
    """Every match of each rule holds a match of one of them."""
    rules: Sequence[Expression]
    """What is looked for near them; the ids are the rules' indexes."""
    before: int
    """A match of the rules begins at most so many bytes before the end of the shared gate's."""
    after: int
    """The rules' own gates end at most so many bytes after the end of the shared gate's."""


class Near:
    """The gates of rules that share one."""

    def __init__(self, shared: Shared, folder: Path | None) -> None:
        self.shared = shared
        self._scanner = scanner(shared.rules, shared.name, folder)

    def hits(self, buffer: memoryview, ends: Sequence[int]) -> set[Hit]:
        """Return the hits of the rules' gates around those of the shared one, in order of place.

        All windows are scanned as one text: each scan by itself would wait for Python's lock.
        What seems to go over from one window to the next is a hit more to confirm.
        """
        windows = list(self._windows(ends, buffer.nbytes))
        text = b"\n".join(buffer[low:high] for low, high in windows)
        lengths = (high - low + 1 for low, high in windows)
        starts = [0, *itertools.accumulate(lengths)]
        found = set()
        for index, end in self._scanner.hits(memoryview(text)):
            number = max(bisect.bisect_left(starts, end) - 1, 0)
            low, high = windows[number]
            found.add((index, min(low + end - starts[number], high)))
        return found

    def _windows(self, ends: Sequence[int], size: int) -> Iterator[tuple[int, int]]:
        """Yield the stretches in which the rules may match, without overlap."""
        before, after = self.shared.before, self.shared.after
        low = high = 0
        for end in ends:
            if end - before > high:
                if high:
                    yield low, high
                low = end - before
            high = min(end + after, size)
        if high:
            yield low, high


def scanner(expressions: Sequence[Expression], kind: str, folder: Path | None) -> Scanner:
    """Return what looks for these expressions, compiled once for each set of them."""
    if not expressions:
        return Scanner(lambda: None)
    parts = (b"%d %d %b" % (one.id, one.prefilter, one.pattern) for one in expressions)
    file = folder / f"{kind}-{cache.key([VERSION, *parts])}.hs" if folder else None
    return Scanner(kept(file, lambda: compiled(expressions)))
