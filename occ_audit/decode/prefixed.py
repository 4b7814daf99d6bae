"""Keys whose lines all begin alike, as a log, a patch, a comment or a quotation has them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import around, replaced

LAYOUT = True
_BEGIN, _END = b"-----BEGIN ", b"-----END "
TEXTS = (_BEGIN,)
_LONGEST = 120
_NUMBER = re.compile(rb"[0-9]+")


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield a key without what stands before it on each of its lines: a mark, a name or a time."""
    low, text = around(data, at, budget)
    begin = text.rfind(_BEGIN, 0, at - low)
    line = text.rfind(b"\n", 0, max(begin, 0)) + 1
    prefix = text[line:begin]
    end = text.find(_END, begin)
    if begin < 0 or not prefix.strip() or len(prefix) > _LONGEST:
        return
    key = text[line : text.find(b"\n", end) if end >= 0 else None]
    alike = re.compile(b"(?m)^" + b"[0-9]+".join(map(re.escape, _NUMBER.split(prefix))))
    if alike.match(key, key.find(b"\n") + 1):
        yield from replaced(key, low + line, at, alike, lambda match: b"", whole=True)
