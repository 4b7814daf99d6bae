"""Compares the time stamp in an artifact's name with the entry that cites it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator

from occ_audit.checks._evidence.context import Context
from occ_audit.checks._evidence.problem import Problem
from occ_audit.checks._evidence.verdicts import Judgement, Verdict

_STAMP = re.compile(
    r"(?<!\d)(20\d\d)([-_]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"(?:[T_-]?([01]\d|2[0-3])[:_-]?([0-5]\d)(?:[:_-]?([0-5]\d))?Z?)?(?!\d)"
)
_CITED = frozenset({Verdict.EXISTS, Verdict.MISSING, Verdict.UNTRACKED, Verdict.EMPTY})


def problems(
    context: Context, rows: Iterable[Judgement], tolerance: datetime.timedelta
) -> Iterator[Problem]:
    """Yield artifacts that, by their name, were made after the entry that cites them."""
    if not context.evidence:
        return
    for row in rows:
        entry = context.entries.around(row.candidate.start)
        made = _made(row.target) if entry and row.verdict in _CITED else None
        if entry is None or made is None or made <= entry.latest + tolerance:
            continue
        stamp = made.strftime("%Y-%m-%d %H:%M" if made.time() != datetime.time.min else "%Y-%m-%d")
        yield Problem(
            "evidence-stamp",
            row.target,
            f"{row.target} is of {stamp}, later than the entry of {_told(entry.latest)}",
            row.candidate.start,
            row.candidate.end,
            "Correct the date of the entry, or cite the artifact that it speaks of.",
        )


def _made(path: str) -> datetime.datetime | None:
    """Return the earliest moment that the last stamp in a path stands for."""
    found = list(_STAMP.finditer(path))
    if not found:
        return None
    year, _, month, day, hour, minute, second = found[-1].groups(default="0")
    try:
        return datetime.datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second)
        )
    except ValueError:
        return None


def _told(moment: datetime.datetime) -> str:
    whole_day = moment.time() == datetime.time.max
    return moment.strftime("%Y-%m-%d" if whole_day else "%Y-%m-%d %H:%M")
