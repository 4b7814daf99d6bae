"""The evidence lock: which files the documents cite, and what these files said when it was made."""

from __future__ import annotations

from occ_audit.lock._artifacts import (
    Artifact,
    Digest,
    FirstCommit,
    cited_artifacts,
    current,
    with_first_commits,
)
from occ_audit.lock._compare import Difference, Status, differences
from occ_audit.lock._file import FILE_NAME, Lock, read, write
from occ_audit.lock._statement import PREDICATE_TYPE, statement

__all__ = [
    "FILE_NAME",
    "PREDICATE_TYPE",
    "Artifact",
    "Difference",
    "Digest",
    "FirstCommit",
    "Lock",
    "Status",
    "cited_artifacts",
    "current",
    "differences",
    "read",
    "statement",
    "with_first_commits",
    "write",
]
