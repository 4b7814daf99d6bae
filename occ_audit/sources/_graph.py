"""Asks the commit graph which refs reach which commits."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from occ_audit.git_process import pipe
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

    def leads_to(self, commits: Iterable[str]) -> list[str]:
        """Return the names that lead to at least one of the commits."""
        bits = functools.reduce(operator.or_, (self.to.get(oid, 0) for oid in commits), 0)
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
    about = [*by_commit, "", *sorted(commits)]
    said = memory.recall(_QUESTION, about) if memory else None
    if said is None:
        to, whole = _handed_on(repository, list(by_commit), commits, walk)
        if memory and whole:
            memory.remember(_QUESTION, about, (f"{oid} {bits:x}" for oid, bits in to.items()))
    else:
        rows = (row.split() for row in said if row)
        to = {oid: int(bits, 16) for oid, bits in rows}
    order = {oid: -number for number, oid in enumerate(to)}
    return Reach(list(by_commit.values()), to, order)


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
