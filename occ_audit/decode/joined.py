r"""One text in parts: literals joined by `+`, `.`, `&` or `join`, and lines that `\` continues."""

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
_QUOTES = (b'"', b"'", b"`")
_LISTED = (
    *(b"%b].join(%b)" % pair for pair in itertools.product(_QUOTES, (b'""', b"''"))),
    *(b"%b.join([%b" % pair for pair in itertools.product((b'""', b"''"), (b'"', b"'"))),
)
"""A list of literals that is joined without anything between, in JavaScript and Python."""
_JOINTS = (
    *(
        quote + joint + quote
        for quote in (b'"', b"'")
        for joint in (b"+", b" + ", b".", b" . ", b"&", b" & ")
    ),
    *map(b"".join, itertools.product(_QUOTES, (b"", b" "), (b"+", b"&"), (b"\n", b"\r\n"))),
)
"""What joins a word to the next literal: where words would have a blank between them, or a line."""
_LEADING = map(
    b"".join,
    itertools.product((b"\n", b"\n ", b"  ", b"\t"), (b"+", b".", b"&"), (b"", b" "), _QUOTES),
)
"""Joints at the beginning of a line."""
TEXTS = (
    *(bytes([letter]) + joint for letter in LETTERS for joint in _JOINTS),
    *_LEADING,
    *_LISTED,
    *(end + bytes([letter]) for letter in LETTERS for end in (b"\\\n", b"\\\r\n")),
)
"""Joints, and lines that a backslash continues."""
EXPRESSIONS = (_WORD + rb"[\"'`] ?[.\\]\r?\n[ \t]{0,64}[\"'`]" + _WORD,)
"""What ends many lines is a joint only with a literal on both sides."""
_OPENED = rb"[fFrRbBuU]?[\"'`]"
_ITEMS = rb"(?:[\"'`][^\"'`\r\n]{1,200}[\"'`]\s{0,64}(?:,\s{0,64})?){2,64}"
_LIST = re.compile(
    rb"\[\s{0,64}(%b)\]\.join\([\"']{2}\)|[\"']{2}\.join\(\[(%b)\]\)" % (_ITEMS, _ITEMS)
)
_ITEM = re.compile(rb"[\"'`]([^\"'`]+)[\"'`]")
_JOINT = re.compile(
    rb"[\"'`][ \t]{0,8}(?:(?:\+|\.\.?|&|\\)[ \t]{0,8}(?:\r?\n[ \t]{0,64})?|\r?\n[ \t]{0,64}"
    rb"(?:(?:\+|\.\.?|&)[ \t]{0,8})?)%b|\\\r?\n" % _OPENED
)
_WORDS = re.compile(_WORD + b"+")
_UNUSUAL = re.compile(rb"[0-9]|://|-----")


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the text around a place with its joints taken out, if that makes a long word."""
    near = max(at - NEAR, 0)
    if bytes(data[near:at]).endswith(_LISTED):
        start, text = around(data, at, budget, ahead=AHEAD)
        yield from replaced(text, start, at, _LIST, _of_list)
        return
    joined = _JOINT.sub(b"", bytes(data[near : at + NEAR]))
    if any(len(word) >= LONG and _UNUSUAL.search(word) for word in _WORDS.findall(joined)):
        start, text = around(data, at, budget, ahead=AHEAD)
        yield from replaced(text, start, at, _JOINT, lambda match: b"")


def _of_list(match: re.Match[bytes]) -> bytes:
    return b'"' + b"".join(_ITEM.findall(match[1] or match[2])) + b'"'
