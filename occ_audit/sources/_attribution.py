"""Says of the objects with findings: which commit introduced them, when, where, what reaches them.

One `rev-list --objects` pass runs beside the scan. With `--in-commit-order --reverse` it prints
each commit followed by the objects that this commit, as the oldest, introduced.
"""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import IO

from occ_audit.git_process import ended_with
from occ_audit.model import Coverage, Finding, Origin
from occ_audit.repository import Repository
from occ_audit.sources._facts import Facts
from occ_audit.sources._graph import tips
from occ_audit.sources._objects import MISSING

OBJECTS = ("rev-list", "--objects", "--in-commit-order", "--reverse", "--missing=print")
# Clocks go wrong: by dates alone, a child could come before its parent.
WALK = (*OBJECTS, "--date-order")
OID_LENGTH = {"sha1": 40, "sha256": 64}


class Attribution:
    """Walks the history in a process of its own from the moment that it is made."""

    def __init__(
        self, repository: Repository, coverage: Coverage, walk: Sequence[str] = ()
    ) -> None:
        """Walk the commits that the arguments `walk` select; without them, all that git knows."""
        self._repository = repository
        self._coverage = coverage
        self._everything = not walk
        self.refs = repository.refs()
        chosen = walk or (*tips(self.refs), "--reflog")
        # A path can hold a secret, so the file has no name and is gone with the process.
        self._listing: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as self
        process = repository.start(*WALK, *chosen, stdout=self._listing)
        self._walk = ended_with(self, process)

    def introduced(self) -> list[tuple[str, str]]:
        """Wait for the walk; return what it met, trees and commits too, each with its path."""
        width = self._width
        return [
            (row[:width].decode(), os.fsdecode(row[width + 1 : -1]))
            for row in self._rows()
            if not row.startswith(b"?")
        ]

    def attribute(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return the findings with origins, and with what is known of their first appearance."""
        wanted = frozenset(place.oid for finding in findings for place in finding.locations)
        origins = self._read(self._rows(), wanted)
        met = frozenset(origins)
        if self._everything:
            self._report_missing_refs()
            origins |= self._unreachable_origins(wanted - met)
            origins |= self._staged_origins(wanted - origins.keys())
        commits = self._coverage.counts.get("commits", 0)
        facts = Facts(self._repository, self.refs, origins, met, commits)
        return [facts.attributed(finding) for finding in findings]

    @functools.cached_property
    def _width(self) -> int:
        """The length of an id, once the walk has ended."""
        self._walk.communicate()
        if self._walk.returncode:
            reason = "git could not walk the whole history: an object is corrupt or missing"
            self._coverage.skip(Origin("history"), reason)
        return OID_LENGTH[self._repository.object_format]

    def _rows(self) -> Iterable[bytes]:
        """Return the walk's listing from its start, once it has ended."""
        if self._width:
            self._listing.seek(0)
        return self._listing

    def _read(self, listing: Iterable[bytes], wanted: frozenset[str]) -> dict[str, Origin]:
        """Return the origin of each wanted object; reports what is missing as skipped."""
        width = self._width
        origins: dict[str, Origin] = {}
        names = {oid.encode() for oid in wanted}
        boundary = {oid.encode() for oid in self._repository.shallow_boundary}
        commit, commits = "", 0
        for row in listing:
            oid = row[:width]
            if row.startswith(b"?"):
                missing = Origin("object", commit=row[1:-1].decode("ascii", "replace"))
                self._coverage.skip(missing, MISSING)
                continue
            if len(row) == width + 1:
                commit, commits = oid.decode(), commits + 1
                if oid in boundary:
                    reason = "shallow boundary: this clone does not hold its parents"
                    self._coverage.skip(Origin("commit", commit=commit), reason)
            if oid in names:
                path = os.fsdecode(row[width + 1 : -1])
                origins.setdefault(oid.decode(), Origin("blob", path, commit))
        self._coverage.count(commits=commits)
        return origins

    def _report_missing_refs(self) -> None:
        for name, ref in self.refs.items():
            if ref.kind == "missing":
                reason = "names a missing object: this clone does not hold it"
                self._coverage.skip(Origin("ref", name), reason)

    def _unreachable_origins(self, wanted: frozenset[str]) -> dict[str, Origin]:
        """Ask the commits that no ref and no reflog reaches; what is in none stands alone."""
        commits = self._unreachable_commits() if wanted else []
        if not commits:
            return {}
        with tempfile.TemporaryFile() as found:
            # Their parents may be gone already, so each is asked for itself.
            walk = self._repository.start(*OBJECTS, "--no-walk", "--stdin", stdout=found)
            walk.communicate(b"\n".join(commits) + b"\n")
            found.seek(0)
            return self._read(found, wanted)

    def _unreachable_commits(self) -> list[bytes]:
        width = self._width
        listing = self._repository.run(
            "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)"
        )
        reachable = {row[:-1] for row in self._rows() if len(row) == width + 1}
        commits = (row[7:] for row in listing.splitlines() if row.startswith(b"commit "))
        return [commit for commit in commits if commit not in reachable]

    def _staged_origins(self, wanted: frozenset[str]) -> dict[str, Origin]:
        """Ask the indexes, of linked worktrees too, for what was staged and never committed."""
        if not wanted:
            return {}
        common = self._repository.common_dir
        found: dict[str, Origin] = {}
        for index in (common / "index", *sorted(common.glob("worktrees/*/index"))):
            if index.is_file():
                for row in replace(self._repository, index_file=str(index)).ls_index():
                    if row.oid in wanted:
                        found.setdefault(row.oid, Origin("index", row.path))
        return found
