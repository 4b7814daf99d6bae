"""Proof against samples: a token's random part is not a run, a count-up or words in a row.

It looks at the pattern's group `body`, or at the whole secret where there is none.
"""

from __future__ import annotations

import re
from collections import Counter

from occ_audit.validators import Candidate, Verdict

SHORTEST = 12
"""Below this length the statistics say nothing."""
_RUNS = (
    b"0123456789abcdefghijklmnopqrstuvwxyz",
    b"abcdefghijklmnopqrstuvwxyz0123456789",
    b"1234567890abcdefghijklmnopqrstuvwxyz",
    b"abcdefabcdef",
    b"01234567890123456789",
    b"12345678901234567890",
    b"qwertyuiopasdfghjklzxcvbnm",
)
_LONGEST_RUN = 7
"""Seven characters in a row of a count-up: once in millions of random tokens."""
_WORDS = re.compile(
    rb"(?i)example|sample|dummy|placeholder|redacted|changeme|your|here|secret|token|password|insert|"
    rb"fake|foobar|xxxx|test"
)
_MOST_WORDS = 2
"""Two such words, or one of at least six letters, do not come up in a random body."""


def check(candidate: Candidate) -> Verdict:
    """Drop a candidate whose body nobody's random generator has made."""
    body = candidate.groups.get("body") or candidate.secret
    if len(body) < SHORTEST:
        return Verdict()
    reason = _repeated(body) or _counted(body) or _worded(body)
    return Verdict(keep=not reason, reason=reason)


def _repeated(body: bytes) -> str:
    """Too few different characters, or a short piece said again and again."""
    counts = Counter(body)
    if counts.most_common(1)[0][1] > max(len(body) // 2, 6) or len(counts) < 6:
        return "the same few characters repeat, so it is a sample"
    shortest = len(body) // 3
    if any(body[step:] == body[:-step] for step in range(1, shortest + 1)):
        return "one short piece repeats, so it is a sample"
    return ""


def _counted(body: bytes) -> str:
    lower, covered, at = body.lower(), 0, 0
    while at < len(lower):
        size = max(
            _common(lower[at:], run[start:]) for run in _RUNS for start in _starts(run, lower[at])
        )
        covered += size if size >= _LONGEST_RUN else 0
        at += max(size if size >= _LONGEST_RUN else 1, 1)
    return "it counts up, so it is a sample" if covered * 2 >= len(body) else ""


def _starts(run: bytes, first: int) -> list[int]:
    return [index for index, byte in enumerate(run) if byte == first] or [len(run)]


def _common(left: bytes, right: bytes) -> int:
    for size, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return size
    return min(len(left), len(right))


def _worded(body: bytes) -> str:
    found = [word.lower() for word in _WORDS.findall(body)]
    if len(found) >= _MOST_WORDS or any(len(word) >= 6 for word in found):
        return "it is made of words, so it is a sample"
    return ""
