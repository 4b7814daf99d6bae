"""HTML and XML character references: `&#65;`, `&#x41;`, `&amp;`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import around, names_before, replaced, special_spelled, spelled

EXPRESSIONS = (
    rb"://[^\s\"'<>@]{1,64}&(?:amp|#[0-9]{2,3}|#x[0-9a-fA-F]{2});[^\s\"'<>@]{0,64}@",
    rb"://[^\s\"'<>@]{1,64}&#(?:64|x40);",
    rb"://[^\s\"'<>@/]{1,64}@[^\s\"'<>]{0,128}&amp;",
)
"""The address of a database, mostly."""
_ESCAPE = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")


def spellings(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Return literals spelled in references, wholly or where they hold more than letters."""
    texts = [text for text in literals if len(text) > 2]
    for form in (b"&#%d;", b"&#%03d;", b"&#x%x;", b"&#x00%x;"):
        yield from spelled(texts, form, most=2)
    for form in (b"&#%d;", b"&#x%x;"):
        yield from special_spelled(texts, form, most=8)
    yield from names_before(b"&quot;", b"&#34;", b"&#39;", b"&#x22;", b"&#x27;", b"&apos;")


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the text around a place with its references resolved."""
    start, text = around(data, at, budget, line=True)
    yield from replaced(text, start, at, _ESCAPE, _character)


def _character(match: re.Match[bytes]) -> bytes:
    return html.unescape(match[0].decode("ascii")).encode("utf-8", "replace")
