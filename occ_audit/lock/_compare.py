"""Compares a lock with what is cited and stored now."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from occ_audit.lock._artifacts import Artifact, Digest, current
from occ_audit.lock._file import Lock
from occ_audit.reading import Entry, Tree


class Status(enum.StrEnum):
    """How a path differs from the lock."""

    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"
    UNCITED = "no longer cited"


@dataclass(frozen=True, slots=True)
class Difference:
    """One path that is not as the lock says."""

    path: str
    status: Status
    locked: Digest | None
    found: Digest | None
    """None where git does not track the path any more."""
    cited_by: tuple[str, ...]
    """Now, or by the lock where nothing cites it any more."""
    reason: str = ""


def differences(lock: Lock, tree: Tree, now: Mapping[str, Artifact]) -> Iterator[Difference]:
    """Yield what was changed, removed or added since the lock was made, sorted by path.

    The first commit plays no part: a rebase changes its id, not the evidence. Nor does which
    document cites a path, as long as one does.
    """
    for path in sorted({*lock.artifacts, *now}):
        locked, cited = lock.artifacts.get(path), now.get(path)
        if locked is None and cited is not None:
            yield Difference(path, Status.ADDED, None, cited.digest, cited.cited_by)
        elif locked is not None:
            yield from _since(locked, cited, tree)


def _since(locked: Artifact, cited: Artifact | None, tree: Tree) -> Iterator[Difference]:
    entry = tree.entries.get(locked.path)
    documents = cited.cited_by if cited else locked.cited_by
    if entry is None or not entry.tracked:
        reason = _gone(entry)
        yield Difference(locked.path, Status.REMOVED, locked.digest, None, documents, reason)
        return
    found = cited.digest if cited else current(tree, locked.path)
    if found != locked.digest:
        reason = "" if cited else Status.UNCITED.value
        yield Difference(locked.path, Status.CHANGED, locked.digest, found, documents, reason)
    elif cited is None:
        yield Difference(locked.path, Status.UNCITED, locked.digest, found, documents)


def _gone(entry: Entry | None) -> str:
    return "it is on disk, but git does not track it" if entry else ""
