"""Quoted-printable, as in mail: `=3D` for a byte, and `=` at the end of a line that goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import around, names_before, replaced, special_spelled, spelled

EXPRESSIONS = (rb"^[^\r\n]{58,70}[0-9A-Za-z_:/@.-]{5}=\r?\n[0-9A-Za-z_:/@.-]{2}",)
"""A word that a line end cuts, where a line is about as long as a mail's lines may be."""

# A line goes on only where it is long enough: base64 ends in `=`, too.
_ESCAPE = re.compile(rb"=(?:([0-9A-F]{2})|(?<=[^\n]{64}=)\r?\n)")


def spellings(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Return literals spelled so, and names before `=3D`."""
    texts = [text for text in literals if len(text) > 2]
    yield from spelled(texts, b"=%02X")
    yield from special_spelled(texts, b"=%02X")
    yield from names_before(b"=3D")


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the text around a place, decoded, its lines joined again."""
    start, text = around(data, at, budget)
    yield from replaced(text, start, at, _ESCAPE, _byte)


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)]) if match[1] else b""
