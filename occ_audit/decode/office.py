"""The text of office documents, which their XML cuts into runs in the middle of words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import replaced

TEXTS = (
    b"schemas.openxmlformats.org/wordprocessingml",
    b"schemas.openxmlformats.org/presentationml",
    b"schemas.openxmlformats.org/spreadsheetml",
    b"urn:oasis:names:tc:opendocument:xmlns:office",
)
"""The names of the formats, which stand in a document's first element."""
HEAD = 8192
"""So far reaches the first element."""
LARGEST = 16 * 2**20
"""The rest of a larger document is only scanned as XML."""

_MARKUP = re.compile(rb"<[^<>]{0,4096}>|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")
_LINE = re.compile(rb"</(?:\w+:)?(?:p|h|si|c|row|cell)>|<(?:\w+:)?(?:br|cr|line-break|tab)\b")


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the document's text, a line for each paragraph or cell."""
    if at > HEAD:
        return
    text = bytes(data[:LARGEST])
    budget.spend(len(text))
    yield from replaced(text, 0, at, _MARKUP, _text, whole=True)


def _text(match: re.Match[bytes]) -> bytes:
    markup = match[0]
    if markup.startswith(b"&"):
        return html.unescape(markup.decode("ascii")).encode("utf-8", "replace")
    return b"\n" if _LINE.match(markup) else b""
