"""Data compressed by xz, or by lzma in its older container."""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Iterator

from occ_audit.decode import Budget, Decoded, Left
from occ_audit.decode._packed import inflated

MAGICS = (b"\xfd7zXZ\0", b"\x5d\0\0")


def signs(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Return how such data begins."""
    yield rb"\xfd7zXZ\x00"
    yield rb"\x5d\x00\x00[\x00-\x80][\x00-\x10](?:\xff{8}|[\x00-\xff]{3}\x00{5})"


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
    """Yield the data if the content begins with it."""
    if bytes(data[:6]).startswith(MAGICS):
        yield from inflated(data, lzma.open, (lzma.LZMAError, OSError, EOFError), budget)
