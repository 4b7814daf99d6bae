"""Follows secrets through the commit graph: which commits hold them, brought or took them.

Every commit is compared in full with its first parent, so a renamed, copied or restored file is
followed like any other. A commit holds a secret if a file of its tree does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from occ_audit.reading import Coverage
from occ_audit.repository import Ref, Repository
from occ_audit.scrub._compared import Change, Changes, Picker, changes_of, commits_of

Secrets = frozenset[int]
"""Numbers that the caller has given to secrets."""
Held = frozenset[tuple[str, str]]
"""Path and object of each file of a commit that holds a secret."""

_NONE: Secrets = frozenset()
_EMPTY: Held = frozenset()
_ABSENT = re.compile("0+")
"""The id of what is not there."""


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
    commits = commits_of(repository, refs, coverage)
    picker = Picker(asked.files, asked.paths)
    changes = changes_of(repository, commits, picker, jobs, coverage)
    walk = _Walk(asked, changes)
    for row in commits:
        walk.step(row)
    found = walk.finished()
    found.names = picker.names
    return found


class _Walk:
    """Goes through the commits, parents first, and hands on what each holds."""

    def __init__(self, asked: Asked, changes: Changes) -> None:
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

    def _applied(self, held: Held, changes: Iterable[Change]) -> Held:
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
