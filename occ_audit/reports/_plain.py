"""The parts of a report as JSON-ready values, in the shape that `docs/report-schema.json` fixes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from occ_audit.model import Finding, Location, Origin, Report, Rule, Skipped, Suppression
from occ_audit.reports import RenderOptions
from occ_audit.reports import _view as view
from occ_audit.reports._text import valid
from occ_audit.reports._view import complete
from occ_audit.secret import Secret

SCHEMA_VERSION = "1"

Plain = dict[str, Any]


def header(report: Report, options: RenderOptions) -> Plain:
    """Return what names the report: the schema, the tool, the root."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "occ-audit", "version": options.tool_version},
        "root": valid(report.root),
    }


def rule(row: Rule) -> Plain:
    """Return a rule without its pattern and examples."""
    rotate = row.rotate
    return {
        "id": row.id,
        "name": row.name,
        "severity": row.severity.label,
        "confidence": row.confidence.label,
        "description": row.description,
        "vendor": row.vendor,
        "rotate": rotate
        and {"advice": rotate.advice, "url": rotate.url, "command": rotate.command},
        "references": list(row.references),
    }


def finding(row: Finding, options: RenderOptions) -> Plain:
    """Return a finding with all its places."""
    return {
        "rule_id": row.rule_id,
        "severity": row.severity.label,
        "confidence": row.confidence.label,
        "message": valid(row.message),
        "fingerprint": valid(row.fingerprint),
        "secret": row.secret and _secret(row.secret, options),
        "locations": [_location(location) for location in row.locations],
        "suppression": row.suppression and _suppression(row.suppression),
        "properties": value(row.properties),
    }


def candidates(report: Report, options: RenderOptions) -> Iterator[Plain]:
    """Yield every candidate, the dropped ones too, with what each check said of it."""
    for row in view.candidates(report) if options.explain else ():
        yield {
            "rule_id": row.rule_id,
            "kept": bool(row.fingerprint),
            "severity": row.severity.label,
            "confidence": row.confidence.label,
            "secret": row.secret and _secret(row.secret, options),
            "locations": [_location(location) for location in row.locations],
            "reasons": value(row.properties.get("reasons", [])),
        }


def skipped(row: Skipped) -> Plain:
    """Return what was not read, and why."""
    return {
        "origin": _origin(row.origin),
        "reason": valid(row.reason),
        "requested": row.requested,
        "count": row.count,
    }


def stats(report: Report, options: RenderOptions) -> Plain:
    """Return the run's numbers, with the findings counted, those not shown included."""
    active = [row for row in report.findings if row.suppression is None]
    grave = [row for row in active if row.severity >= options.min_severity]
    counted = {
        "reported": sum(map(options.shows, grave)),
        "below_min_severity": len(active) - len(grave),
        "below_min_confidence": sum(not options.shows(row) for row in grave),
        "suppressed": len(report.findings) - len(active),
    }
    return {**value(report.stats), "complete": complete(report), "findings": counted}


def shown(report: Report, options: RenderOptions) -> list[Finding]:
    """Return the findings that are grave and sure enough, suppressed ones included."""
    return [row for row in report.findings if options.shows(row)]


def value(anything: object) -> Any:
    """Return any property as JSON-ready: texts made valid, what JSON does not know as text."""
    if isinstance(anything, str):
        return valid(anything)
    if anything is None or isinstance(anything, bool | int | float):
        return anything
    if isinstance(anything, Mapping):
        return {valid(str(key)): value(inner) for key, inner in anything.items()}
    if isinstance(anything, list | tuple | set | frozenset):
        return [value(inner) for inner in anything]
    return valid(str(anything))


def _secret(secret: Secret, options: RenderOptions) -> Plain:
    plain = {"mask": secret.mask, "digest": secret.digest(options.salt)}
    if options.show_secrets:
        plain["value"] = secret.reveal().decode("utf-8", "backslashreplace")
    return plain


def _location(row: Location) -> Plain:
    return {
        "path": next((valid(origin.path) for origin in row.origins if origin.path), ""),
        "line": row.line,
        "column": row.column,
        "end_line": row.end_line,
        "end_column": row.end_column,
        "oid": row.oid,
        "origins": [_origin(origin) for origin in row.origins],
        "excerpt": valid(row.excerpt),
    }


def _origin(row: Origin) -> Plain:
    return {"kind": row.kind, "path": valid(row.path), "commit": valid(row.commit)}


def _suppression(row: Suppression) -> Plain:
    return {
        "kind": row.kind,
        "reason": valid(row.reason),
        "owner": valid(row.owner),
        "expires": row.expires,
    }
