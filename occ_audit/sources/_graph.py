"""Asks the commit graph which refs reach which commits."""

from __future__ import annotations

import functools
import operator
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from occ_audit.git_process import pipe
from occ_audit.model import Origin
from occ_audit.repository import Ref, Repository

OBJECTS_AT_ONCE = 500
"""How many objects one pass over the changes asks about."""


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
        return [name for bit, names in enumerate(self.names) if bits >> bit & 1 for name in names]


def reaching(
    repository: Repository,
    names: Iterable[tuple[str, str]],
    commits: Collection[str],
    walk: Sequence[str],
) -> Reach:
    """Return which of these commits can be reached from which names, each given with its commit.

    One pass over the commit graph, children first, in which a commit hands on to its parents what
    leads to it. `walk` are the arguments that tell git where to begin.
    """
    by_commit: dict[str, list[str]] = {}
    for name, commit in names:
        by_commit.setdefault(commit, []).append(name)
    known = {commit: 1 << bit for bit, commit in enumerate(by_commit)}
    to: dict[str, int] = {}
    order: dict[str, int] = {}
    found = Reach(list(by_commit.values()), to, order)
    if not commits:
        return found
    with repository.start("rev-list", "--parents", "--date-order", *walk, buffered=True) as said:
        for row in pipe(said.stdout):
            commit, *parents = row.decode().split()
            bits = known.pop(commit, 0)
            for parent in parents:
                known[parent] = known.get(parent, 0) | bits
            if bits and commit in commits:
                to[commit] = bits
                order[commit] = -len(order)
    return found


def brought_in(
    repository: Repository, oids: Sequence[str], commits: Iterable[str]
) -> Iterator[tuple[str, Origin]]:
    """Yield each object that a commit has and a parent of it has not, with commit and path."""
    said = repository.run(
        *("diff-tree", "--stdin", "-r", "-m", "--root", "-z", "--raw", "--no-abbrev"),
        *(f"--find-object={oid}" for oid in oids),
        stdin="".join(f"{commit}\n" for commit in sorted(commits)).encode(),
    )
    wanted = {oid.encode() for oid in oids}
    commit = ""
    seen: set[tuple[str, Origin]] = set()
    fields = iter(said.split(b"\0")[:-1])
    for field in fields:
        if not field.startswith(b":"):
            commit = field.decode()
            continue
        oid, path = field.split(b" ")[3], next(fields)
        one = oid.decode(), Origin("blob", path.decode("utf-8", "surrogateescape"), commit)
        if oid in wanted and one not in seen:
            seen.add(one)
            yield one
