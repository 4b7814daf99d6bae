"""The lock as an in-toto Statement v1, to be signed with the tools that people have."""

from __future__ import annotations

from occ_audit import __version__
from occ_audit.lock._artifacts import Artifact
from occ_audit.lock._file import Lock

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:occ-audit:evidence-lock:v1"
"""Names the fields of the predicate; described in docs/lock.md."""


def statement(lock: Lock, commit: str) -> dict[str, object]:
    """Return the statement that a commit holds these contents, and which documents cite them."""
    rows = [artifact for _, artifact in sorted(lock.artifacts.items())]
    return {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": _text(row.path), "digest": {"sha256": row.digest.sha256}} for row in rows
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "tool": {"name": "occ-audit", "version": __version__},
            "commit": commit,
            "documents": "evidence" if lock.evidence_only else "all",
            "artifacts": [_artifact(row) for row in rows],
        },
    }


def _artifact(row: Artifact) -> dict[str, object]:
    first = row.first_commit
    return {
        "name": _text(row.path),
        "size": row.digest.size,
        "firstCommit": {"id": first.id, "date": first.date} if first else None,
        "citedBy": [_text(document) for document in row.cited_by],
    }


def _text(path: str) -> str:
    """Return a path as valid Unicode; a byte that is not UTF-8 is written as an escape."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
