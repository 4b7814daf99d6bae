"""Checks the order of a log's entries: descending or ascending, none twice, none empty."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from occ_audit.checks._evidence.claims import Context
from occ_audit.checks._evidence.entries import Entry
from occ_audit.checks._evidence.problem import Problem
from occ_audit.documents import Heading


def problems(context: Context) -> Iterator[Problem]:
    """Yield entries that are out of order, there twice, or without a text."""
    entries = context.entries.all
    yield from _disorder(context, entries)
    yield from _duplicates(context, entries)
    yield from _empty(context)


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
