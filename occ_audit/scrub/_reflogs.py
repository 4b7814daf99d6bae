"""Names the reflog entries from which a commit can still be reached."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from occ_audit.git_process import pipe
from occ_audit.repository import Repository

_ENTRY = re.compile(rb"^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ", re.MULTILINE)
_NAMED = 5


def reaching(repository: Repository, commits: Collection[str]) -> dict[str, list[str]]:
    """Return, for each commit, reflog entries such as `refs/stash@{1}` that lead to it."""
    if not commits:
        return {}
    entries = list(_entries(repository.common_dir))
    found: dict[str, list[str]] = {}
    for commit in commits:
        known = _descendants(repository, commit)
        found[commit] = [name for name, oid in entries if oid in known][:_NAMED]
    return found


def _entries(top: Path) -> Iterator[tuple[str, str]]:
    """Yield each entry of each reflog, the newest first, with the id that it stands for."""
    for folder in (top / "logs", *sorted(top.glob("worktrees/*/logs"))):
        prefix = "" if folder.parent == top else f"worktrees/{folder.parent.name}/"
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            rows = _ENTRY.findall(file.read_bytes())
            name = prefix + file.relative_to(folder).as_posix()
            ids = [*(new for _, new in reversed(rows)), *(old for old, _ in rows[:1])]
            yield from ((f"{name}@{{{n}}}", oid.decode()) for n, oid in enumerate(ids))


def _descendants(repository: Repository, commit: str) -> set[str]:
    known = {commit}
    walk = repository.start(
        "rev-list", "--parents", "--topo-order", "--reverse", "--all", "--reflog", buffered=True
    )
    with walk:
        for row in pipe(walk.stdout):
            child, *parents = row.decode().split()
            if not known.isdisjoint(parents):
                known.add(child)
    return known
