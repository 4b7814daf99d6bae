"""Text in UTF-16 and UTF-32, with a byte order mark or without, whole or within binary data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded, Place

EXPRESSIONS = (rb"(?:[^\x00]|[^ -~]\x00)(?:[ -~]\x00){16}",)
"""A longer text within binary data begins."""
HEAD = 64
"""So many bytes of a content say which encoding it is in, where there is no mark."""
MARKS = {
    b"\xff\xfe\0\0": "utf-32-le",
    b"\0\0\xfe\xff": "utf-32-be",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}
"""The longer ones first: one is the beginning of another."""
_WIDE = re.compile(rb"(?:[\x09\x0a\x0d\x20-\x7e]\0){8,}")


def encoding(head: bytes) -> str:
    """Return the name of the encoding, empty if it is none of these."""
    for mark, name in MARKS.items():
        if head.startswith(mark):
            return name
    if head.count(0) * 3 < len(head) or len(head) < 8:
        return ""
    for name, kept, unit in (
        ("utf-32-le", 0, 4),
        ("utf-32-be", 3, 4),
        ("utf-16-le", 0, 2),
        ("utf-16-be", 1, 2),
    ):
        others = [head[offset::unit] for offset in range(unit) if offset != kept]
        if not any(map(any, others)) and all(head[kept::unit][: len(head) // unit]):
            return name
    return ""


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the whole content as UTF-8; if it is none of these, the text around the place."""
    name = encoding(bytes(data[:HEAD]))
    if name:
        yield from _whole(data, name, budget)
    else:
        yield from _part(data, at, budget)


def _whole(data: memoryview, name: str, budget: Budget) -> Iterator[Decoded]:
    budget.spend(data.nbytes)
    unit = 4 if "32" in name else 2
    mark = next((len(m) for m, n in MARKS.items() if n == name and data[: len(m)] == m), 0)
    text = str(data[mark:], name, "replace").encode("utf-8", "replace")

    def place(first: int, last: int) -> tuple[int, int]:
        return _width(text[:first], name, mark), _width(text[:last], name, mark)

    yield Decoded(text, 0, data.nbytes // unit * unit, place, shown=True)


def _width(text: bytes, name: str, mark: int) -> int:
    return mark + len(text.decode("utf-8", "replace").encode(name, "replace"))


def _part(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    low = max(at - 1024, 0)
    text = bytes(data[low : at + 8192])
    budget.spend(len(text))
    for match in _WIDE.finditer(text):
        start = low + match.start()
        if start <= at <= low + match.end() + 1:
            yield Decoded(match[0][::2], start, low + match.end(), _every_second(start), shown=True)


def _every_second(start: int) -> Place:
    def place(first: int, last: int) -> tuple[int, int]:
        return start + 2 * first, start + 2 * last

    return place
