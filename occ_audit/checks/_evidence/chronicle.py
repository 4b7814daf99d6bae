"""Checks a log: its title first, its entries in order, none of them twice, none empty."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from occ_audit.checks._evidence.context import Context
from occ_audit.checks._evidence.entries import Entry, dated
from occ_audit.checks._evidence.problem import Problem
from occ_audit.documents import Heading


def problems(context: Context) -> Iterator[Problem]:
    """Yield a title that is not first, and entries out of order, there twice, or without text."""
    entries = context.entries.all
    yield from _late_title(context)
    yield from _disorder(context, entries)
    yield from _duplicates(context, entries)
    yield from _empty(context)


def _late_title(context: Context) -> Iterator[Problem]:
    """Find the one heading above all others, where it stands below some of them."""
    headings = context.document.headings
    highest = min((row.level for row in headings), default=0)
    titles = [at for at, row in enumerate(headings) if row.level == highest]
    if len(titles) == 1 and titles[0] > 0 and not dated(headings[titles[0]]):
        title = headings[titles[0]]
        count = f"{titles[0]} headings" if titles[0] > 1 else "another heading"
        message = f'"{title.title.strip()}" is the title, but stands below {count}'
        yield _at(
            context, "log-order", title, message, "Put it at the top, the newest entry below."
        )


def _disorder(context: Context, entries: Sequence[Entry]) -> Iterator[Problem]:
    """Compare neighbours; most of them decide which way the log runs."""
    pairs = [(a, b) for a, b in itertools.pairwise(entries) if _differ(a, b)]
    up = sum(_key(a, b) < _key(b, a) for a, b in pairs)
    ascending = 2 * up > len(pairs)
    for first, second in pairs:
        if (_key(first, second) < _key(second, first)) != ascending:
            way = "older" if ascending else "newer"
            title = second.heading.title.strip()
            message = f'"{title}" is {way} than the entry before it'
            yield _at(context, "log-order", second.heading, message, "Put it in its place.")


def _key(entry: Entry, other: Entry) -> tuple[object, ...]:
    """Return what two entries are compared by: the time counts only where both have one."""
    return entry.order if entry.time and other.time else (entry.day,)


def _differ(first: Entry, second: Entry) -> bool:
    return _key(first, second) != _key(second, first)


def _duplicates(context: Context, entries: Sequence[Entry]) -> Iterator[Problem]:
    seen: set[str] = set()
    for entry in entries:
        title = " ".join(entry.heading.title.casefold().split())
        if title in seen:
            message = f'"{entry.heading.title.strip()}" is there twice'
            yield _at(context, "log-duplicate", entry.heading, message, "Merge the two entries.")
        seen.add(title)


def _empty(context: Context) -> Iterator[Problem]:
    data, headings = context.document.data, context.document.headings
    ends = [*(row.start for row in headings[1:]), len(data)]
    below = [*(row.level for row in headings[1:]), 0]
    for heading, end, level in zip(headings, ends, below, strict=True):
        first_line = data.find(b"\n", heading.start, end)
        body = data[first_line:end].strip() if first_line >= 0 else b""
        if level <= heading.level and not body.strip(b"=-~^ \r\n"):
            message = f'"{heading.title.strip()}" has no text'
            yield _at(context, "log-empty-entry", heading, message, "Write it, or take it out.")


def _at(context: Context, rule: str, heading: Heading, message: str, step: str) -> Problem:
    end = context.document.data.find(b"\n", heading.start)
    last = end if end >= 0 else len(context.document.data)
    return Problem(rule, heading.title.strip(), message, heading.start, last, step)
