"""Compares cited lines with what they said when the citing line was written."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

_LONGEST = 3_000
"""Files with more lines are searched for the same text only, not compared line by line."""


def drifted(then: bytes, now: bytes, first: int, last: int) -> str:
    """Say what became of lines `first` to `last`; empty where they say the same, or never did."""
    old, new = _lines(then), _lines(now)
    cited = old[first - 1 : last]
    if len(cited) != last - first + 1 or not any(cited):
        return ""
    if new[first - 1 : last] == cited:
        return ""
    places = _places(new, cited)
    if places:
        at = min(places, key=lambda place: abs(place - first))
        return f"it moved to {_range(at, at + len(cited) - 1)}"
    kept = _kept(old, new, first, last)
    if not kept:
        return "it is gone"
    return f"of it is left {_range(kept[0], kept[-1])}"


def _lines(data: bytes) -> list[bytes]:
    # Space is not what a line says: a formatter that aligns anew has changed nothing.
    return [b" ".join(line.split()) for line in data.split(b"\n")]


def _places(new: Sequence[bytes], cited: Sequence[bytes]) -> list[int]:
    """Return the line numbers where the same lines stand."""
    size = len(cited)
    return [
        at + 1
        for at, line in enumerate(new)
        if line == cited[0] and list(new[at : at + size]) == list(cited)
    ]


def _kept(old: list[bytes], new: list[bytes], first: int, last: int) -> list[int]:
    """Return the new numbers of those cited lines that are still there, blank ones aside."""
    if len(old) > _LONGEST or len(new) > _LONGEST:
        known = {line: at for at, line in enumerate(new, 1) if line}
        return sorted(known[line] for line in old[first - 1 : last] if line in known)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=True)
    return [
        block.b + offset + 1
        for block in matcher.get_matching_blocks()
        for offset in range(block.size)
        if first <= block.a + offset + 1 <= last and old[block.a + offset]
    ]


def _range(first: int, last: int) -> str:
    return f"line {first}" if first == last else f"lines {first}-{last}"
