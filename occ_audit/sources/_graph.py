"""Asks the commit graph which refs reach which commits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from occ_audit.git_process import pipe
from occ_audit.repository import Ref, Repository

COMMITS_AT_ONCE = 1024
"""How many commits one pass over the commit graph asks about: one bit each."""


def tips(refs: Mapping[str, Ref]) -> list[str]:
    """Return the arguments that start a walk at all refs but those that lead to no commit.

    git lists what such a ref leads to among the objects of some commit, and ends at a missing one.
    """
    others = (name for name, ref in refs.items() if ref.kind != "commit")
    return [*(f"--exclude={name}" for name in others), "--all"]


def reaching(
    repository: Repository, refs: Mapping[str, Ref], commits: Sequence[str]
) -> dict[str, list[str]]:
    """Return, for each commit, the refs from which it can be reached.

    One pass over the commit graph, parents first, in which every commit inherits one bit for
    each asked commit among its ancestors.
    """
    found: dict[str, list[str]] = {commit: [] for commit in commits}
    for first in range(0, len(commits), COMMITS_AT_ONCE):
        asked = commits[first : first + COMMITS_AT_ONCE]
        seen = _descendants(repository, refs, asked)
        for name, ref in refs.items():
            for index in _bits(seen.get(ref.peeled, 0)):
                found[asked[index]].append(name)
    return found


def _descendants(
    repository: Repository, refs: Mapping[str, Ref], asked: Sequence[str]
) -> dict[str, int]:
    """Return, for each commit that descends from an asked one, their bits."""
    bit = {commit: 1 << index for index, commit in enumerate(asked)}
    seen: dict[str, int] = {}
    walk = repository.start(
        "rev-list", "--parents", "--topo-order", "--reverse", *tips(refs), buffered=True
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


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
