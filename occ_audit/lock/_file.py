"""The lock file: a header, then one JSON object a line, sorted by path, so that it merges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from occ_audit.json_lines import Format, Row, mistake
from occ_audit.lock._artifacts import Artifact, Digest, FirstCommit

FILE_NAME = "evidence.lock"

_FIELDS = ("path", "sha256", "size", "first_commit", "cited_by")
_AFRESH = "Restore the file from git, or write it anew with `occ-audit evidence lock`."
_MEND_LINE = "Restore the line from git, or delete it and run `occ-audit evidence lock`."
_FORMAT = Format(
    noun="lock",
    name="occ-audit-evidence-lock",
    version=1,
    missing="Write one with `occ-audit evidence lock`, or name another with --file.",
    afresh=_AFRESH,
    conflict="Resolve it with `occ-audit evidence lock`; `evidence.lock merge=union` in "
    ".gitattributes spares it.",
    line=_MEND_LINE,
)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_DATE = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?")


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock file holds."""

    artifacts: Mapping[str, Artifact]
    """By path."""
    evidence_only: bool = False
    """Only evidence documents count, not those that refer to files in passing."""


def write(path: Path, lock: Lock) -> None:
    """Replace the lock file at once; the same lock gives the same bytes."""
    header = {"documents": "evidence" if lock.evidence_only else "all"}
    _FORMAT.write(path, header, (_row(row) for _, row in sorted(lock.artifacts.items())))


def _row(artifact: Artifact) -> dict[str, object]:
    first = artifact.first_commit
    return {
        "path": artifact.path,
        **asdict(artifact.digest),
        "first_commit": asdict(first) if first else None,
        "cited_by": artifact.cited_by,
    }


def read(path: Path) -> Lock:
    """Read a lock file; raises AuditError that names the line and the mend.

    Lines may stand in any order. Two lines for one path, as a merge may leave them, are one if
    they agree on the content.
    """
    header, rows = _FORMAT.read(path)
    scope = header.get("documents")
    if scope not in ("all", "evidence"):
        raise mistake(path, 1, '`documents` is neither "all" nor "evidence"', _AFRESH)
    artifacts: dict[str, Artifact] = {}
    for number, row in rows:
        artifact = _artifact(path, number, row)
        known = artifacts.setdefault(artifact.path, artifact)
        if known.digest != artifact.digest:
            problem = f"a second line for {artifact.path!a}, with another content"
            raise mistake(path, number, problem, "Delete the one that is wrong, or both and lock.")
        both = tuple(sorted({*known.cited_by, *artifact.cited_by}))
        artifacts[artifact.path] = replace(known, cited_by=both)
    return Lock(artifacts, evidence_only=scope == "evidence")


def _artifact(path: Path, number: int, row: Row) -> Artifact:
    checks = {
        "path": lambda value: isinstance(value, str) and value != "",
        "sha256": lambda value: _is_text(_SHA256, value),
        "size": lambda value: type(value) is int and value >= 0,
        "first_commit": _is_first_commit,
        "cited_by": _is_texts,
    }
    unknown = [name for name in row if name not in checks]
    if unknown:
        problem = f"{unknown[0]!a} is no field of an entry"
        raise mistake(path, number, problem, f"The fields are: {', '.join(_FIELDS)}.")
    for name, check in checks.items():
        if name not in row or not check(row[name]):
            raise mistake(path, number, f"`{name}` is missing or not as written", _MEND_LINE)
    return _built(row)


def _built(row: Mapping[str, object]) -> Artifact:
    """Return the artifact of a row whose fields were checked."""
    values: dict[str, object] = dict(row)
    first, documents = values["first_commit"], values["cited_by"]
    return Artifact(
        str(values["path"]),
        Digest(str(values["sha256"]), int(str(values["size"]))),
        tuple(map(str, documents)) if isinstance(documents, list) else (),
        FirstCommit(**first) if isinstance(first, dict) else None,
    )


def _is_first_commit(value: object) -> bool:
    if not isinstance(value, dict):
        return value is None
    known = set(value) == {"id", "date"}
    return known and _is_text(_OID, value["id"]) and _is_text(_DATE, value["date"])


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_text(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
