"""Tables of HTML: the cells below a heading such as "Password"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import named

LAYOUT = True
_NAMES = (
    *("password", "passwords", "passphrase", "passwort", "kennwort", "mot de passe", "contraseña"),
    *("senha", "wachtwoord", "hasło", "token", "api key", "api token", "access token"),
    *("secret key", "access key", "api-key"),
)
_CASES = (str.lower, str.capitalize, str.title, str.upper)
_WRITTEN = {case(name) for name in _NAMES for case in _CASES}
_HEADINGS = _WRITTEN | {name.replace("Api", "API") for name in _WRITTEN}
_ENDS = ("", "</b>", "</strong>", "</p>", "</span>", "</p></b>", "</strong></p>")
_CLOSED = [end + cell for end in _ENDS for cell in ("</th>", "</td>")]
TEXTS = tuple(
    (heading + end).encode()
    for heading, closed in itertools.product(sorted(_HEADINGS), _CLOSED)
    for end in (closed, closed.upper())
)
"""A heading and what closes its cell."""
BEFORE, BELOW = 2048, 2**16
"""So much before the end of a heading may be its row, and so much below its table."""
_TOKEN = re.compile(rb"(?i)token|key")
_CELL = re.compile(rb"(?is)<t(?P<kind>[hd])(?:\s[^<>]{0,400})?>(?P<text>.*?)(?=</?t[hdr]\b|\Z)")
_ROW = re.compile(rb"(?is)<tr(?:\s[^<>]{0,400})?>(?P<cells>.*?)(?=</tr>|<tr\b|\Z)")
_AROUND = rb"(?:\s|<[^<>]{1,200}>)*"
_VALUE = re.compile(rb"%b(?P<value>(?=[^\s<>]*[0-9!$%%^*#])[^\s<>]{4,200})%b" % (_AROUND, _AROUND))


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield `heading: value` for each word in that column, a line for each row below."""
    headings = _headings(bytes(data[max(at - BEFORE, 0) : at]))
    # The first cell of a row is as often the name of what stands beside it.
    if not headings or (len(headings) == 1 and headings[0]["kind"] in b"dD"):
        return
    text = bytes(data[at : at + BELOW])
    end = text.lower().find(b"</table")
    text = text[:end] if end >= 0 else text
    budget.spend(len(text))
    name = b"token" if _TOKEN.search(headings[-1]["text"]) else b"password"
    yield from named([(name, at + place, value) for place, value in _below(text, len(headings))])


def _headings(text: bytes) -> list[re.Match[bytes]]:
    """Return the cells at the end of a text, if they stand in the first row of their table."""
    lower = text.lower()
    table = lower.rfind(b"<table")
    row = lower.find(b"<tr", table) if table >= 0 else -1
    return _cells(text[row:]) if row >= 0 and row == lower.rfind(b"<tr") else []


def _below(text: bytes, count: int) -> Iterator[tuple[int, bytes]]:
    """Yield place and value of the cell in each row that so many cells reach to."""
    for row in _ROW.finditer(text):
        cells = _cells(row["cells"])[:count]
        value = _VALUE.fullmatch(cells[-1]["text"]) if len(cells) == count else None
        if value:
            start = row.start("cells") + cells[-1].start("text")
            yield start + value.start("value"), value["value"]


def _cells(row: bytes) -> list[re.Match[bytes]]:
    return list(_CELL.finditer(row))
