"""Data compressed by xz."""

from __future__ import annotations

import lzma
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded, Left
from occ_audit.decode._packed import inflated

MAGIC = b"\xfd7zXZ"
TEXTS = (MAGIC,)


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
    """Yield the data if the content begins with it."""
    if at == len(MAGIC):
        yield from inflated(data, lzma.open, (lzma.LZMAError, OSError, EOFError), budget)
