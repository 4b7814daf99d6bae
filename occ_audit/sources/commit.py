"""One commit as it was: its files and the documents among them, read without a checkout."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from occ_audit.config import path_matcher
from occ_audit.model import Batch, Coverage, Finding, Origin, Progress, Tree
from occ_audit.repository import Listed
from occ_audit.sources import Request
from occ_audit.sources._buffer import names
from occ_audit.sources._listing import paths_by_oid, with_all_paths
from occ_audit.sources._objects import batches, chained
from occ_audit.sources._since import narrow
from occ_audit.sources._trees import commit_tree
from occ_audit.sources.commits import commit_of

_KIND = "blob"


def open_source(request: Request) -> Commit:
    """Return the source for one commit; raises AuditError where there is none of that name."""
    return Commit(request)


class Commit:
    """All that the tree of a commit holds, limited to the paths that were given."""

    name = "commit"
    current = True

    def __init__(self, request: Request) -> None:
        self._repository = request.need_repository()
        self._request = request
        self._commit = commit_of(self._repository, request.at, "--at")
        self._excluded = path_matcher(request.config.exclude)
        self._max_bytes = request.config.max_bytes
        self._paths: dict[str, list[str]] = {}
        self.root = self._repository.root
        self.coverage = Coverage()
        self.total_bytes = 0
        self.whole = False

    def partitions(self, jobs: int) -> Sequence[Generator[Batch]]:
        """Return contiguous shares of the files."""
        rows = [row for row in self._repository.ls_tree(self._commit) if self._given(row.path)]
        self._paths = paths_by_oid(rows, _KIND, self._excluded, self.coverage)
        self.coverage.count(files=sum(map(len, self._paths.values())))
        missing = self._missing() & self._paths.keys()
        for oid in sorted(missing):
            for path in self._paths[oid]:
                reason = "missing object: this clone does not hold it"
                self.coverage.skip(Origin(_KIND, path), reason)
        oids = [oid for oid in self._paths if oid not in missing]
        share = max(-(-len(oids) // jobs), 1)
        parts = [self._batches(oids[at : at + share]) for at in range(0, len(oids), share)]
        paths = ((path, oid) for oid, paths in self._paths.items() for path in paths)
        return [chained(*parts[:1], names(paths)), *parts[1:]]

    def tree(self) -> Tree | None:
        """Return the commit's tree."""
        rows: list[Listed] = self._repository.ls_tree(self._commit)
        given = frozenset(row.path for row in rows if self._given(row.path))
        limited = None if len(given) == len(rows) else given
        label = self._commit[:12]
        tree = commit_tree(self._repository, self._commit, label, self._max_bytes, limited)
        return narrow(tree, self._request, self._commit)

    def attribute(self, findings: Sequence[Finding], progress: Progress) -> Sequence[Finding]:
        """Name every path where the commit holds a content twice."""
        return with_all_paths(findings, _KIND, self._paths)

    def _missing(self) -> frozenset[str]:
        """Return what the commit names but a partial clone does not hold."""
        tree = f"{self._commit}^{{tree}}"
        said = self._repository.run("rev-list", "--objects", "--missing=print", tree).decode(
            "utf-8", "surrogateescape"
        )
        return frozenset(row[1:] for row in said.splitlines() if row.startswith("?"))

    def _given(self, path: str) -> bool:
        places = (given.relative_to(self.root).as_posix() for given in self._request.paths)
        return any(place in (".", path) or path.startswith(f"{place}/") for place in places)

    def _batches(self, oids: Sequence[str]) -> Generator[Batch]:
        return batches(self._repository, oids, self._origin, self.coverage, self._max_bytes)

    def _origin(self, oid: str, kind: str) -> Origin:
        return Origin(_KIND, self._paths[oid][0])
