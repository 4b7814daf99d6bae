"""Everything that git holds, reachable or not, and what can be said of the hits."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Generator, Iterator, Mapping, Sequence

from occ_audit.git_process import GitError
from occ_audit.matching.hits import recalled
from occ_audit.model import Batch, Finding, Origin
from occ_audit.reading import Coverage, Progress, Tree
from occ_audit.sources import Request
from occ_audit.sources._attribution import Attribution
from occ_audit.sources._buffer import names
from occ_audit.sources._git_files import git_files, ref_names
from occ_audit.sources._objects import batches, chained
from occ_audit.sources._store import ObjectStore, in_families
from occ_audit.sources._trees import commit_tree

RANGE_BYTES = 32 * 2**20
"""No range of a large history is smaller; each costs a git process."""
_ORIGINS = {kind: Origin(kind) for kind in ("blob", "commit", "tag", "object")}


def open_source(request: Request) -> History:
    """Return the source that reads the whole object store."""
    return History(request)


class History:
    """All blobs, the texts of all commits and tags, the names of refs, and git's own files."""

    name = "history"
    current = False

    def __init__(self, request: Request) -> None:
        self.coverage = Coverage()
        self.total_bytes = 0
        self.whole = True
        self._repository = request.need_repository()
        self.root = self._repository.root
        self._max_bytes = request.config.max_bytes
        self._scanned = request.scanned
        self._memory = request.memory
        self._store = ObjectStore(self._repository, self.coverage, request.scanned)
        self._attribution: Attribution | None = None
        self._unread: Mapping[str, int] = {}
        self._known: Mapping[str, bytes] = {}

    def partitions(self, jobs: int) -> Sequence[Generator[Batch]]:
        """Return the objects, and first the names of refs and the files of the git directory."""
        parts = self.objects(jobs)
        beside = (
            ref_names(self._attribution.refs if self._attribution else ()),
            git_files(self._repository, self.coverage, self._max_bytes),
        )
        return [chained(*beside, *parts[:1]), *parts[1:]]

    def objects(self, jobs: int) -> list[Generator[Batch]]:
        """Return contiguous ranges of the objects, families of deltas together, ever smaller ones.

        Whoever is done with one takes the next, so that all end together.
        """
        self._attribution = Attribution(self._repository, self.coverage, scanned=self._scanned)
        unread = self._unread = self._store.unread()
        self._known = self._scanned.hits() if self._scanned else {}
        oids = in_families(unread, self._store.bases)
        sizes = [unread[oid] for oid in oids]
        self.total_bytes = sum(sizes)
        self.coverage.count(refs=sum(name.startswith("refs/") for name in self._attribution.refs))
        return [self._batches(oids[low:high]) for low, high in _ranges(sizes, jobs)]

    def _batches(self, oids: Sequence[str]) -> Generator[Batch]:
        parts = batches(self._repository, oids, _origin, self.coverage, self._max_bytes)
        with contextlib.closing(parts):
            for part in parts:
                known = recalled(part.contents, self._known) if self._scanned else None
                yield part._replace(hits=known)

    def in_order(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Return the findings in the order of the packs, in which the newest objects come first."""
        holding = {finding.locations[0].oid for finding in findings}
        ranks = {oid: rank for rank, oid in enumerate(self._unread, 1) if oid in holding}
        return sorted(findings, key=lambda finding: ranks.get(finding.locations[0].oid, 0))

    def late(self) -> Generator[Batch]:
        """Yield the names of files and folders that the walk over the commits met."""
        return names(self._attribution.paths() if self._attribution else ())

    def tree(self) -> Tree | None:
        """Return the tree of HEAD; None before the first commit."""
        head = self._repository.head
        if not head:
            return None
        try:
            return commit_tree(self._repository, head, "HEAD", self._max_bytes, memory=self._memory)
        except GitError:
            reason = "its tree is missing or corrupt, so evidence was not audited"
            self.coverage.skip(Origin("commit", commit=head), reason)
            return None

    def attribute(self, findings: Sequence[Finding], progress: Progress) -> Sequence[Finding]:
        """Add origins, introducing commit, presence in HEAD and reaching refs to each finding."""
        if self._attribution is None:
            return findings
        progress("attributing", 0, 0)
        self._store.remember()
        return self._attribution.attribute(findings)


def _origin(oid: str, kind: str) -> Origin:
    return _ORIGINS[kind]


def _ranges(sizes: Sequence[int], jobs: int) -> Iterator[tuple[int, int]]:
    """Yield ranges, each half of what would be each job's share of the rest, in bytes."""
    first, begun, total = 0, 0, sum(sizes)
    least = max(min(RANGE_BYTES, total / jobs), 1)
    for index, reached in enumerate(itertools.accumulate(sizes), start=1):
        if reached - begun >= max((total - begun) / (2 * jobs), least) or index == len(sizes):
            yield first, index
            first, begun = index, reached
