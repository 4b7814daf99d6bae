"""JSON Lines: one object a line, which says in `type` what it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TextIO

from occ_audit.model import Report
from occ_audit.reports import RenderOptions, _plain

STRUCTURED = True


def render(report: Report, out: TextIO, options: RenderOptions) -> None:
    """Write header, rules, findings, candidates, skipped and stats, each as a line of ASCII."""
    for kind, row in _rows(report, options):
        out.write(json.dumps({"type": kind, **row}) + "\n")


def _rows(report: Report, options: RenderOptions) -> Iterator[tuple[str, _plain.Plain]]:
    yield "header", _plain.header(report, options)
    for rule in report.rules:
        yield "rule", _plain.rule(rule)
    for finding in _plain.shown(report, options):
        yield "finding", _plain.finding(finding, options)
    for candidate in _plain.candidates(report, options):
        yield "candidate", candidate
    for skipped in report.skipped:
        yield "skipped", _plain.skipped(skipped)
    yield "stats", _plain.stats(report, options)
