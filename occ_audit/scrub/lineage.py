"""Follows secrets through the commit graph: which commits hold them, brought or took them.

Every commit is compared in full with its first parent, so a renamed, copied or restored file is
followed like any other. A commit holds a secret if a file of its tree does.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO

from occ_audit.git_process import end, pipe
from occ_audit.model import Origin
from occ_audit.reading import Coverage
from occ_audit.repository import Ref, Repository
from occ_audit.sources._graph import tips

Secrets = frozenset[int]
"""Numbers that the caller has given to secrets."""
Held = frozenset[tuple[str, str]]
"""Path and object of each file of a commit that holds a secret."""

_NONE: Secrets = frozenset()
_EMPTY: Held = frozenset()
_READ = 2**20
_ABSENT = re.compile("0+")
"""The id of what is not there."""
_UNREADABLE = "its tree is missing or corrupt, so what it changed is not known"


@dataclass(slots=True)
class Lineage:
    """What the commit graph says; all commits are those that refs and reflogs reach."""

    holds: dict[str, Secrets] = field(default_factory=dict)
    """By commit: the secrets in its files; a commit without any is left out."""
    reach: dict[str, int] = field(default_factory=dict)
    """By commit: one bit for each secret that it or an ancestor of it holds."""
    introduced: dict[int, list[str]] = field(default_factory=dict)
    """By secret: commits that hold it, whose parents do not; oldest first."""
    removed: dict[int, list[str]] = field(default_factory=dict)
    """By secret: commits that do not hold it, whose parents all do."""
    last: dict[int, str] = field(default_factory=dict)
    """By secret: the newest commit that holds it."""
    paths: dict[int, dict[str, None]] = field(default_factory=dict)
    """By secret: where it stood, in the order of appearance."""
    commits: Counter[int] = field(default_factory=Counter)
    """By secret: how many commits hold it."""
    met: set[str] = field(default_factory=set)
    """The objects with secrets that some commit has among its files."""
    times: dict[str, int] = field(default_factory=dict)
    """By commit that is named above: seconds since 1970."""
    names: set[bytes] = field(default_factory=set)
    """All paths that any commit has, or has taken away."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The objects that hold secrets."""

    files: Mapping[str, Secrets]
    """By blob."""
    messages: Mapping[str, Secrets]
    """By commit whose text holds them."""
    paths: Mapping[str, Secrets]
    """By path whose name holds them."""

    def of(self, path: str, oid: str) -> Secrets:
        """Return the secrets in the name or the content of a file."""
        return self.files.get(oid, _NONE) | self.paths.get(path, _NONE)


def trace(
    repository: Repository,
    refs: Mapping[str, Ref],
    asked: Asked,
    jobs: int,
    coverage: Coverage,
) -> Lineage:
    """Return what the whole commit graph knows of the objects asked about."""
    commits = _commits(repository, refs, coverage)
    wanted = _Wanted(asked)
    changes = _changes(repository, commits, wanted, jobs, coverage)
    walk = _Walk(asked, changes)
    for row in commits:
        walk.step(row)
    found = walk.finished()
    found.names = wanted.names
    return found


def _commits(repository: Repository, refs: Mapping[str, Ref], coverage: Coverage) -> list[str]:
    """Return `time commit parents…` of all commits, parents before children."""
    order = ("--timestamp", "--parents", "--topo-order", "--reverse")
    process = repository.start("rev-list", *order, *tips(refs), "--reflog", buffered=True)
    said, _ = process.communicate()
    if process.returncode:
        reason = "git could not walk the whole history: an object is corrupt or missing"
        coverage.skip(Origin("history"), reason)
    return said.decode("ascii").splitlines()


_Change = tuple[str, str, str]
"""Path, object before, object after; the path or one of the objects holds a secret."""
_Changes = dict[str, list[_Change]]
"""By commit."""


class _Wanted:
    """Picks from all changes those that matter, and remembers all paths."""

    def __init__(self, asked: Asked) -> None:
        self._objects = {oid.encode() for oid in asked.files}
        self._paths = {os.fsencode(path) for path in asked.paths}
        self.names: set[bytes] = set()

    def change(self, path: bytes, before: bytes, after: bytes) -> _Change | None:
        """Return a change of a file that held or holds a secret."""
        self.names.add(path)
        if before in self._objects or after in self._objects or path in self._paths:
            return os.fsdecode(path), before.decode(), after.decode()
        return None


