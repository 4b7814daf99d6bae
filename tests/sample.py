"""One rich report, hostile names included, that all reports are tested with."""

from __future__ import annotations

import hashlib

from occ_audit.model import (
    Confidence,
    Finding,
    Location,
    Origin,
    Report,
    Rotation,
    Rule,
    Severity,
    Skipped,
    Suppression,
)
from occ_audit.secret import Secret


def _body(seed: str, length: int = 32) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()[:length]


TOKEN = "shpat" + "_" + _body("token")
PASSWORD = "p@ss/" + _body("password", 12) + "&<é>"
SHORT = "hu" + "nter2"
KEY_LINES = [_body(f"key line {n}", 64) for n in range(3)]
KEY = "\n".join(["-----BEGIN PRIVATE KEY-----", *KEY_LINES, "-----END PRIVATE KEY-----"])

SECRETS = [TOKEN, PASSWORD, SHORT, *KEY_LINES]
"""No one of these may be in any report, unless secrets are to be shown."""

HOSTILE = "docs/\x1b[31m\n::error::owned\r\u202e<img src=x onerror=alert(1)>|`x`@everyone.md"
NOT_UTF8 = b"caf\xe9/notes.txt".decode("utf-8", "surrogateescape")
COMMIT = _body("commit", 40)
OTHER = _body("other commit", 40)
BLOB = _body("blob", 40)

TOKEN_RULE = Rule(
    id="shopify-admin-token",
    name="Shopify Admin API access token",
    severity=Severity.CRITICAL,
    description="It opens the Admin API of one shop: orders, customers and their addresses.",
    pattern="x",
    confidence=Confidence.CERTAIN,
    vendor="shopify",
    rotate=Rotation(
        "Rotate the token in the app's settings, then update every service that uses it.",
        "https://shop.example/docs/rotate",
    ),
    references=("https://shop.example/docs/tokens",),
)
DSN_RULE = Rule(
    id="database-url",
    name="Database URL with a password",
    severity=Severity.HIGH,
    description="Whoever reads it logs in to the database.",
    pattern="x",
    rotate=Rotation("Change the password.", "https://db.example/passwords", "ALTER ROLE app …"),
)
KEY_RULE = Rule(
    id="private-key",
    name="Private key",
    severity=Severity.HIGH,
    description="Whoever holds it can sign and log in as its owner.",
    pattern="x",
)
EVIDENCE_RULE = Rule(
    id="evidence-missing",
    name="Cited file is missing",
    severity=Severity.HIGH,
    description="A reader cannot check the claim.",
)
STALE_RULE = Rule(
    id="evidence-planned",
    name="Evidence is only planned",
    severity=Severity.INFO,
    description="The document says itself that the file is still to come.",
)


def _location(path: str, line: int, column: int, excerpt: str, width: int = 10) -> Location:
    return Location(
        oid="",
        start=0,
        end=width,
        line=line,
        column=column,
        end_line=line,
        end_column=column + width,
        excerpt=excerpt,
        origins=(Origin("file", path),),
    )


def _history(path: str, line: int, column: int, excerpt: str) -> Location:
    return Location(
        BLOB, 0, 38, line, column, line, column + 38, excerpt, (Origin("blob", path, COMMIT),)
    )


def _token() -> Finding:
    message = Location(
        OTHER,
        0,
        38,
        3,
        7,
        3,
        45,
        f"token {TOKEN[:4]}**** was here",
        (Origin("commit", f"Use {TOKEN}", OTHER),),
    )
    copies = tuple(_history(f"old/{n}/{TOKEN}.env", 1, 7, "TOKEN=shpa****") for n in range(6))
    return Finding(
        "shopify-admin-token",
        Severity.CRITICAL,
        "Shopify Admin API access token `shpa****`",
        (
            _location("feedback/integrations.md", 198, 122, "regenerated the token (`shpa****`)"),
            message,
            *copies,
        ),
        secret=Secret(TOKEN.encode()),
        confidence=Confidence.CERTAIN,
        fingerprint="shopify-admin-token:" + _body("fingerprint"),
        properties={
            "vendor": "shopify",
            "opens": ["shop hot-rods.example"],
            "introduced": {
                "commit": COMMIT,
                "date": "2025-10-10",
                "author": "Ana Ops",
                "path": f"old/0/{TOKEN}.env",
            },
            "in_head": True,
            "refs": ["refs/heads/main", f"refs/heads/fix-{TOKEN}", "refs/tags/v1", "refs/stash"],
            "proof": "the prefix and 32 hex digits",
            "reasons": ["structured token", f"near the word token, not {SHORT}"],
        },
    )


