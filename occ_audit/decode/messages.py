"""What people or programs wrote into strings of JSON: chats, tickets, logs, cells of notebooks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import replaced
from occ_audit.decode.escapes import ESCAPE, unescaped

LAYOUT = True
_KEYS = ("text", "body", "message", "msg", "content", "comment", "note", "notes", "log", "output")
_LINES = ("source", "text")
_COLONS = ('":', '": ', '" : ')
TEXTS = tuple(
    f'"{key}{colon}{begin}'.encode()
    for keys, begin in ((_KEYS, '"'), (_LINES, "["))
    for key, colon in itertools.product(keys, _COLONS)
)
"""A key and what its value begins with: a string, or a list of the lines of one."""
LONGEST = 2**16
_STRING = rb"(?:[^\"\\\r\n]|\\[^\r\n])*+"
_JOINT = rb"\"\s{0,40},\s{0,40}\""
_TEXT = re.compile(_STRING)
_LIST = re.compile(rb"\s{0,40}\"%b(?:%b%b)*+" % (_STRING, _JOINT, _STRING))
_UNWRITTEN = re.compile(rb"%b|\A\s{0,40}\"|%b" % (_JOINT, ESCAPE.pattern))
_DIGIT = re.compile(rb"[0-9]")


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield what begins at a place as its reader sees it; hardly any secret has no digit."""
    lines = bytes(data[at - 1 : at]) == b"["
    match = (_LIST if lines else _TEXT).match(data[at : at + LONGEST])
    text = match[0] if match else b""
    if not (b" " in text or b"\\" in text) or not _DIGIT.search(text):
        return
    budget.spend(len(text))
    whole = Decoded(text, at, at + len(text), lambda first, last: (at + first, at + last))
    yield from list(replaced(text, at, at, _UNWRITTEN, _read, whole=True)) or [whole]


def _read(match: re.Match[bytes]) -> bytes:
    return unescaped(match) if match[0].startswith(b"\\") else b""
