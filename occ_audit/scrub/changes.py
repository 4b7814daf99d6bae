"""What a rewrite changes: all commits that hold a secret, and whatever descends from them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from occ_audit.git_process import pipe
from occ_audit.repository import Ref, Repository
from occ_audit.sources._graph import tips

_OBJECTS_AT_ONCE = 500
_SIGNATURES = (b"-----BEGIN PGP SIGNATURE-----", b"-----BEGIN SSH SIGNATURE-----")
_NAMED = ("refs/heads/", "refs/remotes/", "refs/tags/")
_BRANCH = re.compile("refs/(?:heads|remotes/[^/]+)/(.+)")
_SIGNED_MESSAGES = (*_SIGNATURES, b"-----BEGIN SIGNED MESSAGE-----")


@dataclass(frozen=True, slots=True)
class Changes:
    """How much of what the refs reach is rewritten."""

    commits: int
    commits_before: int
    branches: tuple[str, ...]
    """Full names; a remote-tracking one only where no local branch stands for it."""
    tags: tuple[str, ...]
    others: tuple[str, ...]
    """Notes, stash, pull refs and the like."""
    signed_commits: int
    """Of the rewritten ones, those that lose a signature."""
    signed_tags: tuple[str, ...]


def holding(
    repository: Repository, refs: Mapping[str, Ref], blobs: Collection[str], paths: Iterable[str]
) -> set[str]:
    """Return the commits that brought one of the blobs in, where it stood at one of the paths."""
    if not blobs:
        return set()
    limit = sorted(set(paths) - {""})
    said = repository.run(
        *("--literal-pathspecs", "rev-list", *tips(refs), "--full-history", "--stdin"),
        stdin=_rows(["--", *limit] if limit else []),
    )
    found: set[str] = set()
    wanted = sorted(blobs)
    for first in range(0, len(wanted), _OBJECTS_AT_ONCE):
        asked = (f"--find-object={oid}" for oid in wanted[first : first + _OBJECTS_AT_ONCE])
        rows = repository.run(
            *("diff-tree", "--stdin", "-r", "-m", "--root", "--name-only", "-z", *asked), stdin=said
        ).split(b"\0")
        # Each answer is a commit's id, then names: no name is taken for an id of a known commit.
        commits = set(said.split())
        found |= {row.decode() for row in rows if row in commits}
    return found


def naming(repository: Repository, refs: Mapping[str, Ref], names: Iterable[str]) -> set[str]:
    """Return the commits that touch a file or folder of one of these names."""
    specs = [f":(glob)**/{_glob(name)}{below}" for name in names for below in ("", "/**")]
    if not specs:
        return set()
    said = repository.run(
        *("rev-list", *tips(refs), "--full-history", "--stdin"), stdin=_rows(["--", *specs])
    )
    return set(said.decode().split())


def _rows(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def _glob(name: str) -> str:
    return "".join(f"\\{char}" if char in "*?[]\\" else char for char in name)


def of(
    repository: Repository, refs: Mapping[str, Ref], commits: Collection[str], tags: Collection[str]
) -> Changes:
    """Return what changes when these commits and annotated tags (by object id) do."""
    rewritten, total = _descendants(repository, refs, commits)
    moved = [
        name
        for name, ref in sorted(refs.items())
        if name.startswith("refs/") and (ref.peeled in rewritten or ref.oid in tags)
    ]
    branches = tuple(_branches(moved))
    tagged = tuple(name for name in moved if name.startswith("refs/tags/"))
    return Changes(
        commits=len(rewritten),
        commits_before=total,
        branches=branches,
        tags=tagged,
        others=tuple(name for name in moved if not name.startswith(_NAMED)),
        signed_commits=_signed_commits(repository, rewritten),
        signed_tags=tuple(n for n in tagged if _is_signed_tag(repository, refs[n])),
    )


def _branches(names: Iterable[str]) -> Iterator[str]:
    """Yield one ref for each branch: a local one and what remotes have of it are rewritten once."""
    known: set[str] = set()
    for name in names:  # sorted, so that local ones come first
        match = _BRANCH.match(name)
        if match and match[1] != "HEAD" and match[1] not in known:
            known.add(match[1])
            yield name


def _descendants(
    repository: Repository, refs: Mapping[str, Ref], commits: Collection[str]
) -> tuple[set[str], int]:
    """Return the commits and all that descend from them, and how many commits there are."""
    changed: set[str] = set()
    total = 0
    walk = repository.start(
        "rev-list", "--parents", "--topo-order", "--reverse", *tips(refs), buffered=True
    )
    with walk:
        for row in pipe(walk.stdout):
            commit, *parents = row.decode().split()
            total += 1
            if commit in commits or not changed.isdisjoint(parents):
                changed.add(commit)
    return changed, total


def _signed_commits(repository: Repository, commits: Collection[str]) -> int:
    if not commits:
        return 0
    said = repository.run("cat-file", "--batch", "--buffer", stdin=_rows(sorted(commits)))
    return said.count(b"\ngpgsig ") + said.count(b"\ngpgsig-sha256 ")


def _is_signed_tag(repository: Repository, ref: Ref) -> bool:
    if ref.oid == ref.peeled:
        return False
    text = repository.run("cat-file", "tag", ref.oid)
    return any(mark in text for mark in _SIGNED_MESSAGES)
