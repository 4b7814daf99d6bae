"""One JSON document, in the shape that `docs/report-schema.json` fixes."""

from __future__ import annotations

import json
from typing import TextIO

from occ_audit.model import Report
from occ_audit.reports import RenderOptions, _plain

STRUCTURED = True


def render(report: Report, out: TextIO, options: RenderOptions) -> None:
    """Write the report as one JSON object, in ASCII, with a line for each finding."""
    told: dict[str, object] = {
        **_plain.header(report, options),
        "rules": [_plain.rule(row) for row in report.rules],
        "findings": [_plain.finding(row, options) for row in _plain.shown(report, options)],
        **({"candidates": list(_plain.candidates(report, options))} if options.explain else {}),
        "skipped": [_plain.skipped(row) for row in report.skipped],
        "stats": _plain.stats(report, options),
    }
    members = (f"{json.dumps(name)}: {_written(value)}" for name, value in told.items())
    out.write("{\n" + ",\n".join(members) + "\n}\n")


def _written(value: object) -> str:
    """Return a list with a line for each row, and all else on one line."""
    if not isinstance(value, list) or not value:
        return json.dumps(value)
    return "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
