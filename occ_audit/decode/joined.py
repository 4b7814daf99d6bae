r"""One text in parts: string literals joined by `+`, `.` or `&`, and lines that `\` continues."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import around, replaced

AHEAD = 1024
"""So much text after a joint is looked at; a key in parts has one at each line."""

NEAR = 128
"""So close to a joint the word must be that it makes."""
LONG = 16
"""A shorter word is no secret."""

_WORD = rb"[0-9A-Za-z_:/@=-]"
_OPENED = rb"[fFrRbBuU]?[\"'`]"
_JOINT = re.compile(
    rb"[\"'`][ \t]{0,8}(?:(?:\+|\.\.?|&|\\)[ \t]{0,8}(?:\r?\n[ \t]{0,64})?|\r?\n[ \t]{0,64}"
    rb"(?:(?:\+|\.\.?|&)[ \t]{0,8})?)%b|\\\r?\n" % _OPENED
)
_WORDS = re.compile(_WORD + b"+")
_UNUSUAL = re.compile(rb"[0-9]|://|-----")


def signs(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Return what a joint within a word looks like: between words there would be a blank."""
    for quote, blank, operator in itertools.product(
        (b'"', b"'"), (b"", b" "), (rb"\+", rb"\.", b"&")
    ):
        yield _WORD + quote + blank + operator + blank + quote + _WORD
    yield _WORD + rb"[\"'`] ?(?:\+|\.|&|\\)\r?\n[ \t]*[\"'`]" + _WORD
    yield _WORD + rb"[\"'`]\r?\n[ \t]*(?:\+|\.|&) ?[\"'`]" + _WORD
    yield _WORD + rb"{3}\\\r?\n" + _WORD + b"{3}"


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the text around a place with its joints taken out, if that makes a long word."""
    near = max(at - NEAR, 0)
    joined = _JOINT.sub(b"", bytes(data[near : at + NEAR]))
    if any(len(word) >= LONG and _UNUSUAL.search(word) for word in _WORDS.findall(joined)):
        start, text = around(data, at, budget, ahead=AHEAD)
        yield from replaced(text, start, at, _JOINT, lambda match: b"")
