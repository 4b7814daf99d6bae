"""Data compressed by xz."""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Iterator

from occ_audit.decode import Budget, Decoded, Left
from occ_audit.decode._packed import inflated

MAGIC = b"\xfd7zXZ\0"


def signs(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Return how such data begins."""
    yield rb"\xfd7zXZ\x00"


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
    """Yield the data if the content begins with it."""
    if at == len(MAGIC) and data[:at] == MAGIC:
        yield from inflated(data, lzma.open, (lzma.LZMAError, OSError, EOFError), budget)
