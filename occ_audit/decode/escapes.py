r"""Escapes in string literals: `\u0041`, `\u{41}`, `\x41`, `\101`, and JSON's `\/` and `\"`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import around, replaced, special_spelled, spelled

EXPRESSIONS = (rb"://[^\s\"'<>]{1,128}\\u00[0-9A-Fa-f]{2}", rb":\\/\\/[^\s\"'<>@]{1,128}@")
"""Within an address: the address of a database, mostly."""

_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
ESCAPE = re.compile(
    rb"\\+(?:u(?P<four>[0-9A-Fa-f]{4})(?:\\+u(?P<more>[dD][c-fC-F][0-9A-Fa-f]{2}))?"
    rb"|u\{(?P<braced>[0-9A-Fa-f]{1,6})\}|U(?P<eight>[0-9A-Fa-f]{8})"
    rb"|x(?P<two>[0-9A-Fa-f]{2})|(?P<octal>[0-3]?[0-7]{2})|(?P<one>[/\"'nrt\\]))"
)
_ONE = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def spellings(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Return literals spelled in escapes, wholly or where they are more than a word."""
    texts = [text for text in literals if len(text) > 2]
    for form, most in (
        (b"\\u%04x", 2),
        (b"\\\\u%04x", 2),
        (b"\\u{%x}", 2),
        (b"\\x%02x", 3),
        (b"\\%o", 3),
        (b"\\0%o", 3),
    ):
        yield from spelled(texts, form, most)
    yield from special_spelled(texts, b"\\u%04x", most=8)
    yield from (text.replace(b"/", rb"\/") for text in texts if b"/" in text)


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the line around a place without its escapes."""
    start, text = around(data, at, budget, line=True)
    yield from replaced(text, start, at, ESCAPE, unescaped)


def unescaped(match: re.Match[bytes]) -> bytes:
    """Return what an escape stands for."""
    if (one := match["one"]) is not None:
        return _ONE.get(one, one)
    if match["octal"]:
        return bytes([int(match["octal"], 8)])
    if match["two"]:
        return bytes([int(match["two"], 16)])
    code = int(match["four"] or match["braced"] or match["eight"], 16)
    if match["more"]:
        low = int(match["more"], 16)
        pair = code in _HIGH and low in _LOW
        return _utf8(0x10000 + ((code - 0xD800) << 10) + low - 0xDC00) if pair else _utf8(code)
    return _utf8(code)


def _utf8(code: int) -> bytes:
    return chr(code).encode("utf-8", "replace") if code < 0x110000 else b"?"
