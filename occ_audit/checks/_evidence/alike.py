"""Finds, among many names, the one that was probably meant."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections.abc import Iterable

_ALIKE = 0.8


class Names:
    """Names that are asked again and again which of them is most like another one."""

    def __init__(self, names: Iterable[str]) -> None:
        self._forward = sorted(names)
        self._backward = sorted(name[::-1] for name in self._forward)

    def closest(self, name: str) -> str:
        """Return a name that is at least four fifths the same, or nothing.

        Only those that begin or end most like it are compared: that takes no time for each pair.
        """
        near = [*_neighbours(self._forward, name)]
        near += (row[::-1] for row in _neighbours(self._backward, name[::-1]))
        best = max(near, key=lambda row: _shared(name, row), default="")
        if _shared(name, best) >= _ALIKE:
            return best
        return next(iter(difflib.get_close_matches(name, near, 1, _ALIKE)), "")


def _neighbours(names: list[str], name: str) -> list[str]:
    """Return the two names that `name` would stand between: none begins more like it."""
    at = bisect_left(names, name)
    return names[max(at - 1, 0) : at + 1]


def _shared(first: str, second: str) -> float:
    """Return which part of two names their common beginning and end make up."""
    head = _same(first, second)
    tail = _same(first[head:][::-1], second[head:][::-1])
    return 2 * (head + tail) / (len(first) + len(second))


def _same(first: str, second: str) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(first), len(second)))
