r"""One text in parts: string literals joined by `+`, `.` or `&`, and lines that `\` continues."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import around, replaced

AHEAD = 1024
"""So much text after a joint is looked at; a key in parts has one at each line."""

NEAR = 128
"""So close to a joint the word must be that it makes."""
LONG = 16
"""A shorter word is no secret."""

LETTERS = (string.ascii_letters + string.digits + "_:/@=-").encode()
_WORD = b"[%b]" % LETTERS
TEXTS = (
    *(
        bytes([letter]) + quote + joint + quote
        for letter, quote in itertools.product(LETTERS, (b'"', b"'"))
        for joint in (b"+", b" + ", b".", b" . ", b"&", b" & ")
    ),
    *(end + bytes([letter]) for letter in LETTERS for end in (b"\\\n", b"\\\r\n")),
)
"""Joints behind a word, where words would have a blank between them, and continued lines."""
EXPRESSIONS = (
    _WORD + rb"[\"'`] ?(?:\+|\.|&|\\)\r?\n[ \t]{0,64}[\"'`]" + _WORD,
    _WORD + rb"[\"'`]\r?\n[ \t]{0,64}(?:\+|\.|&) ?[\"'`]" + _WORD,
)
"""Joints at the end or at the beginning of a line."""
_OPENED = rb"[fFrRbBuU]?[\"'`]"
_JOINT = re.compile(
    rb"[\"'`][ \t]{0,8}(?:(?:\+|\.\.?|&|\\)[ \t]{0,8}(?:\r?\n[ \t]{0,64})?|\r?\n[ \t]{0,64}"
    rb"(?:(?:\+|\.\.?|&)[ \t]{0,8})?)%b|\\\r?\n" % _OPENED
)
_WORDS = re.compile(_WORD + b"+")
_UNUSUAL = re.compile(rb"[0-9]|://|-----")


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the text around a place with its joints taken out, if that makes a long word."""
    near = max(at - NEAR, 0)
    joined = _JOINT.sub(b"", bytes(data[near : at + NEAR]))
    if any(len(word) >= LONG and _UNUSUAL.search(word) for word in _WORDS.findall(joined)):
        start, text = around(data, at, budget, ahead=AHEAD)
        yield from replaced(text, start, at, _JOINT, lambda match: b"")
