"""Data compressed by bzip2."""

from __future__ import annotations

import bz2
from collections.abc import Iterable, Iterator

from occ_audit.decode import Budget, Decoded, Left
from occ_audit.decode._packed import inflated

MAGIC = b"BZh"


def signs(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Return how such data begins."""
    yield b"BZh[1-9]1AY&SY"


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
    """Yield the data if the content begins with it."""
    if at == 10 and data[:3] == MAGIC:
        yield from inflated(data, bz2.open, (OSError, EOFError, ValueError), budget)
