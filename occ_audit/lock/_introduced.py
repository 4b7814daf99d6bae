"""Asks git, once for all paths, which commit introduced each of them."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator

from occ_audit.git_process import GitError
from occ_audit.reading import TreeHistory

_PATHS_AT_ONCE = 200
"""With more paths than these, asking for all commits is faster."""


def first_commits(history: TreeHistory, paths: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return id and date (ISO 8601, UTC) of the oldest commit that added each path.

    A path is left out where no commit holds it, or where the clone does not hold its history.
    """
    if not history.tip or not paths:
        return {}
    limit = ["--", *sorted(paths)] if len(paths) <= _PATHS_AT_ONCE else []
    walk = ("rev-list", "--timestamp", "--topo-order", "--reverse", "--full-history", history.tip)
    compare = ("diff-tree", "--stdin", "-r", "-c", "--root", "-z", "--raw", "--no-abbrev")
    try:
        said = history.run("--literal-pathspecs", *walk, *limit).decode().split()
        dates = dict(zip(said[1::2], said[::2], strict=True))
        changes = history.run(
            *("--literal-pathspecs", *compare, "--no-renames", "--diff-filter=A", *limit),
            stdin="".join(f"{commit}\n" for commit in dates).encode(),
        )
    except GitError:
        return {}  # a tree is missing or corrupt; the lock says less, but nothing wrong
    found: dict[str, tuple[str, str]] = {}
    boundary = frozenset(history.shallow)
    for commit, path in _added(changes):
        if path in paths and path not in found:
            found[path] = commit, _iso(dates[commit])
    return {path: first for path, first in found.items() if first[0] not in boundary}


def _added(changes: bytes) -> Iterator[tuple[str, str]]:
    """Yield commit and path of each addition, in the order of the commits."""
    commit = ""
    fields = iter(changes.split(b"\0")[:-1])
    for field in fields:
        if field.startswith(b":"):
            yield commit, next(fields).decode("utf-8", "surrogateescape")
        else:
            commit = field.decode()


def _iso(seconds: str) -> str:
    try:
        moment = datetime.datetime.fromtimestamp(int(seconds), datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return ""  # a date that no calendar knows
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
