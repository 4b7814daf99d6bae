"""One text written in parts: adjacent string literals, joined by `+`, `.`, `&`, or a `\\` at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import around, replaced

_WORD = rb"[0-9A-Za-z_:/@.=-]"
_OPENED = rb"[fFrRbBuU]?[\"'`]"
_JOINT = re.compile(
    rb"[\"'`][ \t]{0,8}(?:(?:\+|\.\.?|&|\\)[ \t]{0,8}(?:\r?\n[ \t]{0,64})?|\r?\n[ \t]{0,64}"
    rb"(?:(?:\+|\.\.?|&)[ \t]{0,8})?)%b|\\\r?\n" % _OPENED
)


def signs(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Return what a joint within a word looks like: between words there would be a blank."""
    here = rb"[ \t]*(?:\+|\.\.?|&)[ \t]*"
    below = rb"[ \t]*(?:\+|\.\.?|&|\\)?[ \t]*\r?\n[ \t]*(?:(?:\+|\.\.?|&)[ \t]*)?"
    for between in (here, below):
        yield _WORD + rb"[\"'`]" + between + _OPENED + _WORD
    yield rb"[0-9A-Za-z_-]{3}\\\r?\n[0-9A-Za-z_-]{3}"


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the text around a place with its joints taken out."""
    start, text = around(data, at, budget)
    yield replaced(text, start, at, _JOINT, lambda match: b"")
