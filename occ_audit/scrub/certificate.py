"""The certificate of a verification, as data and as a page: what was looked at, when, and how.

Only a verification that found nothing is certified.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from occ_audit import __version__
from occ_audit.model import Rule, Skipped
from occ_audit.scrub.verify import Verification
from occ_audit.wording import visible

FORMAT = "occ-audit-scrub-certificate"
VERSION = 1


def make(found: Verification, rules: Iterable[Rule], when: datetime.datetime) -> dict[str, Any]:
    """Return the certificate as JSON-ready data; its `sha256` covers all other members.

    Raises ValueError where a secret is left.
    """
    if found.leftovers:
        raise ValueError("a secret is left")
    rows = sorted(found.wanted.secrets.values(), key=lambda row: row.fingerprint)
    known = list(rules)
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "date": when.astimezone(datetime.UTC).isoformat(timespec="seconds"),
        "tool": f"occ-audit {__version__}",
        "rules": {"count": len(known), "sha256": rules_digest(known)},
        "secrets": [{"fingerprint": row.fingerprint, "rule_id": row.rule_id} for row in rows],
        "looked_at": [
            {
                "side": side.name,
                "where": side.where,
                "counts": dict(sorted(side.counters.items())),
                "refs": dict(sorted(side.refs.items())),
            }
            for side in found.sides
        ],
        "not_looked_at": [_skipped(row) for row in found.skipped],
        "not_checked": list(found.unchecked),
    }
    return content | {"sha256": content_hash(content)}


def content_hash(certificate: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a certificate without its own hash: sorted keys, no spaces, UTF-8."""
    content = {key: value for key, value in certificate.items() if key != "sha256"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def rules_digest(rules: Iterable[Rule]) -> str:
    """Return the SHA-256 of what decides which secrets the rules find."""
    rows = sorted(
        [rule.id, rule.pattern, rule.group, rule.priority, rule.validators, rule.paths, rule.allow]
        for rule in rules
    )
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _skipped(row: Skipped) -> dict[str, object]:
    return {
        "what": f"{row.origin.kind} {row.origin.path or row.origin.commit}".strip(),
        "reason": row.reason,
        "count": row.count,
    }


def as_json(certificate: Mapping[str, Any]) -> str:
    """Return the certificate as JSON text."""
    return json.dumps(certificate, indent=2, ensure_ascii=True) + "\n"


def as_page(certificate: Mapping[str, Any]) -> str:
    """Return the certificate as a Markdown page, all of whose claims are in the data too."""
    return "\n".join(_page(certificate)) + "\n"


def _page(made: Mapping[str, Any]) -> Iterator[str]:
    count = len(made["secrets"])
    yield "# Scrub certificate"
    yield ""
    yield f"On {made['date']} none of {count} secrets was found in what is listed here."
    yield ""
    yield f"- Content hash (SHA-256 of the JSON certificate without its hash): `{made['sha256']}`"
    yield f"- Tool: {made['tool']}, {made['rules']['count']} rules, `{made['rules']['sha256']}`"
    yield ""
    yield "## Secrets"
    yield ""
    yield from (f"- `{_text(row['fingerprint'])}`" for row in made["secrets"])
    for side in made["looked_at"]:
        yield from _side(side)
    for title, rows in (
        ("Could not be looked at", [_row(row) for row in made["not_looked_at"]]),
        ("Not checked", made["not_checked"]),
    ):
        if rows:
            yield f"\n## {title}\n"
            yield from (f"- {_text(row)}" for row in rows)


def _side(side: Mapping[str, Any]) -> Iterator[str]:
    title = "This repository" if side["side"] == "here" else "Remote"
    yield f"\n## {title}: `{_text(side['where'])}`\n"
    counts = (f"{amount:,} {name.replace('_', ' ')}" for name, amount in side["counts"].items())
    yield f"Looked at: {', '.join(counts)}.\n"
    yield "| ref | object |"
    yield "|---|---|"
    yield from (f"| `{_text(name)}` | `{oid}` |" for name, oid in side["refs"].items())


def _row(row: Mapping[str, Any]) -> str:
    return f"{row['what']}: {row['reason']}"


def _text(text: str) -> str:
    """Return a text on one line that breaks neither code nor a table."""
    return visible(text).replace("`", "'").replace("|", "\\|").replace("<", "&lt;")
