"""Asks which commits brought an object in, also on other branches, once more, or anew."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    about = [f"{oid} {origins[oid]}" for oid in sorted(origins)]
    known = _recalled(history, memory.recall(_QUESTION, about)) if memory else None
    wide = list(_everywhere(history, origins, asked, known)) if everywhere else asked
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
    if memory and len(kept) == len(asked) and (known is None or known.since):
        memory.remember(_QUESTION, about, [" ".join(sorted(history.tips)), *kept])
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """What an earlier scan was told."""

    commits: Sequence[str]
    """By part of what was asked: those that brought something of it in, in one text."""
    since: Sequence[str]
    """What tells git the commits that came later."""


def _recalled(history: Asked, said: Sequence[str] | None) -> _Known | None:
    """Return what is known, if all that was looked at then can still be reached."""
    if said is None:
        return None
    then = frozenset(said[0].split())
    lost = then - history.tips
    with contextlib.suppress(GitError):  # a commit that is gone
        if not lost or not _listed(history, ["--max-count=1"], _between(lost, history.tips)):
            new = history.tips - then
            return _Known(said[1:], _between(new, then) if new else [])
    return None


def _between(tips: Iterable[str], without: Iterable[str]) -> list[str]:
    return [*sorted(tips), *(f"^{oid}" for oid in sorted(without))]


def _everywhere(
    history: Asked, origins: Mapping[str, Origin], asked: Sequence[Asking], known: _Known | None
) -> Iterator[Asking]:
    """Add the commits on all branches that changed the paths of the objects."""
    everything = [*tips(history.refs), "--reflog"]
    rows = known.commits if known else [""] * len(asked)
    for (oids, commits), row in zip(asked, rows, strict=False):
        commits |= frozenset(row.split())
        paths = {origins[oid].path for oid in oids}
        with contextlib.suppress(GitError):  # a tree is missing or corrupt, as the walk reported
            if known is None:
                commits |= _touching(history, paths, everything, [])
            elif known.since:
                commits |= _touching(history, paths, [], known.since)
            yield oids, commits


def _touching(
    history: Asked, paths: set[str], walk: Sequence[str], between: Sequence[str]
) -> set[str]:
    """Return the commits that changed one of these paths, or all where there are many paths."""
    limit = ["--", *sorted(paths)] if len(paths) <= PATHS_AT_ONCE and "" not in paths else []
    return _listed(history, ["--full-history", *walk], [*between, *limit])


def _listed(history: Asked, options: Sequence[str], rows: Sequence[str]) -> set[str]:
    said = history.repository.run(
        *("--literal-pathspecs", "rev-list", *options, "--stdin"),
        stdin=os.fsencode("".join(f"{row}\n" for row in rows)),
    )
    return set(said.decode().split())
