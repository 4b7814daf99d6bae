"""One commit as it was: its files and the documents among them, read without a checkout."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

from occ_audit.errors import AuditError
from occ_audit.model import Batch, Finding, Origin
from occ_audit.reading import Coverage, Progress, Tree
from occ_audit.repository import Listed
from occ_audit.setting_types import path_matcher
from occ_audit.sources import AtOnce, Request
from occ_audit.sources._buffer import names
from occ_audit.sources._listing import paths_by_oid, with_all_paths
from occ_audit.sources._objects import MISSING, batches, chained
from occ_audit.sources._since import narrow
from occ_audit.sources._trees import commit_tree
from occ_audit.sources.commits import commit_of

_KIND = "blob"


def open_source(request: Request) -> Commit:
    """Return the source for one commit; raises AuditError where there is none of that name."""
    return Commit(request)


class Commit(AtOnce):
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
        self._places = tuple(map(self._place, request.paths))
        self.coverage = Coverage()
        self.total_bytes = 0
        self.whole = False

    def partitions(self, jobs: int) -> Sequence[Generator[Batch]]:
        """Return contiguous shares of the files."""
        rows = [row for row in self._listed() if self._given(row.path)]
        self._paths = paths_by_oid(rows, _KIND, self._excluded, self.coverage)
        self.coverage.count(files=sum(map(len, self._paths.values())))
        missing = self._repository.missing_below(self._commit) & self._paths.keys()
        for oid in sorted(missing):
            for path in self._paths[oid]:
                self.coverage.skip(Origin(_KIND, path), MISSING)
        oids = [oid for oid in self._paths if oid not in missing]
        share = max(-(-len(oids) // jobs), 1)
        parts = [self._batches(oids[at : at + share]) for at in range(0, len(oids), share)]
        paths = ((path, oid) for oid, paths in self._paths.items() for path in paths)
        return [chained(*parts[:1], names(paths)), *parts[1:]]

    def tree(self) -> Tree | None:
        """Return the commit's tree."""
        rows = self._listed()
        given = frozenset(row.path for row in rows if self._given(row.path))
        limited = None if len(given) == len(rows) else given
        label = self._commit[:12]
        tree = commit_tree(
            self._repository,
            self._commit,
            label,
            self._max_bytes,
            limited,
            memory=self._request.memory,
        )
        return narrow(tree, self._request, self._commit)

    def attribute(self, findings: Sequence[Finding], progress: Progress) -> Sequence[Finding]:
        """Name every path where the commit holds a content twice."""
        return with_all_paths(findings, _KIND, self._paths)

    def _listed(self) -> list[Listed]:
        """Return what the commit holds; raises AuditError where a given path is not among it."""
        rows: list[Listed] = self._repository.ls_tree(self._commit)
        for place in self._places:
            if not any(_within(row.path, place) for row in rows) and place != ".":
                raise AuditError(
                    f"{self._request.at} has no such file or folder",
                    where=place,
                    mend="Check the path; it is the one that the file had in that commit.",
                )
        return rows

    def _given(self, path: str) -> bool:
        return any(_within(path, place) for place in self._places)

    def _place(self, given: Path) -> str:
        return given.relative_to(self.root).as_posix()

    def _batches(self, oids: Sequence[str]) -> Generator[Batch]:
        return batches(self._repository, oids, self._origin, self.coverage, self._max_bytes)

    def _origin(self, oid: str, kind: str) -> Origin:
        return Origin(_KIND, self._paths[oid][0])


def _within(path: str, place: str) -> bool:
    return place in (".", path) or path.startswith(f"{place}/")
