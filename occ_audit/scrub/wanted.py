"""The secrets that must be gone, as keyed digests: a scrub report names them and tells none."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from occ_audit import __version__, files
from occ_audit.errors import AuditError
from occ_audit.model import Finding
from occ_audit.secret import Secret

VERSION = 1

_KEY_BYTES = 32
_DIGEST_LENGTH = 32
_TEXTS = ("fingerprint", "rule_id", "digest")
_AGAIN = "Write it again with `occ-audit scrub report --format json`."


@dataclass(frozen=True, slots=True)
class Known:
    """One secret of a report."""

    fingerprint: str
    rule_id: str
    digest: str
    mask: str = "****"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The secrets of a report by digest, and the key that the digests are made with."""

    key: bytes = field(repr=False)
    secrets: Mapping[str, Known]
    accepted: int = 0
    """How many more the report says to be no leak; these may stay."""

    def find(self, secret: Secret) -> Known | None:
        """Return which of the secrets this one is, by its identity or as it is written."""
        digests = (one.digest(self.key) for one in (secret, Secret(secret.reveal())))
        return next((self.secrets[digest] for digest in digests if digest in self.secrets), None)


def of_findings(findings: Iterable[Finding]) -> Wanted:
    """Return the secrets of these findings under a fresh random key."""
    key = secrets.token_bytes(_KEY_BYTES)
    rows = [
        Known(row.fingerprint, row.rule_id, secret.digest(key), secret.mask)
        for row in findings
        for secret in row.secrets
    ]
    return Wanted(key, {row.digest: row for row in reversed(rows)})


def text_of(wanted: Wanted) -> str:
    """Return the secrets as the JSON that `read` reads."""
    rows = sorted(wanted.secrets.values(), key=lambda row: (row.fingerprint, row.digest))
    document = {
        "schema_version": VERSION,
        "tool": f"occ-audit {__version__}",
        # Not in one piece: scanners would take it for a credential.
        "key": wanted.key.hex(" ", 4),
        "secrets": [asdict(row) for row in rows],
    }
    return json.dumps(document, indent=2) + "\n"


def read(path: Path) -> Wanted:
    """Read the secrets of a report; raises AuditError that names what is wrong with it."""
    document = _document(path)
    if document.get("schema_version") != VERSION:
        found = document.get("schema_version")
        raise _error(path, f"version {found!a} of the report is not known here", _AGAIN)
    try:
        key = bytes.fromhex(document["key"])
    except (KeyError, TypeError, ValueError):
        key = b""
    if len(key) < _KEY_BYTES // 2:
        raise _error(path, "the key of the digests is missing", _AGAIN)
    rows = document.get("secrets")
    if not isinstance(rows, list):
        raise _error(path, "`secrets` is no list", _AGAIN)
    known = [_known(path, number, row) for number, row in enumerate(rows) if not _accepted(row)]
    return Wanted(key, {row.digest: row for row in known}, len(rows) - len(known))


def _accepted(row: object) -> bool:
    """Say whether a comment, the configuration or the baseline says that it is no leak."""
    return isinstance(row, dict) and bool(row.get("suppression"))


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(files.read_bytes(path, "the report", _AGAIN))
    except (ValueError, RecursionError):
        raise _error(path, "the report is not JSON", _AGAIN) from None
    if not isinstance(document, dict):
        raise _error(path, "the report is no JSON object", _AGAIN)
    return document


def _known(path: Path, number: int, row: object) -> Known:
    fields = row if isinstance(row, dict) else {}
    texts = {name: fields.get(name) for name in _TEXTS}
    wrong = [name for name, text in texts.items() if not isinstance(text, str) or not text]
    if wrong or len(str(texts["digest"])) != _DIGEST_LENGTH:
        raise _error(path, f"secrets[{number}]: `{(wrong or ['digest'])[0]}` is wrong", _AGAIN)
    mask = fields.get("mask")
    return Known(**texts, mask=mask if isinstance(mask, str) else "****")  # type: ignore[arg-type]


def _error(path: Path, problem: str, mend: str) -> AuditError:
    return AuditError(problem, where=str(path), mend=mend)
