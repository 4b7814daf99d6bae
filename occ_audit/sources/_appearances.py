"""Asks which commits brought an object in, also on other branches, once more, or anew."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from occ_audit.git_process import GitError
from occ_audit.model import Origin
from occ_audit.reading import Memory
from occ_audit.repository import Ref, Repository
from occ_audit.sources._brought_in import Asking, BroughtIn, parts
from occ_audit.sources._graph import tips

PATHS_AT_ONCE = 200
"""With more paths than these, asking for all commits is faster."""
SIDE_BY_SIDE = 2
"""So many processes of git look for what brought objects in."""
_QUESTION = "appeared"


@dataclass(frozen=True, slots=True)
class Asked:
    """A history, and how it is asked."""

    repository: Repository
    refs: Mapping[str, Ref]
    brought_in: BroughtIn
    tips: frozenset[str]
    """The commits that refs and reflogs name; none where nothing is remembered."""
    memory: Memory | None


def appearances(
    history: Asked, origins: Mapping[str, Origin], met: frozenset[str], *, everywhere: bool
) -> dict[str, list[Origin]]:
    """Return the commits that brought each object in, with the exact paths.

    A commit that was picked or rebased to another branch brings it in there once more, which is
    found if `everywhere` is asked.
    """
    found: dict[str, list[Origin]] = {}
    # What was met is asked for as the walk asks for what it recalls.
    asked = [
        *parts({oid: origin.commit for oid, origin in origins.items() if oid in met}),
        *parts({oid: origin.commit for oid, origin in origins.items() if oid not in met}),
    ]
    memory = history.memory if everywhere and history.tips else None
    about = [*sorted(history.tips), *(f"{oid} {origins[oid]}" for oid in sorted(origins))]
    known = memory.recall(_QUESTION, about) if memory else None
    wide = asked
    if known is not None:
        recalled = zip(asked, known, strict=False)
        wide = [(oids, frozenset(row.split())) for (oids, _), row in recalled]
    elif everywhere:
        wide = list(_everywhere(history, origins, asked))
    kept: list[str] = []
    for number, (oids, commits) in enumerate(wide):
        for soon in wide[number : number + SIDE_BY_SIDE]:
            history.brought_in.expect(*soon)
        try:
            rows = history.brought_in(oids, commits)
        except GitError:
            continue  # a tree is missing or corrupt, which the walk has reported
        for oid, origin in rows:
            found.setdefault(oid, []).append(origin)
        kept.append(" ".join(sorted({origin.commit for _, origin in rows})))
    if memory and known is None and len(kept) == len(asked):
        memory.remember(_QUESTION, about, kept)
    return found


def _everywhere(
    history: Asked, origins: Mapping[str, Origin], asked: Iterable[Asking]
) -> Iterator[Asking]:
    """Add the commits on all branches that changed the paths of the objects."""
    for oids, commits in asked:
        with contextlib.suppress(GitError):  # a tree is missing or corrupt, as the walk reported
            yield oids, commits | _touching(history, {origins[oid].path for oid in oids})


def _touching(history: Asked, paths: set[str]) -> set[str]:
    """Return the commits that changed one of these paths, or all where there are many paths."""
    limit = ["--", *sorted(paths)] if len(paths) <= PATHS_AT_ONCE and "" not in paths else []
    walk = ("rev-list", *tips(history.refs), "--reflog", "--full-history", "--stdin")
    said = history.repository.run(
        *("--literal-pathspecs", *walk),
        stdin="".join(f"{row}\n" for row in limit).encode("utf-8", "surrogateescape"),
    )
    return set(said.decode().split())
