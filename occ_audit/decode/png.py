"""The text chunks of PNG images."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from occ_audit.decode import MEMBER_BYTES, Budget, Decoded

MAGIC = b"\x89PNG\r\n\x1a\n"
TEXTS = (MAGIC,)
_HEAD, _SUM = 8, 4


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield each text with its keyword."""
    if at != len(MAGIC):
        return
    while at + _HEAD <= data.nbytes:
        size, kind = struct.unpack_from(">I4s", data, at)
        end = at + _HEAD + size
        if kind in (b"tEXt", b"zTXt", b"iTXt") and end <= data.nbytes:
            budget.member()
            keyword, _, body = bytes(data[at + _HEAD : end]).partition(b"\0")
            text = _text(kind, body, budget)
            yield Decoded(keyword + b": " + text, at, end, shown=True)
        at = end + _SUM


def _text(kind: bytes, body: bytes, budget: Budget) -> bytes:
    if kind == b"tEXt":
        return body
    if kind == b"zTXt":
        return _inflated(body[1:], budget)
    compressed = body[:1] == b"\x01"
    text = body[2:].split(b"\0", 2)[-1]
    return _inflated(text, budget) if compressed else text


def _inflated(data: bytes, budget: Budget) -> bytes:
    try:
        text = zlib.decompressobj().decompress(data, min(MEMBER_BYTES, max(budget.bytes, 1)))
    except zlib.error:
        return b""
    budget.spend(len(text))
    return text
