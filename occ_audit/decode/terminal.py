r"""Colours and other control sequences of terminals in logs: `ESC [ 32 m` and `\x1b[32m`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import around, replaced

LAYOUT = True
TEXTS = (b"\x1b[", b"\x1b]8;", b"\\u001b[", b"\\u001B[", b"\\x1b[", b"\\x1B[", b"\\033[", b"\\e[")
_SEQUENCE = re.compile(
    rb"(?:\x1b|\\+(?:u001[bB]|x1[bB]|033|e))"
    # A control sequence as ECMA-48 has it, or the operating system command of a link.
    rb"(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|\]8;[^\x07\x1b\\\r\n]{0,2048}(?:\x07|(?:\x1b|\\+x1b)\\+))"
)


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the text around a place as a terminal shows it, without colours."""
    start, text = around(data, at, budget)
    yield from replaced(text, start, at, _SEQUENCE, lambda sequence: b"")