def _others() -> tuple[Finding, ...]:
    dsn = Finding(
        "database-url",
        Severity.HIGH,
        "Database URL with the password of `app`",
        (
            _location(HOSTILE, 12, 3, f"url: postgres://app:****@db\x1b[2J\u202e, see {SHORT}"),
            _location(NOT_UTF8, 1, 1, f"was {PASSWORD}"),
        ),
        secret=Secret(PASSWORD.encode()),
        fingerprint="database-url:" + _body("dsn"),
    )
    key = Finding(
        "private-key",
        Severity.HIGH,
        "Private key",
        (_location("deploy/id.pem", 1, 1, "-----BEGIN PRIVATE KEY-----"),),
        secret=Secret(KEY.encode()),
        fingerprint="private-key:" + _body("key"),
        suppression=Suppression("baseline", f"known, was {SHORT}", "ops", "2026-12-31"),
    )
    short = Finding(
        "database-url",
        Severity.LOW,
        "Database URL with a password for local development",
        (_location("compose.yml", 4, 9, "postgres://app:****@localhost"),),
        secret=Secret(SHORT.encode()),
        confidence=Confidence.POSSIBLE,
        fingerprint="database-url:" + _body("short"),
        properties={"reason": "the host is this machine"},
    )
    return dsn, key, short


def _evidence() -> tuple[Finding, ...]:
    missing = [
        Finding(
            "evidence-missing",
            Severity.HIGH,
            f"`{target}` {why}",
            (_location("feedback/integrations.md", line, 14, f"Evidence: `{target}`"),),
            fingerprint=f"evidence-missing:{_body(target)}",
            properties={"document": "feedback/integrations.md", "target": target, "reason": why},
        )
        for line, target, why in (
            (
                42,
                "artifacts/logs/20251010T0736Z-health-check-of-the-web-machine.log",
                "never existed",
            ),
            (57, "docs/runbooks/rotate.md", "was deleted in 0123456789ab on 2025-10-09"),
            (90, HOSTILE, "never existed"),
        )
    ]
    planned = Finding(
        "evidence-planned",
        Severity.INFO,
        "`docs/to-come.md` is planned",
        (_location("docs/plan.md", 7, 3, "`docs/to-come.md` (to be authored)"),),
        fingerprint=f"evidence-planned:{_body('planned')}",
        properties={"next_step": "Write it, or withdraw the claim."},
    )
    return *missing, planned


def sample() -> Report:
    """Return the report."""
    return Report(
        root="/srv/ops",
        rules=(TOKEN_RULE, DSN_RULE, KEY_RULE, EVIDENCE_RULE, STALE_RULE),
        findings=(_token(), *_others(), *_evidence()),
        skipped=(
            Skipped(Origin("blob", "big.bin"), "larger than 256 MB"),
            Skipped(Origin("blob", f"dump-{TOKEN}.sql"), "larger than 256 MB"),
            Skipped(Origin("commit", commit=OTHER), "shallow boundary: its parents are not here"),
            Skipped(Origin("object"), "missing from this partial clone", count=1234),
            Skipped(Origin("file", "vendor/lib.js"), "excluded by .occ-audit.toml", True, 41),
        ),
        stats={
            "source": "worktree",
            "counters": {
                "files": 1203,
                "documents": 3,
                "references": 60,
                "bytes": 4_812_345,
                "binary_files": 1,
            },
            "seconds": 0.412,
            "repository": {
                "uri": f"https://bot:{TOKEN}@git.example/team/ops.git?token={TOKEN}",
                "revision": COMMIT,
                "branch": f"fix-{TOKEN}",
            },
        },
    )


def clean() -> Report:
    """Return a report without findings, of a complete scan."""
    return Report(
        "/srv/ops",
        (TOKEN_RULE,),
        (),
        (),
        {"source": "history", "counters": {"objects": 1, "bytes": 17}},
    )
