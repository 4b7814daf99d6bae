"""SARIF 2.1.0, as code hosts and editors read it; secrets are nowhere in it."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import TextIO

from occ_audit.model import Confidence, Finding, Location, Origin, Report, Rule, Severity, Skipped
from occ_audit.reports import RenderOptions
from occ_audit.reports._plain import Plain, value
from occ_audit.reports._text import valid
from occ_audit.reports._view import complete

STRUCTURED = True

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_BASE = "SRCROOT"
_MAX_LOCATIONS = 1000
"""Code hosts refuse a result with more."""

_LEVEL = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SCORE = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}
_PRECISION = {
    Confidence.CERTAIN: "very-high",
    Confidence.LIKELY: "high",
    Confidence.POSSIBLE: "medium",
}
_RANK = {Confidence.CERTAIN: 95.0, Confidence.LIKELY: 70.0, Confidence.POSSIBLE: 30.0}
_PRIVATE = frozenset({"author", "email"})
"""Properties about persons, which no code host needs."""


def render(report: Report, out: TextIO, options: RenderOptions) -> None:
    """Write the report as one SARIF log with one run, in ASCII."""
    artifacts: dict[str, int] = {}
    rules = {rule.id: index for index, rule in enumerate(report.rules)}
    results = [_result(row, rules, artifacts) for row in report.findings]
    driver = {
        "name": "occ-audit",
        "version": options.tool_version,
        "rules": [_rule(rule) for rule in report.rules],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"occ-audit/{_slug(report.stats.get('source'))}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            _BASE: {"description": {"text": "The root of the scanned repository."}}
        },
        "versionControlProvenance": list(_provenance(report.stats.get("repository"))),
        "invocations": [_invocation(report)],
        "artifacts": [{"location": {"uri": uri, "uriBaseId": _BASE}} for uri in artifacts],
        "results": results,
        "properties": {"coverage": value(report.stats.get("counters", {}))},
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    out.write(json.dumps(log, indent=2) + "\n")


def _rule(rule: Rule) -> Plain:
    described = {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.name},
        "fullDescription": {"text": rule.description or rule.name},
        "help": {"text": _help(rule), "markdown": _help(rule)},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
        "properties": {
            "security-severity": _SCORE[rule.severity],
            "precision": _PRECISION[rule.confidence],
            "tags": ["security", "secret" if rule.pattern else "evidence"]
            + ([rule.vendor] if rule.vendor else []),
        },
    }
    pages = [rule.rotate.url if rule.rotate else "", *rule.references]
    for page in pages:
        if page.startswith(("https://", "http://")):
            return {**described, "helpUri": urllib.parse.quote(page, safe="/:?#[]@!$&'()*+,;=%~")}
    return described


def _help(rule: Rule) -> str:
    parts = [rule.description or rule.name]
    if rule.rotate:
        parts += [rule.rotate.advice, rule.rotate.url]
        parts += [f"`{rule.rotate.command}`"] if rule.rotate.command else []
    return "\n\n".join(filter(None, parts))


def _result(row: Finding, rules: Mapping[str, int], artifacts: dict[str, int]) -> Plain:
    places = [(place, origin) for place in row.locations for origin in place.origins or (_UNKNOWN,)]
    result: Plain = {
        "ruleId": row.rule_id,
        "level": _LEVEL[row.severity],
        "rank": _RANK[row.confidence],
        "message": {"text": _message(row.message)},
        "locations": [_location(*pair, artifacts) for pair in places[:_MAX_LOCATIONS]],
        "partialFingerprints": {"occAudit/v1": valid(row.fingerprint)},
        "properties": {
            **_impersonal(value(row.properties)),
            "severity": row.severity.label,
            "security-severity": _SCORE[row.severity],
            "confidence": row.confidence.label,
            "occurrences": len(places),
        },
    }
    if row.rule_id in rules:
        result["ruleIndex"] = rules[row.rule_id]
    if row.suppression:
        inline = row.suppression.kind == "inline"
        result["suppressions"] = [
            {
                "kind": "inSource" if inline else "external",
                "status": "accepted",
                "justification": valid(row.suppression.reason) or "No reason was given.",
                "properties": {
                    "kind": row.suppression.kind,
                    "expires": row.suppression.expires,
                },
            }
        ]
    return result


_UNKNOWN = Origin("object")


def _message(text: str) -> str:
    """Return a message in which nothing is taken for a link."""
    return valid(text).replace("](", "\\](") or "No message."


def _impersonal(properties: object) -> Plain:
    """Return properties without what they say of persons."""
    if not isinstance(properties, Mapping):
        return {}
    return {
        key: _impersonal(inner) if isinstance(inner, Mapping) else inner
        for key, inner in properties.items()
        if key not in _PRIVATE
    }


def _location(row: Location, origin: Origin, artifacts: dict[str, int]) -> Plain:
    uri = _uri(row, origin)
    physical: Plain = {
        "artifactLocation": {
            "uri": uri,
            "uriBaseId": _BASE,
            "index": artifacts.setdefault(uri, len(artifacts)),
        }
    }
    if row.line > 0:
        physical["region"] = _region(row)
        if row.excerpt:
            physical["contextRegion"] = {
                "startLine": row.line,
                "endLine": max(row.end_line, row.line),
                "snippet": {"text": valid(row.excerpt)},
            }
    named = {"kind": origin.kind, "commit": valid(origin.commit), "oid": row.oid}
    return {
        "physicalLocation": physical,
        "properties": {key: text for key, text in named.items() if text},
    }


def _region(row: Location) -> Plain:
    region = {"startLine": row.line, "startColumn": max(row.column, 1)}
    if (row.end_line, row.end_column) > (row.line, max(row.column, 1)):
        region |= {"endLine": row.end_line, "endColumn": row.end_column}
    return region


def _uri(row: Location, origin: Origin) -> str:
    """Return a path, percent-encoded byte by byte; an object without one is named below `.git`."""
    if origin.path and origin.kind not in ("commit", "tag", "ref"):
        path = urllib.parse.quote(origin.path, safe="/", errors="surrogateescape")
        return path.lstrip("/") or "."
    name = origin.commit or row.oid or origin.path or "unknown"
    return (
        f".git/{_slug(origin.kind)}/{urllib.parse.quote(name, safe='/', errors='surrogateescape')}"
    )


def _provenance(repository: object) -> Iterator[Plain]:
    known = repository if isinstance(repository, Mapping) else {}
    uri = _public_uri(str(known.get("uri") or ""))
    if uri:
        named = {"revisionId": known.get("revision"), "branch": known.get("branch")}
        texts = {key: valid(str(text)) for key, text in named.items() if text}
        yield {"repositoryUri": uri, **texts, "mappedTo": {"uriBaseId": _BASE}}


def _public_uri(remote: str) -> str:
    """Return a remote's address without user, password, query; empty for a path on this machine."""
    if "://" not in remote:
        host, colon, path = remote.rpartition("@")[2].partition(":")
        remote = (
            f"ssh://{host}/{path.lstrip('/')}"
            if colon and len(host) > 1 and "/" not in host
            else ""
        )
    try:
        parts = urllib.parse.urlsplit(valid(remote))
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https", "ssh", "git") or not parts.hostname:
        return ""
    path = urllib.parse.quote(parts.path, safe="/%~")
    host = urllib.parse.quote(parts.hostname, safe="")
    return f"{parts.scheme}://{host}{port}{path}"


def _invocation(report: Report) -> Plain:
    return {
        "executionSuccessful": complete(report),
        "toolExecutionNotifications": [_notification(row) for row in report.skipped],
    }


def _notification(row: Skipped) -> Plain:
    name = valid(row.origin.path or row.origin.commit or row.origin.kind)
    times = f" ({row.count} of them)" if row.count > 1 else ""
    asked = "left out on request" if row.requested else "not read"
    return {
        "level": "note" if row.requested else "error",
        "message": {"text": _message(f"{name}{times}: {asked}: {row.reason}")},
    }


def _slug(text: object) -> str:
    """Return what a URI and an identifier can hold."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in str(text or "scan"))
