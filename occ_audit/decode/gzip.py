"""Data compressed by gzip."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator

from occ_audit.decode import Budget, Decoded, Left
from occ_audit.decode._packed import inflated

MAGIC = b"\x1f\x8b\x08"


def signs(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Return how such data begins."""
    yield rb"\x1f\x8b\x08[\x00-\x1f]"


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
    """Yield the data if the content begins with it."""
    if at == 4 and data[:3] == MAGIC:
        yield from inflated(data, gzip.open, (zlib.error, OSError, EOFError), budget)
