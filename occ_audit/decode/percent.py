"""Percent-encoding, as in addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import around, names_before, replaced, special_spelled, spelled

_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


def spellings(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Return literals with every byte encoded, or only what is no letter or digit."""
    texts = list(literals)
    yield from spelled(texts, b"%%%02x")
    yield from special_spelled(texts, b"%%%02x")
    yield from names_before(b"%3d", b"%3D")


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the line around a place, decoded once."""
    start, text = around(data, at, budget, line=True)
    yield from replaced(text, start, at, _ESCAPE, lambda match: bytes([int(match[1], 16)]))
