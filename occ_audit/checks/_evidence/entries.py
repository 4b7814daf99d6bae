"""The dated entries of a log: which entry a place belongs to, and when that was written."""

from __future__ import annotations

import datetime
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from occ_audit.documents import Document, Heading

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_MONTH = "|".join(f"{row[:3]}(?:t|{row[3:]})?\\.?" for row in _MONTHS)
_DATE = re.compile(
    r"(?<!\d)(?:(?P<year>(?:19|20)\d\d)(?:-(?P<month>\d\d)-|/(?P<month_>\d\d)/)(?P<day>\d\d)"
    rf"|(?P<day2>\d?\d)(?:st|nd|rd|th)?[ -](?P<name>{_MONTH})[ -](?P<year2>(?:19|20)\d\d)"
    rf"|\b(?P<name3>{_MONTH}) (?P<day3>\d?\d)(?:st|nd|rd|th)?,? (?P<year3>(?:19|20)\d\d))(?!\d)"
)
_TIME = re.compile(
    r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:\.\d{1,9})?)?(?![\d:])"
    r"(?:\s?([A-Z]{1,5}\b|\+00:?00\b))?"
)
_ZERO = frozenset({"UTC", "GMT", "Z", "+00:00", "+0000"})


class Entry(NamedTuple):
    """A heading with a date."""

    heading: Heading
    day: datetime.date
    time: datetime.time | None
    """In UTC; None where the heading names no time, or one of an unknown zone."""

    @property
    def latest(self) -> datetime.datetime:
        """The last moment that the entry may have been written in."""
        return datetime.datetime.combine(self.day, self.time or datetime.time.max)

    @property
    def order(self) -> tuple[datetime.date, datetime.time]:
        """What entries are sorted by."""
        return self.day, self.time or datetime.time.min


def day_in(text: str) -> tuple[datetime.date, re.Match[str]] | None:
    """Return the first day that a text names, and where; months may be written out in English."""
    match = _DATE.search(text)
    if match is None:
        return None
    year, month, name, day = (
        next((row for key, row in match.groupdict().items() if key.startswith(part) and row), "")
        for part in ("year", "month", "name", "day")
    )
    number = next((at for at, row in enumerate(_MONTHS, 1) if name[:3] == row[:3]), 0)
    try:
        return datetime.date(int(year), int(month or number), int(day)), match
    except ValueError:
        return None


def dated(heading: Heading) -> Entry | None:
    """Return the entry that a heading begins; None for one without a real date."""
    found = day_in(heading.title)
    if found is None:
        return None
    day, match = found
    named = _TIME.search(heading.title, match.end())
    universal = named is not None and named[3] in _ZERO
    time = datetime.time(int(named[1]), int(named[2])) if named and universal else None
    return Entry(heading, day, time)


class Entries:
    """The dated entries of one document; an undated heading below one belongs to it."""

    def __init__(self, document: Document) -> None:
        self._starts = [row.start for row in document.headings]
        self._owners = list(_owners(document.headings))
        self.all = [row for row in map(dated, document.headings) if row]

    def around(self, offset: int) -> Entry | None:
        """Return the entry that a place lies in."""
        index = bisect_right(self._starts, offset)
        return self._owners[index - 1] if index else None

    @property
    def newest(self) -> Entry | None:
        """The latest entry."""
        return max(self.all, key=lambda row: row.order, default=None)


def _owners(headings: tuple[Heading, ...]) -> Iterator[Entry | None]:
    open_: list[tuple[int, Entry | None]] = []
    for heading in headings:
        while open_ and open_[-1][0] >= heading.level:
            open_.pop()
        entry = dated(heading) or (open_[-1][1] if open_ else None)
        open_.append((heading.level, entry))
        yield entry
