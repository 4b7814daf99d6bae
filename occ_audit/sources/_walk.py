"""Walks the commits and what they introduced, beside the scan; asks nothing twice.

One `rev-list --objects` pass: with `--in-commit-order --reverse` it prints each commit followed by
the objects that this commit, as the oldest, introduced.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO

from occ_audit.git_process import GitError, ended_with
from occ_audit.model import Origin
from occ_audit.reading import Coverage
from occ_audit.repository import Ref, Repository
from occ_audit.scanned import Scanned, Walked
from occ_audit.sources._brought_in import BroughtIn, parts
from occ_audit.sources._graph import tips
from occ_audit.sources._objects import MISSING

OBJECTS = ("rev-list", "--objects", "--in-commit-order", "--reverse", "--missing=print")
# Clocks go wrong: by dates alone, a child could come before its parent.
WALK = (*OBJECTS, "--date-order")
_EXPECTED = 4
"""So many processes look, beside the scan, for what it will most likely ask."""
_NAMES = "names"
OID_LENGTH = {"sha1": 40, "sha256": 64}


class Walk:
    """A walk in a process of its own, which runs from the moment that this is made."""

    def __init__(
        self,
        repository: Repository,
        coverage: Coverage,
        refs: Mapping[str, Ref],
        chosen: Sequence[str] = (),
        scanned: Scanned | None = None,
    ) -> None:
        """Walk the commits that the arguments `chosen` select; without them, all that git knows."""
        self._repository = repository
        self._coverage = coverage
        self.brought_in = BroughtIn(repository)
        self._everything = (*tips(refs), "--reflog")
        self._scanned = scanned
        self.tips = self._tips_now() if self._scanned else frozenset()
        """The commits that refs and reflogs name; none where nothing is remembered."""
        self._names: Sequence[str] = ()
        """Objects whose paths were findings."""
        self._known = self._still_true()
        if self._known is None:
            self._start(*(chosen or self._everything))
        else:
            self._start("--stdin", stdin=self._since(self._known.tips))
            for asked in itertools.islice(parts(self._known.origins), _EXPECTED):
                self.brought_in.expect(*asked)

    def _start(self, *chosen: str, stdin: int | IO[bytes] = subprocess.PIPE) -> None:
        # A path can hold a secret, so the file has no name and is gone with the process.
        self._listing: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as self
        process = self._repository.start(*WALK, *chosen, stdin=stdin, stdout=self._listing)
        self._process = ended_with(self, process)
        self.__dict__.pop("_width", None)

    def _tips_now(self) -> frozenset[str]:
        """Return the commits that refs and reflogs name; none where git cannot tell them all."""
        with contextlib.suppress(GitError):
            return frozenset(
                self._repository.run("rev-list", "--no-walk", *self._everything).decode().split()
            )
        return frozenset()

    def _still_true(self) -> Walked | None:
        """Return what is known, if all that was walked then can still be reached."""
        known = self._scanned.walked() if self._scanned and self.tips else None
        if known is None:
            return None
        named = self._scanned.recall(_NAMES, self._about(known)) if self._scanned else None
        if named is None:  # other rules may find something in a name
            return None
        self._names = [oid for oid in named if oid]
        lost = known.tips - self.tips
        asked = "".join([*(f"{oid}\n" for oid in lost), *(f"^{oid}\n" for oid in self.tips)])
        with contextlib.suppress(GitError):  # a commit that is gone
            if not lost or not self._repository.run(
                "rev-list", "--max-count=1", "--stdin", stdin=asked.encode()
            ):
                return known
        return None

    def _about(self, walked: Walked) -> list[str]:
        return [self._scanned.rules if self._scanned else "", *sorted(walked.tips)]

    def _since(self, known: frozenset[str]) -> IO[bytes]:
        """Return what git is to read: the new tips, without what the known ones lead to."""
        asked = tempfile.TemporaryFile()  # noqa: SIM115 - git reads it
        rows = [*(f"{oid}\n" for oid in self.tips - known), *(f"^{oid}\n" for oid in known)]
        asked.write("".join(rows).encode())
        asked.seek(0)
        return asked

    @functools.cached_property
    def _width(self) -> int:
        """The length of an id, once the walk has ended."""
        self._process.communicate()
        if self._process.returncode:
            reason = "git could not walk the whole history: an object is corrupt or missing"
            self._coverage.skip(Origin("history"), reason)
        return OID_LENGTH[self._repository.object_format]

    def rows(self) -> Iterable[bytes]:
        """Return the listing from its start, once the walk has ended."""
        if self._width:
            self._listing.seek(0)
        return self._listing

    def introduced(self) -> list[tuple[str, str]]:
        """Return what the walk met, trees and commits too, each with its path."""
        width = self._width
        return [
            (row[:width].decode(), os.fsdecode(row[width + 1 : -1]))
            for row in self.rows()
            if not row.startswith(b"?")
        ]

    def paths(self) -> Iterator[tuple[str, str]]:
        """Yield every path that the walk met, once, each with an object that had it.

        Where an earlier walk met most of them, only those that were findings, and new ones.
        """
        known: set[bytes] = set()
        for oid, name in self._named().items():
            known.add(os.fsencode(name))
            yield name, oid
        width = self._width
        for row in self.rows():
            path = row[width + 1 : -1]
            if path and path not in known and not row.startswith(b"?"):
                known.add(path)
                yield os.fsdecode(path), row[:width].decode()

    def _named(self) -> dict[str, str]:
        """Return by object the paths that were findings; walks all where one cannot be told."""
        if self._known is None:
            return {}
        commits = {oid: self._known.origins.get(oid, "") for oid in self._names}
        with contextlib.suppress(GitError):
            found = self._recalled(commits)
            if all(oid in found and found[oid].path for oid in self._names):
                return {oid: found[oid].path for oid in self._names}
        self._walk_all()
        return {}

    def _walk_all(self) -> None:
        """Begin anew, as though nothing was known."""
        self._known = None
        self._start(*self._everything)

    def origins(self, wanted: frozenset[str], named: Sequence[str]) -> dict[str, Origin]:
        """Return the origin of each wanted object that the walk met; reports what is missing.

        `named` are those among them whose paths are findings, in the order of these.
        """
        known = self._known
        found, commits, missing = self.read(self.rows(), wanted)
        if known is not None:
            earlier = {oid: known.origins.get(oid, "") for oid in wanted}
            try:
                found |= self._recalled(earlier)
                whole = wanted <= known.origins.keys() | found.keys()
            except GitError:
                whole = False
            if not whole:
                self._walk_all()  # what is known was found with other objects in mind
                return self.origins(wanted, named)
            commits += known.commits
            missing |= self._still_missing(known.missing)
        for oid in sorted(missing):
            self._coverage.skip(Origin("object", commit=oid), MISSING)
        self._coverage.count(commits=commits)
        brought = {oid: found[oid].commit if oid in found else "" for oid in wanted}
        before = known.origins if known else {}
        now = Walked(self.tips, commits, frozenset(missing), {**before, **brought})
        learned = now != known or list(named) != self._names
        if learned and self._scanned and self.tips and not self._process.returncode:
            self._scanned.note_walk(now)
            self._scanned.remember(_NAMES, self._about(now), named)
        return found

    def read(
        self, listing: Iterable[bytes], wanted: frozenset[str]
    ) -> tuple[dict[str, Origin], int, set[str]]:
        """Return origins, the number of commits and what is missing, from a walk's listing."""
        width = self._width
        origins: dict[str, Origin] = {}
        missing: set[str] = set()
        names = {oid.encode() for oid in wanted}
        boundary = {oid.encode() for oid in self._repository.shallow_boundary}
        commit, commits = "", 0
        for row in listing:
            oid = row[:width]
            if row.startswith(b"?"):
                missing.add(row[1:-1].decode("ascii", "replace"))
                continue
            if len(row) == width + 1:
                commit, commits = oid.decode(), commits + 1
                if oid in boundary:
                    reason = "shallow boundary: this clone does not hold its parents"
                    self._coverage.skip(Origin("commit", commit=commit), reason)
            if oid in names:
                path = os.fsdecode(row[width + 1 : -1])
                origins.setdefault(oid.decode(), Origin("blob", path, commit))
        return origins, commits, missing

    def _recalled(self, commits: Mapping[str, str]) -> dict[str, Origin]:
        """Return the origins of objects by the commits that are known to have introduced them.

        A path can hold a secret, so none is kept, and git is asked for it; raises GitError where
        it cannot tell.
        """
        paths: dict[str, str] = {}
        for oids, brought in parts(commits):
            for oid, at in self.brought_in(oids, brought):
                if at.commit == commits[oid]:
                    paths.setdefault(oid, at.path)
        return {
            oid: Origin("blob", paths.get(oid, ""), commit)
            for oid, commit in commits.items()
            if commit
        }

    def _still_missing(self, oids: frozenset[str]) -> set[str]:
        """Return which of these objects are not here now either."""
        asked = "".join(f"{oid}\n" for oid in sorted(oids)).encode()
        process = self._repository.start("cat-file", "--batch-check")
        said, _ = process.communicate(asked)  # git may end at the first one that it should have
        rows = (row.decode().split(" ") for row in said.splitlines())
        return set(oids) - {row[0] for row in rows if row[-1] != "missing"}

    def reachable(self) -> frozenset[bytes]:
        """Return the ids of the commits that refs and reflogs lead to."""
        if self._known is None:
            width = self._width
            return frozenset(row[:-1] for row in self.rows() if len(row) == width + 1)
        return frozenset(self._repository.run("rev-list", *self._everything).split())
