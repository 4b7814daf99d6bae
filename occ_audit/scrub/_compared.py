"""Every commit of a history, compared in full with its first parent."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO

from occ_audit.git_process import fed
from occ_audit.model import Origin
from occ_audit.reading import Coverage
from occ_audit.repository import Ref, Repository
from occ_audit.sources._graph import tips

_READ = 2**20
_UNREADABLE = "its tree is missing or corrupt, so what it changed is not known"


def commits_of(repository: Repository, refs: Mapping[str, Ref], coverage: Coverage) -> list[str]:
    """Return `time commit parents…` of all commits, parents before children."""
    order = ("--timestamp", "--parents", "--topo-order", "--reverse")
    process = repository.start("rev-list", *order, *tips(refs), "--reflog", buffered=True)
    said, _ = process.communicate()
    if process.returncode:
        reason = "git could not walk the whole history: an object is corrupt or missing"
        coverage.skip(Origin("history"), reason)
    return said.decode("ascii").splitlines()


Change = tuple[str, str, str]
"""Path, object before, object after; the path or one of the objects holds a secret."""
Changes = dict[str, list[Change]]
"""By commit."""


class Picker:
    """Picks from all changes those that matter, and remembers all paths."""

    def __init__(self, oids: Iterable[str], paths: Iterable[str]) -> None:
        self._objects = {oid.encode() for oid in oids}
        self._paths = {os.fsencode(path) for path in paths}
        self.names: set[bytes] = set()

    def change(self, path: bytes, before: bytes, after: bytes) -> Change | None:
        """Return a change of a file that held or holds a secret."""
        self.names.add(path)
        if before in self._objects or after in self._objects or path in self._paths:
            return os.fsdecode(path), before.decode(), after.decode()
        return None


def changes_of(
    repository: Repository,
    commits: Sequence[str],
    picker: Picker,
    jobs: int,
    coverage: Coverage,
) -> Changes:
    """Compare each commit with its first parent."""
    share = -(-len(commits) // jobs) or 1
    parts = [commits[first : first + share] for first in range(0, len(commits), share)]

    def compared(part: Sequence[str]) -> Changes:
        return dict(_compared(repository, part, picker, coverage))

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        return {commit: rows for part in pool.map(compared, parts) for commit, rows in part.items()}


def _compared(
    repository: Repository, commits: Sequence[str], picker: Picker, coverage: Coverage
) -> Iterator[tuple[str, list[Change]]]:
    """Yield the changes of these commits; git ends at what it cannot read, so go on behind it."""
    first = 0
    while first < len(commits):
        for commit, rows in _diff(repository, commits[first:], picker):
            first += 1
            if rows:
                yield commit, rows
        if first < len(commits):
            name = commits[first].split(" ")[1]
            coverage.skip(Origin("commit", commit=name), _UNREADABLE)
            first += 1


def _diff(
    repository: Repository, commits: Sequence[str], picker: Picker
) -> Iterator[tuple[str, list[Change]]]:
    """Yield each commit that could be read, with what it did to picker objects."""
    process = repository.start(
        *("diff-tree", "--stdin", "--always", "-r", "--root", "-z"),
        *("--raw", "--no-abbrev", "--no-renames", "--no-ext-diff"),
        buffered=True,
    )
    # A merge is compared with its first parent alone.
    pairs = (" ".join(row.split(" ")[1:3]).encode() + b"\n" for row in commits)
    with fed(process, pairs) as answers:
        yield from _parsed(_fields(answers), picker)


def _fields(output: IO[bytes]) -> Iterator[bytes]:
    left = b""
    while data := output.read(_READ):
        *fields, left = (left + data).split(b"\0")
        yield from fields


def _parsed(fields: Iterator[bytes], picker: Picker) -> Iterator[tuple[str, list[Change]]]:
    commit, rows = "", list[Change]()
    for row in fields:
        if row.startswith(b":"):
            path = next(fields, b"")
            _, _, old, new, _ = row.split(b" ")
            if change := picker.change(path, old, new):
                rows.append(change)
            continue
        if commit:
            yield commit, rows
        commit, rows = row.decode("ascii"), []
    if commit:
        yield commit, rows
