"""Names the reflog entries from which a commit can still be reached."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from occ_audit.repository import Repository
from occ_audit.sources import _graph

_ENTRY = re.compile(rb"^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) ", re.MULTILINE)
_NAMED = 5


def reaching(repository: Repository, commits: Collection[str]) -> dict[str, list[str]]:
    """Return, for each commit, some reflog entries such as `refs/stash@{1}` that lead to it."""
    entries = list(_entries(repository.common_dir)) if commits else []
    found = _graph.reaching(repository, entries, commits, ["--reflog"])
    return {commit: found.named(found.bits([commit]))[:_NAMED] for commit in commits}


def _entries(top: Path) -> Iterator[tuple[str, str]]:
    """Yield each entry of each reflog, the newest first, with the id that it stands for."""
    for folder in (top / "logs", *sorted(top.glob("worktrees/*/logs"))):
        prefix = "" if folder.parent == top else f"worktrees/{folder.parent.name}/"
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            rows = _ENTRY.findall(file.read_bytes())
            name = prefix + file.relative_to(folder).as_posix()
            ids = [*(new for _, new in reversed(rows)), *(old for old, _ in rows[:1])]
            yield from ((f"{name}@{{{n}}}", oid.decode()) for n, oid in enumerate(ids))
