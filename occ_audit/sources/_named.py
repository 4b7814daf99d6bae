"""Tells what names commits gave: one that renames or copies a file introduces no object."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from occ_audit.git_process import GitError
from occ_audit.model import Origin
from occ_audit.reading import Coverage
from occ_audit.repository import Repository

# A merge gave the names that none of its parents has.
_COMPARE = ("diff-tree", "--stdin", "-r", "-c", "--root", "-z", "--raw", "--no-abbrev")
_ADDED = ("--no-renames", "--diff-filter=A")
_UNREADABLE = "a tree is missing or corrupt, so the names of files were not all read"


def given(
    repository: Repository, commits: Iterable[str], coverage: Coverage
) -> Iterator[tuple[str, str]]:
    """Yield each path that one of these commits has and its parents have not, with the commit."""
    asked = "".join(f"{commit}\n" for commit in commits).encode()
    try:
        said = repository.run(*_COMPARE, *_ADDED, stdin=asked)
    except GitError:
        coverage.skip(Origin("range"), _UNREADABLE)
        return
    commit = ""
    fields = iter(said.split(b"\0")[:-1])
    for field in fields:
        if field.startswith(b":"):
            yield os.fsdecode(next(fields)), commit
        else:
            commit = field.decode("ascii")
