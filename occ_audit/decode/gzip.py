"""Data compressed by gzip."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded, Left
from occ_audit.decode._packed import inflated

MAGIC = b"\x1f\x8b\x08"
TEXTS = (MAGIC,)


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
    """Yield the data if the content begins with it."""
    if at == len(MAGIC):
        yield from inflated(data, gzip.open, (zlib.error, OSError, EOFError), budget)
