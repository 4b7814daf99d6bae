"""Finds the files that references resolve to, and what identifies their contents."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from occ_audit.blob import as_stored
from occ_audit.checks._evidence.paths import Paths, normal
from occ_audit.checks.evidence import Judged, Verdict
from occ_audit.errors import AuditError
from occ_audit.lock._introduced import first_commits
from occ_audit.model import ReferenceKind
from occ_audit.reading import Entry, EntryKind, Tree

_NOT_CITED = frozenset(
    {Verdict.NO_REFERENCE, Verdict.MISSING, Verdict.ABSENT}
    | {Verdict.OUTSIDE, Verdict.FOREIGN, Verdict.VAULT}
)
_LINKS_FOLLOWED = 8
_LFS_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]+\n)*"
    rb"oid sha256:(?P<sha256>[0-9a-f]{64})\nsize (?P<size>\d{1,19})\n"
)
_LFS_POINTER_BYTES = 1024


@dataclass(frozen=True, slots=True)
class FirstCommit:
    """The commit that introduced a path; a rebase may give it another id."""

    id: str
    date: str
    """When it was committed: ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What identifies a content."""

    sha256: str
    """64 lower-case hexadecimal digits."""
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A tracked file that documents cite."""

    path: str
    digest: Digest
    cited_by: tuple[str, ...]
    """The paths of the documents, sorted."""
    first_commit: FirstCommit | None = None
    """None before it is committed, and where a shallow clone does not hold the commit."""


def cited_artifacts(
    tree: Tree, rows: Iterable[Judged], leave_out: Callable[[str], bool], *, evidence_only: bool
) -> Mapping[str, Artifact]:
    """Return the tracked files that the references of tracked documents resolve to, by path.

    A folder or pattern stands for each file below or matched; a symbolic link for itself and for
    what it leads to. No document cites itself. `leave_out` says which paths are not locked.
    """
    cited: dict[str, set[str]] = {}
    targets = _Targets(tree)
    for row in rows:
        if row.judgement.verdict in _NOT_CITED or not tree.entries[row.document].tracked:
            continue
        if evidence_only and not row.degree:
            continue
        for path in targets.of(row):
            if path != row.document and not leave_out(path):
                cited.setdefault(path, set()).add(row.document)
    return {
        path: Artifact(path, current(tree, path), tuple(sorted(documents)))
        for path, documents in sorted(cited.items())
    }


def with_first_commits(artifacts: Mapping[str, Artifact], tree: Tree) -> Mapping[str, Artifact]:
    """Return the artifacts with the commits that introduced their paths."""
    introduced = first_commits(tree.history, artifacts) if tree.history else {}
    return {
        path: replace(
            row, first_commit=FirstCommit(*introduced[path]) if path in introduced else None
        )
        for path, row in artifacts.items()
    }


def current(tree: Tree, path: str) -> Digest:
    """Return what identifies the content of a path now, the same on disk and in a commit.

    What git changed at checkout does not count: other line endings, and the content that a Git
    LFS pointer stands for.
    """
    try:
        data = tree.read(path)
    except (OSError, KeyError) as error:
        raise AuditError(
            "this cited file cannot be read, so nothing can be said of its content",
            where=path,
            mend="Make it readable; fetch it into a partial clone; or raise `max_bytes` in the "
            "configuration for a large one.",
        ) from error
    data = as_stored(data, tree.entries[path].oid)
    pointer = _LFS_POINTER.fullmatch(data) if len(data) <= _LFS_POINTER_BYTES else None
    if pointer:
        return Digest(pointer["sha256"].decode(), int(pointer["size"]))
    return Digest(hashlib.sha256(data).hexdigest(), len(data))


class _Targets:
    """Expands references to tracked files, each target once."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._paths = Paths(tree)
        self._known: dict[tuple[str, bool], frozenset[str]] = {}

    def of(self, row: Judged) -> frozenset[str]:
        """Return the files that a judged reference stands for."""
        reference = row.judgement.candidate.reference
        pattern = reference is not None and reference.kind is ReferenceKind.GLOB
        key = row.judgement.target, pattern
        if key not in self._known:
            found = self._matched(*key) if pattern else self._at(key[0].rstrip("/"))
            self._known[key] = frozenset(entry.path for entry in found if entry.tracked)
        return self._known[key]

    def _matched(self, target: str, _: bool) -> Iterator[Entry]:
        for entry in self._paths.matches(target):
            yield from self._at(entry.path)

    def _at(self, path: str, links: int = _LINKS_FOLLOWED) -> Iterator[Entry]:
        """Yield the file or link at a path, what the link leads to, or all below a folder."""
        entry = self._tree.entries.get(path)
        if entry is None:
            below = self._paths.below(path) if path else ()
            yield from (row for row in below if row.kind is not EntryKind.SUBMODULE)
        elif entry.kind is not EntryKind.SUBMODULE:
            yield entry
            if entry.kind is EntryKind.SYMLINK and links:
                yield from self._at(self._led_to(path), links - 1)

    def _led_to(self, link: str) -> str:
        """Return where a link leads; empty where that is outside, or nowhere."""
        text = self._tree.read(link).decode("utf-8", "surrogateescape")
        beside = None if text.startswith("/") else normal(f"{link.rpartition('/')[0]}/{text}")
        return (self._paths.find(beside) or "") if beside else ""
