"""Evidence that is planned: how a document marks it, and by when it is due."""

from __future__ import annotations

import datetime
import re

from occ_audit.checks._evidence.context import Context
from occ_audit.model import Reference

_MARK = re.compile(rb"<!--\s*planned\b[\s:]*(?:by|for|until)?\s*([\d-]{10})?\s*-->", re.IGNORECASE)
_NEAR = 400
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def planned_mark(data: bytes, end: int) -> str:
    """Return what an inline mark behind a reference, on its line, says; or nothing."""
    line = data[end : end + _NEAR].partition(b"\n")[0]
    match = _MARK.search(line)
    if match is None:
        return ""
    return f"marked as planned for {match[1].decode()}" if match[1] else "marked as planned"


def due_day(said: str, reference: Reference, context: Context, days: int) -> datetime.date | None:
    """Return the last day on which planned evidence may be absent; None where none is known.

    It is the day of the mark, else so many days after the entry, or after the last review.
    """
    match = _DATE.search(said)
    if match:
        return _day(match.group())
    entry = context.entries.around(reference.start)
    reviewed = context.document.fields.get("last_reviewed")
    start = entry.day if entry else _day(reviewed.value[:10]) if reviewed else None
    return start + datetime.timedelta(days=days) if start else None


def _day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None
