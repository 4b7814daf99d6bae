"""The exposure of secrets on one common axis of time, in percent of its width."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from occ_audit.scrub.report import ScrubReport, ScrubRow
from occ_audit.scrub.rotations import moment

_LEFT, _WIDTH = 2.0, 96.0
"""The markers at both ends need some room."""
_TICKS = 4
_SHORTEST = datetime.timedelta(days=7)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
"""How far apart ticks may be."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One secret on the axis; where a point in time is not known, or not yet, it is None."""

    start: float | None
    end: float
    """When it left the current files, or now."""
    valid_end: float
    """The same, or its rotation if that was earlier."""
    stop: float
    """When it was rotated, or now."""
    removed: float | None
    rotated: float | None
    label: str
    """The same in words."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A span of time."""

    first: datetime.datetime
    last: datetime.datetime
    ticks: tuple[tuple[float, str], ...] = ()

    def place(self, date: str) -> float:
        """Return where a time lies, in percent."""
        return self._at(moment(date))

    def _at(self, when: datetime.datetime) -> float:
        share = (when - self.first) / (self.last - self.first)
        return round(_LEFT + _WIDTH * min(max(share, 0.0), 1.0), 2)

    def bar(self, row: ScrubRow) -> Bar:
        """Return where a secret's exposure begins and ends."""
        exposure, rotation = row.exposure, row.rotation
        now = self._at(self.last)
        removed = self.place(exposure.end) if exposure.end else None
        rotated = self.place(rotation.date) if rotation and row.rotated else None
        end = now if removed is None else removed
        stop = now if rotated is None else rotated
        return Bar(
            start=self.place(exposure.start) if exposure.start else None,
            end=end,
            valid_end=min(end, stop),
            stop=stop,
            removed=removed,
            rotated=rotated,
            label=_label(row),
        )


def _label(row: ScrubRow) -> str:
    exposure = row.exposure
    parts = [f"came in {exposure.start[:10] or 'at an unknown time'}"]
    parts.append(f"removed {exposure.end[:10]}" if exposure.end else "not removed")
    known = row.rotation
    parts.append(f"rotated {known.date[:10]}" if known and row.rotated else "not rotated")
    return ", ".join(parts)


def axis(report: ScrubReport) -> Axis:
    """Return an axis from the first secret to now, with ticks at the beginnings of months."""
    last = moment(report.generated)
    starts = (moment(row.exposure.start) for row in report.rows if row.exposure.start)
    first = min(min(starts, default=last), last - _SHORTEST)
    bare = Axis(first, last)
    return Axis(first, last, tuple((bare._at(when), text) for when, text in _ticks(first, last)))


def _ticks(
    first: datetime.datetime, last: datetime.datetime
) -> list[tuple[datetime.datetime, str]]:
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((step for step in _MONTHS if months // step <= _TICKS), _MONTHS[-1])
    found = []
    for month in range(first.year * 12 + first.month, last.year * 12 + last.month):
        if month % step == 0:
            when = datetime.datetime(month // 12, month % 12 + 1, 1, tzinfo=last.tzinfo)
            found.append((when, f"{when:%Y}" if step >= 12 else f"{when:%Y-%m}"))
    return found