def _changes(
    repository: Repository,
    commits: Sequence[str],
    wanted: _Wanted,
    jobs: int,
    coverage: Coverage,
) -> _Changes:
    """Compare each commit with its first parent."""
    share = -(-len(commits) // jobs) or 1
    parts = [commits[first : first + share] for first in range(0, len(commits), share)]

    def compared(part: Sequence[str]) -> _Changes:
        return dict(_compared(repository, part, wanted, coverage))

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        return {commit: rows for part in pool.map(compared, parts) for commit, rows in part.items()}


def _compared(
    repository: Repository, commits: Sequence[str], wanted: _Wanted, coverage: Coverage
) -> Iterator[tuple[str, list[_Change]]]:
    """Yield the changes of these commits; git ends at what it cannot read, so go on behind it."""
    first = 0
    while first < len(commits):
        for commit, changes in _diff(repository, commits[first:], wanted):
            first += 1
            if changes:
                yield commit, changes
        if first < len(commits):
            name = commits[first].split(" ")[1]
            coverage.skip(Origin("commit", commit=name), _UNREADABLE)
            first += 1


def _diff(
    repository: Repository, commits: Sequence[str], wanted: _Wanted
) -> Iterator[tuple[str, list[_Change]]]:
    """Yield each commit that could be read, with what it did to wanted objects."""
    process = repository.start(
        *("diff-tree", "--stdin", "--always", "-r", "--root", "-z"),
        *("--raw", "--no-abbrev", "--no-renames", "--no-ext-diff"),
        buffered=True,
    )

    def feed() -> None:
        # git may end early, which its answers tell.
        with contextlib.suppress(OSError), pipe(process.stdin) as questions:
            for row in commits:
                # A merge is compared with its first parent alone.
                questions.write(" ".join(row.split(" ")[1:3]).encode() + b"\n")

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        yield from _parsed(_fields(pipe(process.stdout)), wanted)
    finally:
        process.kill()
        feeder.join()
        end(process)


def _fields(output: IO[bytes]) -> Iterator[bytes]:
    left = b""
    while data := output.read(_READ):
        *fields, left = (left + data).split(b"\0")
        yield from fields


def _parsed(fields: Iterator[bytes], wanted: _Wanted) -> Iterator[tuple[str, list[_Change]]]:
    commit, changes = "", list[_Change]()
    for row in fields:
        if row.startswith(b":"):
            path = next(fields, b"")
            _, _, old, new, _ = row.split(b" ")
            if change := wanted.change(path, old, new):
                changes.append(change)
            continue
        if commit:
            yield commit, changes
        commit, changes = row.decode("ascii"), []
    if commit:
        yield commit, changes


class _Walk:
    """Goes through the commits, parents first, and hands on what each holds."""

    def __init__(self, asked: Asked, changes: _Changes) -> None:
        self._asked = asked
        self._changes = changes
        self._found = Lineage()
        self._held: dict[str, Held] = {}
        self._secrets: dict[Held, Secrets] = {_EMPTY: _NONE}
        self._bits: dict[Secrets, int] = {}
        self._counts: Counter[Secrets] = Counter()
        self._newest: dict[int, tuple[int, str]] = {}
        self._leaves: dict[str, None] = {}

    def step(self, row: str) -> None:
        """Take the next commit."""
        time, commit, *parents = row.split(" ")
        held = self._held.get(parents[0], _EMPTY) if parents else _EMPTY
        if changes := self._changes.get(commit):
            held = self._applied(held, changes)
        if (secrets := self._secrets.get(held)) is None:
            secrets = self._secrets[held] = _NONE.union(*(self._asked.of(*file) for file in held))
        told = self._asked.messages.get(commit, _NONE)
        self._inherit(commit, parents, secrets | told if told else secrets)
        if held:
            self._held[commit] = held
            self._found.holds[commit] = secrets
            self._found.times[commit] = int(time)
            self._counts[secrets] += 1
            self._leaves[commit] = None
            for parent in parents:
                self._leaves.pop(parent, None)
        for secret in told:
            self._found.times[commit] = int(time)
            self._came(secret, commit)
            self._found.commits[secret] += secret not in secrets
            self._candidate(secret, commit)
        before = [self._found.holds.get(parent, _NONE) for parent in parents]
        if any(one is not secrets for one in before) or not parents:
            self._compare(commit, int(time), parents, before, secrets)

    def finished(self) -> Lineage:
        """Return what was found."""
        for commit in self._leaves:
            for secret in self._found.holds[commit]:
                self._candidate(secret, commit)
        for secrets, count in self._counts.items():
            for secret in secrets:
                self._found.commits[secret] += count
        self._found.last = {secret: commit for secret, (_, commit) in self._newest.items()}
        return self._found

    def _applied(self, held: Held, changes: Iterable[_Change]) -> Held:
        files = set(held)
        for path, before, after in changes:
            files.discard((path, before))
            if _ABSENT.fullmatch(after):
                continue
            if secrets := self._asked.of(path, after):
                files.add((path, after))
                self._found.met.add(after)
                for secret in secrets:
                    self._found.paths.setdefault(secret, {})[path] = None
        return frozenset(files)

    def _inherit(self, commit: str, parents: Iterable[str], secrets: Secrets) -> None:
        bits = self._bits.get(secrets)
        if bits is None:
            bits = self._bits[secrets] = sum(1 << secret for secret in secrets)
        for parent in parents:
            bits |= self._found.reach.get(parent, 0)
        if bits:
            self._found.reach[commit] = bits

    def _compare(
        self, commit: str, time: int, parents: list[str], before: list[Secrets], now: Secrets
    ) -> None:
        for secret in now.difference(*before):
            self._came(secret, commit)
        for parent, had in zip(parents, before, strict=True):
            for secret in had - now:
                self._candidate(secret, parent)
        for secret in frozenset.intersection(*before) - now if before else ():
            self._found.removed.setdefault(secret, []).append(commit)
            self._found.times[commit] = time

    def _came(self, secret: int, commit: str) -> None:
        commits = self._found.introduced.setdefault(secret, [])
        if commit not in commits[-1:]:
            commits.append(commit)

    def _candidate(self, secret: int, commit: str) -> None:
        """Remember the newest commit that holds a secret."""
        time = self._found.times[commit]
        if time >= self._newest.get(secret, (-1, ""))[0]:
            self._newest[secret] = time, commit
