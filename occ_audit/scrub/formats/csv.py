"""A table for spreadsheets: one row for each secret; no cell is taken for a formula."""

from __future__ import annotations

import csv
from dataclasses import astuple
from typing import TextIO

from occ_audit.reports._text import printable
from occ_audit.scrub.formats import Look
from occ_audit.scrub.report import Event, Names, ScrubReport, ScrubRow

STRUCTURED = False

_NOT_ASKED = ("", "", "", "")
_NO_ROTATION = ("", "", "", "")
_FORMULA = ("=", "+", "-", "@", "|", "%")


def render(report: ScrubReport, out: TextIO, look: Look) -> None:
    """Write a head and a row for each secret, the most urgent first."""
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for number, row in enumerate(report.rows, start=1):
        writer.writerow([_safe(cell) for cell in _cells(number, row)])


def _cells(rank: int, row: ScrubRow) -> tuple[object, ...]:
    first = row.introduced[0] if row.introduced else None
    at, exposure, rotation = row.presence, row.exposure, row.rotation
    return (
        *(rank, row.fingerprint, row.severity.label, row.confidence.label, row.vendor),
        *(row.rule_id, row.rule_name, row.mask, row.proof, _joined(row.opens)),
        *("; ".join(row.states), _named(row.paths), _joined(row.texts), row.commits, row.objects),
        *_event(first),
        *(row.introduced_count, _joined(row.authors)),
        *_event(row.last)[:2],
        *_event(row.removed),
        *(_joined(at.working_tree), _joined(at.index), _yes(at.head), _named(at.tips)),
        *(at.refs.count, _named(at.refs), _joined(at.reflogs), at.unreachable),
        *(exposure.start, exposure.end, exposure.days, exposure.usable_days),
        *(exposure.pushed, _joined(exposure.evidence)),
        *(astuple(rotation) if rotation else _NO_ROTATION),
        *(astuple(row.liveness) if row.liveness else _NOT_ASKED),
        *(row.suppression, row.advice, row.url, row.command),
    )


_COLUMNS = (
    *("rank", "fingerprint", "severity", "confidence", "vendor"),
    *("rule", "kind", "mask", "proof", "opens"),
    *("states", "paths", "texts", "commits", "objects"),
    *("introduced", "introduced_commit", "introduced_by"),
    *("introducing_commits", "authors"),
    *("last_held", "last_commit"),
    *("removed", "removed_commit", "removed_by"),
    *("working_tree", "index", "head", "tips"),
    *("refs", "ref_names", "reflogs", "unreachable_objects"),
    *("exposed_from", "exposed_to", "exposed_days", "usable_days"),
    *("pushed", "pushed_evidence"),
    *("rotated", "rotated_by", "rotation_evidence", "rotation_problem"),
    *("asked", "works", "answer", "asked_at"),
    *("suppressed", "advice", "url", "command"),
)


def _event(event: Event | None) -> tuple[str, str, str]:
    return (event.date, event.commit, event.author) if event else ("", "", "")


def _joined(texts: tuple[str, ...]) -> str:
    return "; ".join(texts)


def _named(names: Names) -> str:
    more = names.count - len(names.shown)
    return _joined(names.shown) + (f"; and {more} more" if more > 0 else "")


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _safe(value: object) -> object:
    """Return a cell that a spreadsheet shows and does not compute."""
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
