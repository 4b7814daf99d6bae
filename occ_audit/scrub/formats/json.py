"""One JSON document: what `occ-audit scrub verify` reads, and other programs may."""

from __future__ import annotations

import dataclasses
import json
from typing import Any, TextIO

from occ_audit.model import Confidence, Severity
from occ_audit.reports._plain import skipped, value
from occ_audit.scrub.formats import Look
from occ_audit.scrub.report import ScrubReport, ScrubRow

SCHEMA_VERSION = 1
KIND = "occ-audit scrub report"
STRUCTURED = True


def render(report: ScrubReport, out: TextIO, look: Look) -> None:
    """Write the report as one JSON object, in ASCII, indented."""
    out.write(json.dumps(_plain(report), indent=2) + "\n")


def _plain(report: ScrubReport) -> dict[str, Any]:
    """Return the report as JSON-ready values, in the shape that docs/history.md explains."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "tool": f"occ-audit {report.tool_version}",
        "root": value(report.root),
        "generated": report.generated,
        "complete": report.complete,
        "key": report.key,
        "head": report.head,
        "branch": value(report.branch),
        "summary": report.summary,
        "counters": value(report.counters),
        "remotes": value(report.remotes),
        "mirrors": value(report.mirrors),
        "forks": value(report.forks),
        "secrets": [_row(row) for row in report.rows],
        "checklist": [_fields(step) for step in report.steps],
        "refs": [_fields(ref) for ref in report.refs],
        "below_min_severity": report.below,
        "skipped": [skipped(row) for row in report.skipped],
    }


def _row(row: ScrubRow) -> dict[str, Any]:
    return {**_fields(row), "states": list(row.states)}


def _fields(node: object) -> Any:
    """Return a dataclass, whatever it holds, as JSON-ready values."""
    if isinstance(node, Severity | Confidence):
        return node.label
    if dataclasses.is_dataclass(node) and not isinstance(node, type):
        fields = dataclasses.fields(node)
        return {field.name: _fields(getattr(node, field.name)) for field in fields}
    if isinstance(node, tuple):
        return [_fields(inner) for inner in node]
    return value(node)
