"""Data compressed by bzip2."""

from __future__ import annotations

import bz2
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded, Left
from occ_audit.decode._packed import inflated

TEXTS = tuple(b"BZh%d1AY&SY" % level for level in range(1, 10))


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
    """Yield the data if the content begins with it."""
    if at == len(TEXTS[0]):
        yield from inflated(data, bz2.open, (OSError, EOFError, ValueError), budget)
