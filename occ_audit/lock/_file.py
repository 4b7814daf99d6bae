"""The lock file: a header, then one JSON object a line, sorted by path, so that it merges."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from occ_audit.errors import AuditError
from occ_audit.files import write_beside
from occ_audit.lock._artifacts import Artifact, Digest, FirstCommit

FILE_NAME = "evidence.lock"
FORMAT = "occ-audit-evidence-lock"
VERSION = 1

_FIELDS = ("path", "sha256", "size", "first_commit", "cited_by")
_CONFLICT = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
_AFRESH = "Restore the file from git, or write it anew with `occ-audit evidence lock`."
_MEND_LINE = "Restore the line from git, or delete it and run `occ-audit evidence lock`."
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
    header = {
        "format": FORMAT,
        "version": VERSION,
        "documents": "evidence" if lock.evidence_only else "all",
    }
    rows = (_row(artifact) for _, artifact in sorted(lock.artifacts.items()))
    lines = (json.dumps(line, ensure_ascii=False) + "\n" for line in (header, *rows))
    write_beside(path, "".join(lines))


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
    rows = _rows(path)
    number, header = next(rows, (1, {}))
    scope = _scope(path, number, header)
    artifacts: dict[str, Artifact] = {}
    for number, row in rows:
        artifact = _artifact(path, number, row)
        known = artifacts.setdefault(artifact.path, artifact)
        if known.digest != artifact.digest:
            problem = f"a second line for {artifact.path!a}, with another content"
            raise _error(path, number, problem, "Delete the one that is wrong, or both and lock.")
        both = tuple(sorted({*known.cited_by, *artifact.cited_by}))
        artifacts[artifact.path] = replace(known, cited_by=both)
    return Lock(artifacts, evidence_only=scope == "evidence")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in _lines(path):
        if line.startswith(_CONFLICT):
            mend = (
                "Resolve it with `occ-audit evidence lock`; `evidence.lock merge=union` in "
                ".gitattributes spares it."
            )
            raise _error(path, number, "an unresolved merge conflict", mend)
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise _error(path, number, "is not a JSON object", _MEND_LINE)
        yield number, row


def _lines(path: Path) -> Iterable[tuple[int, str]]:
    try:
        if path.exists() and not path.is_file():  # a link to a device would be read forever
            raise OSError("not a regular file")
        return enumerate(path.read_bytes().decode("utf-8-sig").split("\n"), 1)
    except FileNotFoundError:
        mend = "Write one with `occ-audit evidence lock`, or name another with --file."
        raise _error(path, 0, "there is no such lock", mend) from None
    except OSError as error:
        problem = f"cannot read the lock: {error.strerror or error}"
        raise _error(path, 0, problem, "Make it a readable file.") from None
    except UnicodeDecodeError:
        raise _error(path, 0, "is not UTF-8", _AFRESH) from None


def _scope(path: Path, number: int, header: Mapping[str, object]) -> object:
    if header.get("format") != FORMAT:
        raise _error(path, number, "the header line of a lock is missing", _AFRESH)
    if header.get("version") != VERSION:
        problem = f"version {header.get('version')!a} of the format is not known here"
        raise _error(path, number, problem, f"Use the occ-audit that wrote it. {_AFRESH}")
    scope = header.get("documents")
    if scope not in ("all", "evidence"):
        raise _error(path, number, '`documents` is neither "all" nor "evidence"', _AFRESH)
    return scope


def _artifact(path: Path, number: int, row: Mapping[str, object]) -> Artifact:
    if row.get("format") == FORMAT:
        raise _error(path, number, "a second header", "Keep only the one in the first line.")
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
        raise _error(path, number, problem, f"The fields are: {', '.join(_FIELDS)}.")
    for name, check in checks.items():
        if name not in row or not check(row[name]):
            raise _error(path, number, f"`{name}` is missing or not as written", _MEND_LINE)
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


def _error(path: Path, number: int, problem: str, mend: str) -> AuditError:
    return AuditError(problem, where=f"{path}:{number}" if number else str(path), mend=mend)
