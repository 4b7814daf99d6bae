"""Asks the commit graph which refs reach which commits."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from occ_audit.git_process import GitError, pipe
from occ_audit.reading import Memory
from occ_audit.repository import Ref, Repository

_QUESTION = "reached"


def tips(refs: Mapping[str, Ref]) -> list[str]:
    """Return the arguments that start a walk at all refs but those that lead to no commit.

    git lists what such a ref leads to among the objects of some commit, and ends at a missing one.
    """
    others = (name for name, ref in refs.items() if ref.kind != "commit")
    return [*(f"--exclude={name}" for name in others), "--all"]


@dataclass(frozen=True, slots=True)
class Reach:
    """Which names lead to which of the asked commits; a set of names is an integer."""

    names: Sequence[Sequence[str]]
    """By bit: the names that stand for one and the same commit."""
    to: Mapping[str, int]
    """By asked commit: the bits of what leads to it; a commit that nothing leads to is left out."""
    order: Mapping[str, int]
    """By asked commit: greater than that of all its ancestors."""

    def bits(self, commits: Iterable[str]) -> int:
        """Return the set of the names that lead to at least one of the commits."""
        return functools.reduce(operator.or_, (self.to.get(oid, 0) for oid in commits), 0)

    def named(self, bits: int) -> list[str]:
        """Return the names in a set."""
        lowest_first = map(int, reversed(f"{bits:b}"))
        return [name for names in itertools.compress(self.names, lowest_first) for name in names]


def reaching(
    repository: Repository,
    names: Iterable[tuple[str, str]],
    commits: Collection[str],
    walk: Sequence[str],
    memory: Memory | None = None,
) -> Reach:
    """Return which of these commits can be reached from which names, each given with its commit.

    `walk` are the arguments that tell git where to begin: at the commits of all names.
    """
    by_commit: dict[str, list[str]] = {}
    for name, commit in names:
        by_commit.setdefault(commit, []).append(name)
    known = _recalled(memory) if memory else None
    found = _since(repository, known, by_commit.keys(), commits) if known else None
    whole = True
    if found is None:
        to, whole = _handed_on(repository, list(by_commit), commits, walk)
        found = _Passed(list(by_commit), {oid: to.get(oid, 0) for oid in (*to, *commits)})
    if memory and whole and found != known:
        rows = (f"{oid} {bits:x}" for oid, bits in found.bits.items())
        memory.remember(_QUESTION, [], [" ".join(found.starts), *rows])
    named = sum(1 << bit for bit, start in enumerate(found.starts) if start in by_commit)
    reached = {oid: bits & named for oid, bits in found.bits.items() if oid in commits}
    reached = {oid: bits for oid, bits in reached.items() if bits}
    order = {oid: -number for number, oid in enumerate(reached)}
    return Reach([by_commit.get(start, ()) for start in found.starts], reached, order)


@dataclass(frozen=True, slots=True)
class _Passed:
    """What passes over the graph said; it stays true, whatever becomes of the names."""

    starts: Sequence[str]
    """By bit: the commits at which it began."""
    bits: Mapping[str, int]
    """By asked commit, children first: which starts lead to it."""


def _recalled(memory: Memory) -> _Passed | None:
    said = memory.recall(_QUESTION, [])
    if said is None:
        return None
    rows = (row.split() for row in said[1:])
    return _Passed(said[0].split(), {oid: int(bits, 16) for oid, bits in rows})


def _since(
    repository: Repository, known: _Passed, starts: Collection[str], commits: Collection[str]
) -> _Passed | None:
    """Return what is known, and what new starts add to it; None where all is to be passed again.

    Only the commits between new starts and known ones are passed.
    """
    new = sorted(set(starts).difference(known.starts))
    gone = len(known.starts) + len(new) - len(starts)
    if gone > len(starts) or not known.bits.keys() >= set(commits):
        return None
    if not new:
        return known
    first = len(known.starts)
    handed = _handed_to(repository, known, {start: 1 << first + i for i, start in enumerate(new)})
    if handed is None:
        return None
    added = {bit: handed[start] for bit, start in enumerate(known.starts) if start in handed}
    bits = {
        oid: functools.reduce(
            operator.or_, (more for bit, more in added.items() if old >> bit & 1), old
        )
        for oid, old in known.bits.items()
    }
    return _Passed([*known.starts, *new], bits)


def _handed_to(
    repository: Repository, known: _Passed, new: Mapping[str, int]
) -> dict[str, int] | None:
    """Return what new starts hand on to the known ones that they lead to.

    None where they lead to others, or where what is new changes the order of what is known: asked
    commits among it, or one that is dated before its parent.
    """
    asked = "".join([*(f"{oid}\n" for oid in new), *(f"^{oid}\n" for oid in known.starts)])
    walk = ("rev-list", "--parents", "--timestamp", "--date-order", "--boundary", "--stdin")
    try:
        rows = repository.run(*walk, stdin=asked.encode()).decode().splitlines()
    except GitError:  # a known start is gone
        return None
    handed = dict(new)
    when: dict[str, int] = {}
    born: list[tuple[str, str]] = []
    for row in rows:
        time, commit, *parents = row.split()
        when[commit.removeprefix("-")] = int(time)
        if commit.startswith("-"):
            continue
        if commit in known.bits:
            return None
        bits = handed.pop(commit, 0)
        for parent in parents:
            handed[parent] = handed.get(parent, 0) | bits
            born.append((commit, parent))
    in_order = all(when[child] >= when.get(parent, 0) for child, parent in born)
    return handed if in_order and handed.keys() <= set(known.starts) else None


def _handed_on(
    repository: Repository, starts: Sequence[str], commits: Collection[str], walk: Sequence[str]
) -> tuple[dict[str, int], bool]:
    """Return by asked commit, children first, the bits of what leads to it, and if git saw all.

    One pass over the commit graph, in which a commit hands on to its parents what leads to it.
    """
    to: dict[str, int] = {}
    if not commits:
        return to, True
    known = {commit: 1 << bit for bit, commit in enumerate(starts)}
    with repository.start("rev-list", "--parents", "--date-order", *walk, buffered=True) as said:
        for row in pipe(said.stdout):
            commit, *parents = row.decode().split()
            bits = known.pop(commit, 0)
            for parent in parents:
                known[parent] = known.get(parent, 0) | bits
            if bits and commit in commits:
                to[commit] = bits
    return to, said.returncode == 0
