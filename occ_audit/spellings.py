"""The ways in which one secret can stand in a text: plain, escaped, encoded, line by line."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Iterator

_LONG_ENOUGH = 8
"""Shorter lines of a secret, and shorter secrets in base64, could be anything."""

_EXPANDED = 512
"""Of longer secrets, byte by byte encodings are too long to stand in a report."""
_BYTE_BY_BYTE = (
    *("%02x", "%02X", "%%%02x", "%%%02X", "=%02X", "&#%d;", "&#x%x;", "&#x%X;"),
    *(r"\x%02x", r"\x%02X", r"\u%04x", r"\u%04X", r"\%03o"),
)
_ARMOUR = re.compile(r"-----[ A-Z0-9]+-----")
_LINE_END = re.compile(r"\r\n|\r|\n|\\r\\n|\\n")


def spellings(secret: bytes) -> Iterator[str]:
    """Yield the ways in which a secret may stand in a text, also line by line; some repeatedly."""
    for text in _decoded(secret):
        yield text
        yield from _escaped(text)
        lines = [line.strip() for line in _LINE_END.split(text)]
        if len(lines) > 1:
            for line in lines:
                if len(line) >= _LONG_ENOUGH and not _ARMOUR.fullmatch(line):
                    yield line
                    yield from _escaped(line)
    for safe in ("", "/", "/:@?&=+$,;~!*'()"):
        quoted = urllib.parse.quote(secret, safe=safe)
        yield from (quoted, _lower_percent(quoted))
    yield urllib.parse.quote_plus(secret)
    yield repr(secret)[2:-1]
    if len(secret) >= _LONG_ENOUGH:
        for code in _base64(secret):
            yield code
            yield from _base64(code.encode("ascii"))
    if _LONG_ENOUGH <= len(secret) <= _EXPANDED:
        yield from ("".join(letter % byte for byte in secret) for letter in _BYTE_BY_BYTE)


def _decoded(secret: bytes) -> set[str]:
    return {
        secret.decode("utf-8", errors)
        for errors in ("surrogateescape", "replace", "backslashreplace")
    }


def _escaped(text: str) -> Iterator[str]:
    import html  # most runs find nothing to mask

    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield repr(text)[1:-1]
    yield html.escape(text)
    yield html.escape(text, quote=False)
    yield html.escape(text).replace("&#x27;", "&#39;")


def _lower_percent(quoted: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quoted)


def _base64(secret: bytes) -> Iterator[str]:
    """Yield the characters of base64 that the secret alone decides, at each of three offsets."""
    for before in range(3):
        code = base64.b64encode(bytes(before) + secret).decode("ascii")
        last = len(code) if (before + len(secret)) % 3 == 0 else code.index("=") - 1
        sure = code[(0, 2, 3)[before] : last]
        yield from (sure, sure.replace("+", "-").replace("/", "_"))
