"""Glob and brace patterns as people write them in documents."""

from __future__ import annotations

import fnmatch
import re

_ALTERNATIVES = 64


def braces(pattern: str) -> list[str]:
    """Expand `{a,b}`, at most to a few dozen patterns."""
    done: list[str] = []
    waiting = [pattern]
    while waiting and len(done) + len(waiting) <= _ALTERNATIVES:
        row = waiting.pop()
        match = re.search(r"\{([^{}]*)\}", row)
        if match:
            choices = match[1].split(",")
            waiting += [row[: match.start()] + choice + row[match.end() :] for choice in choices]
        else:
            done.append(row)
    return done


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
