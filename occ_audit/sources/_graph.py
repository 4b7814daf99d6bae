"""Asks the commit graph which refs reach which commits."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from occ_audit.git_process import pipe
from occ_audit.model import Origin
from occ_audit.repository import Ref, Repository

COMMITS_AT_ONCE = 1024
"""How many commits one pass over the commit graph asks about: one bit each."""
OBJECTS_AT_ONCE = 500
"""How many objects one pass over the changes asks about."""


def tips(refs: Mapping[str, Ref]) -> list[str]:
    """Return the arguments that start a walk at all refs but those that lead to no commit.

    git lists what such a ref leads to among the objects of some commit, and ends at a missing one.
    """
    others = (name for name, ref in refs.items() if ref.kind != "commit")
    return [*(f"--exclude={name}" for name in others), "--all"]


@dataclass(frozen=True)
class Reach:
    """Which of the asked commits each ref reaches; a set of commits is an integer, one bit each."""

    bits: Mapping[str, int]
    """The bit of each asked commit."""
    refs: Mapping[int, Sequence[str]]
    """The names of refs by the set of asked commits that they reach."""

    def commits(self, oids: Iterable[str]) -> int:
        """Return the set of those commits that were asked about."""
        return functools.reduce(operator.or_, (self.bits.get(oid, 0) for oid in oids), 0)

    def names(self, commits: int) -> set[str]:
        """Return the refs that reach at least one of the commits."""
        return {name for reached, names in self.refs.items() if reached & commits for name in names}

    @functools.cached_property
    def reached(self) -> int:
        """The commits that any ref reaches."""
        return functools.reduce(operator.or_, self.refs, 0)


def reaching(repository: Repository, refs: Mapping[str, Ref], commits: Sequence[str]) -> Reach:
    """Return which of these commits can be reached from which refs.

    One pass over the commit graph for every thousand of them, parents first, in which every commit
    inherits one bit for each asked commit among its ancestors.
    """
    reached = dict.fromkeys(refs, 0)
    for first in range(0, len(commits), COMMITS_AT_ONCE):
        part = commits[first : first + COMMITS_AT_ONCE]
        seen = _bits_of_descendants(repository, part, tips(refs))
        for name, ref in refs.items():
            reached[name] |= seen.get(ref.peeled, 0) << first
    by_reach: dict[int, list[str]] = {}
    for name, found in reached.items():
        by_reach.setdefault(found, []).append(name)
    return Reach({commit: 1 << index for index, commit in enumerate(commits)}, by_reach)


def descendants(
    repository: Repository, commits: Sequence[str], walk: Sequence[str]
) -> Iterator[Callable[[str], Iterator[str]]]:
    """Yield, for some commits at a time, what tells which of them a commit descends from.

    `walk` are the arguments that say where git starts.
    """
    for first in range(0, len(commits), COMMITS_AT_ONCE):
        asked = commits[first : first + COMMITS_AT_ONCE]
        seen = _bits_of_descendants(repository, asked, walk)
        yield functools.partial(_named, asked, seen)


def _named(asked: Sequence[str], seen: Mapping[str, int], commit: str) -> Iterator[str]:
    return (asked[index] for index in _bits(seen.get(commit, 0)))


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _bits_of_descendants(
    repository: Repository, asked: Sequence[str], tips: Sequence[str]
) -> dict[str, int]:
    """Return, for each commit that descends from an asked one, their bits."""
    bit = {commit: 1 << index for index, commit in enumerate(asked)}
    seen: dict[str, int] = {}
    walk = repository.start(
        "rev-list", "--parents", "--topo-order", "--reverse", *tips, buffered=True
    )
    with walk:
        for row in pipe(walk.stdout):
            commit, *parents = row.decode().split()
            bits = bit.get(commit, 0)
            for parent in parents:
                bits |= seen.get(parent, 0)
            if bits:
                seen[commit] = bits
    return seen


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
