"""What a range of commits introduces: contents and messages; for pull requests and pushes."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

from occ_audit.errors import AuditError
from occ_audit.git_process import GitError
from occ_audit.model import Batch, Finding, Origin
from occ_audit.reading import Coverage, Progress, Tree
from occ_audit.repository import Repository
from occ_audit.sources import AtOnce, Request, _named
from occ_audit.sources._buffer import names
from occ_audit.sources._objects import batches, chained
from occ_audit.sources._trees import commit_tree

_ORIGINS = {kind: Origin(kind) for kind in ("blob", "commit", "tag", "object")}


def open_source(request: Request) -> Commits:
    """Return the source for `A..B`; raises AuditError where either end is not a commit."""
    return Commits(request)


class Range(NamedTuple):
    """Two commits: what the second reaches and the first does not."""

    base: str
    """Or the empty tree, which has no history: then all that leads to the tip is meant."""
    tip: str
    rooted: bool = False
    """True where the base is the empty tree."""

    @property
    def walk(self) -> tuple[str, ...]:
        """The arguments that select its commits."""
        return (self.tip,) if self.rooted else (self.tip, f"^{self.base}")


class Commits(AtOnce):
    """The objects that a range's commits introduce, attributed to the commit that did."""

    name = "range"
    current = False

    def __init__(self, request: Request) -> None:
        self._repository = request.need_repository()
        self._range = parse_range(self._repository, request.range)
        self._max_bytes = request.config.max_bytes
        self._memory = request.memory
        self.root = self._repository.root
        self.coverage = Coverage()
        # Late, because the index and the working tree ask this module for what changed.
        from occ_audit.sources._attribution import Attribution

        self._attribution = Attribution(self._repository, self.coverage, self._range.walk)
        self.total_bytes = 0
        self.whole = False

    def partitions(self, jobs: int) -> Sequence[Generator[Batch]]:
        """Return one iterator over the introduced objects, and over their paths."""
        introduced = self._attribution.introduced()
        oids = [oid for oid, _ in introduced]
        contents = batches(self._repository, oids, _origin, self.coverage, self._max_bytes)
        return [chained(contents, names(self._paths(introduced)))]

    def _paths(self, introduced: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yield every path that the commits brought, once, with an object or else the commit."""
        known = {path: oid for oid, path in introduced if path}
        yield from known.items()
        commits = sorted(self._attribution.commits())
        renamed = _named.given(self._repository, commits, self.coverage)
        yield from {path: commit for path, commit in renamed if path not in known}.items()

    def tree(self) -> Tree | None:
        """Return B's tree, limited to the documents that changed; None where git cannot read it."""
        tip = self._range.tip
        try:
            changed, removed = changes(self._repository, self._range)
            return commit_tree(
                self._repository, tip, tip[:12], self._max_bytes, changed, removed, self._memory
            )
        except GitError:
            reason = "a tree is missing or corrupt, so evidence was not audited"
            self.coverage.skip(Origin("commit", commit=tip), reason)
            return None

    def attribute(self, findings: Sequence[Finding], progress: Progress) -> Sequence[Finding]:
        """Add paths, introducing commits, dates and refs."""
        return self._attribution.attribute(findings)


def _origin(oid: str, kind: str) -> Origin:
    return _ORIGINS[kind]


def parse_range(repository: Repository, text: str) -> Range:
    """Return the two commits of `A..B` or `A...B`; an end left out means HEAD."""
    base, dots, tip = text.partition("...") if "..." in text else text.partition("..")
    if not dots:
        raise AuditError(
            "a range has two ends",
            where=f"--range {text}",
            mend="Write it as A..B, for example origin/main..HEAD.",
        )
    tip_commit = commit_of(repository, tip or "HEAD", "--range")
    if base == repository.empty_tree:
        return Range(base, tip_commit, rooted=True)
    base_commit = commit_of(repository, base or "HEAD", "--range")
    if not base and base_commit == tip_commit:  # as where a variable of a CI job is not set
        raise AuditError(
            "this range has no beginning",
            where=f"--range {text}",
            mend="Name the commit before the first one to be read, as in origin/main..HEAD.",
        )
    if dots == "...":
        base_commit = merge_base(repository, base_commit, tip_commit)
    return Range(base_commit, tip_commit)


def commit_of(repository: Repository, name: str, option: str) -> str:
    """Return the commit of that name; raises AuditError that names the option."""
    found = repository.commit(name)
    if not found:
        raise AuditError(
            "there is no such commit in this clone",
            where=f"{option}: {name}",
            mend="Fetch it first; a shallow clone needs more depth (`git fetch --unshallow`).",
        )
    return found


def merge_base(repository: Repository, base: str, tip: str) -> str:
    """Return where the two histories part; the base itself where they share nothing."""
    try:
        return repository.run("merge-base", base, tip).decode().strip()
    except GitError:
        return base


def changes(repository: Repository, scanned: Range) -> tuple[frozenset[str], dict[str, str]]:
    """Return the paths that the range adds or changes, and those it deletes or renames away."""
    start = scanned.base
    if not scanned.rooted:
        start = merge_base(repository, scanned.base, scanned.tip)
    compare = ("diff-tree", "-r", "-z", "--no-commit-id", "--name-status", start, scanned.tip)
    try:
        rows = repository.fields(*compare, "-M")
    except GitError:
        # To compare contents a partial clone lacks some; equal ones are known by their ids.
        rows = repository.fields(*compare, "-M100%")
    changed: set[str] = set()
    removed: dict[str, str] = {}
    fields = iter(os.fsdecode(row) for row in rows)
    for status in fields:
        path = next(fields)
        if status.startswith("R"):
            renamed = next(fields)
            removed[path] = renamed
            changed.add(renamed)
        elif status == "D":
            removed[path] = ""
        else:
            changed.add(path)
    return frozenset(changed), removed
