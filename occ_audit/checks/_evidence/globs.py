"""Glob and brace patterns as people write them in documents."""

from __future__ import annotations

import fnmatch
import re

_ALTERNATIVES = 64
_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d{1,9})\.\.(\d{1,9})|([A-Za-z])\.\.([A-Za-z])", re.ASCII)


def braces(pattern: str) -> list[str]:
    """Expand `{a,b}` and `{08..11}`; beyond a few dozen patterns braces stand for anything."""
    done: list[str] = []
    waiting = [pattern]
    while waiting and len(done) + len(waiting) <= _ALTERNATIVES:
        row = waiting.pop()
        match = _BRACES.search(row)
        if match:
            choices = _range(match[1]) or match[1].split(",")
            waiting += [row[: match.start()] + choice + row[match.end() :] for choice in choices]
        else:
            done.append(row)
    return done + [_BRACES.sub("*", row) for row in waiting]


def _range(text: str) -> list[str]:
    """Return what `8..11` or `a..c` stands for, numbers as wide as the shell makes them."""
    match = _RANGE.fullmatch(text)
    if match is None:
        return []
    if match[3]:
        low, high = sorted(map(ord, match.group(3, 4)))
        return list(map(chr, range(low, high + 1)))
    low, high = sorted(map(int, match.group(1, 2)))
    if high - low >= _ALTERNATIVES:
        return ["*"]
    width = max(map(len, match.group(1, 2))) if "0" in (match[1][0], match[2][0]) else 0
    return [f"{number:0{width}}" for number in range(low, high + 1)]


def match(pattern: list[str], parts: list[str]) -> bool:
    """Match part by part, so that `*` stays in its part; `**` stands for any parts, or none."""
    reached = {0}
    for row in pattern:
        if row == "**":
            reached = set(range(min(reached, default=len(parts) + 1), len(parts) + 1))
        else:
            fits = [fnmatch.fnmatchcase(part, row) for part in parts]
            reached = {at + 1 for at in reached if at < len(parts) and fits[at]}
        if not reached:
            return False
    return len(parts) in reached
