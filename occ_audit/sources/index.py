"""What is staged: the bytes in the index that differ from HEAD, not the files on disk."""

from __future__ import annotations

import functools
import os
from collections.abc import Generator, Sequence
from dataclasses import replace

from occ_audit.errors import AuditError
from occ_audit.model import Batch, Finding, Origin
from occ_audit.reading import Coverage, Progress, Tree
from occ_audit.repository import Listed
from occ_audit.setting_types import path_matcher
from occ_audit.sources import AtOnce, Request
from occ_audit.sources._buffer import names
from occ_audit.sources._listing import paths_by_oid, with_all_paths
from occ_audit.sources._objects import batches, chained
from occ_audit.sources._trees import index_tree

_KIND = "index"


def open_source(request: Request) -> Index:
    """Return the source that reads staged contents."""
    return Index(request)


class Index(AtOnce):
    """Every content that the next commit would add or change, all stages of a conflict included."""

    name = "index"
    current = True

    def __init__(self, request: Request) -> None:
        repository = request.need_repository()
        if repository.bare:
            raise AuditError(
                "a bare repository has no index",
                where=str(repository.root),
                mend="Use --history, or --range A..B.",
            )
        self._request = request
        # git gives a hook another index when only a part of the changes is committed.
        self._repository = replace(repository, index_file=os.environ.get("GIT_INDEX_FILE", ""))
        self._excluded = path_matcher(request.config.exclude)
        self._max_bytes = request.config.max_bytes
        self._staged: dict[str, list[str]] = {}
        self.root = repository.root
        self.coverage = Coverage()
        self.total_bytes = 0
        self.whole = False

    def partitions(self, jobs: int) -> Sequence[Generator[Batch]]:
        """Return one iterator: a commit is small."""
        # Asked by its name, git complains of a commit that is missing.
        committed = frozenset(self._repository.ls_tree(self._repository.head or "HEAD"))
        rows = (row for row in self._listed if row not in committed)
        self._staged = paths_by_oid(rows, _KIND, self._excluded, self.coverage)
        self.coverage.count(files=sum(len(paths) for paths in self._staged.values()))
        oids = list(self._staged)
        contents = batches(self._repository, oids, self._origin, self.coverage, self._max_bytes)
        paths = ((path, oid) for oid, paths in self._staged.items() for path in paths)
        return [chained(contents, names(paths))]

    def tree(self) -> Tree | None:
        """Return the index."""
        tree = index_tree(self._repository, self._listed, self._max_bytes, self._request.memory)
        if self._request.since is None:
            return tree
        from occ_audit.sources._since import narrow  # a hook does without

        return narrow(tree, self._request)

    def attribute(self, findings: Sequence[Finding], progress: Progress) -> Sequence[Finding]:
        """Name every path where the index holds a content twice."""
        return with_all_paths(findings, _KIND, self._staged)

    @functools.cached_property
    def _listed(self) -> Sequence[Listed]:
        return self._repository.ls_index()

    def _origin(self, oid: str, kind: str) -> Origin:
        return Origin(_KIND, self._staged[oid][0])
