"""Quoted-printable, as in mail: `=3D` for a byte, and `=` at the end of a line that goes on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import around, replaced, special_spelled, spelled

# A line goes on only where it is about as long as a mail's lines may be: base64 ends in `=`, too.
_ESCAPE = re.compile(rb"=(?:([0-9A-F]{2})|(?<=[^\n]{64}=)\r?\n)")


def signs(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Return literals spelled so, names before `=3D`, and words that a line end cuts."""
    texts = [text for text in literals if len(text) > 2]
    yield from spelled(texts, b"=%02X".__mod__)
    yield from special_spelled(texts, b"=%02X".__mod__)
    yield rb"(?i:pass(?:word|wd)?|secret|token|key)=3D"
    yield rb"[0-9A-Za-z_:/@.-]{5}=\r?\n[0-9A-Za-z_:/@.-]{2}"


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the text around a place, decoded, its lines joined again."""
    start, text = around(data, at, budget)
    yield from replaced(text, start, at, _ESCAPE, _byte)


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)]) if match[1] else b""
