"""What changed since a branch left its base: the paths that a pull request touches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TypeVar

from occ_audit.blob import as_stored, blob_id
from occ_audit.errors import AuditError
from occ_audit.reading import Entry, EntryKind
from occ_audit.repository import Repository
from occ_audit.setting_types import path_matcher
from occ_audit.sources import Request
from occ_audit.sources._trees import DiskTree, GitTree
from occ_audit.sources.commits import Range, changes, commit_of, merge_base

Narrowed = TypeVar("Narrowed", DiskTree, GitTree)

_MAIN_BRANCHES = ("refs/remotes/upstream/HEAD", "refs/remotes/origin/HEAD")
_OPTION = "--changed-only"


def narrow(tree: Narrowed, request: Request, tip: str = "HEAD") -> Narrowed:
    """Limit a tree, where this was asked for, to what differs from the merge base of `tip`.

    `changed` then holds what was added or changed (on disk: if it is a document, or in the index),
    and `removed` what was deleted or renamed, whether this is committed or not.
    """
    if request.since is None:
        return tree
    repository = request.need_repository()
    commit = repository.commit(tip)
    base = _base(repository, request.since, commit)
    before = {row.path: row.oid for row in repository.ls_tree(base)}
    documents = path_matcher(request.config.evidence.documents)
    changed = frozenset(
        path
        for path, entry in tree.entries.items()
        if not _same(tree, entry, before.get(path, ""), look=documents(path))
    )
    tree.changed = changed if tree.changed is None else changed & tree.changed
    tree.removed = dict(_removed(tree, repository, before, Range(base, commit)))
    return tree


def _base(repository: Repository, named: str, commit: str) -> str:
    """Return the merge base with what was named, else with the main branch, else the parent."""
    if not commit:
        return repository.empty_tree
    if named:
        return merge_base(repository, commit_of(repository, named, _OPTION), commit)
    for name in _MAIN_BRANCHES:
        main = repository.commit(name)
        if main:
            return merge_base(repository, main, commit)
    if commit in repository.shallow_boundary:
        raise AuditError(
            "this clone does not hold what the commit is to be compared with",
            where=f"{_OPTION}: parent of {commit[:12]}",
            mend="Fetch more history (`git fetch --unshallow`), or name a commit to compare with.",
        )
    return repository.commit(f"{commit}~") or repository.empty_tree


def _same(tree: DiskTree | GitTree, entry: Entry, before: str, *, look: bool) -> bool:
    """Say whether an entry holds what it held before; on disk it may differ from the index."""
    if isinstance(tree, GitTree) or not (look and before) or entry.kind is not EntryKind.FILE:
        return entry.oid == before and bool(before)
    try:
        data = tree.read(entry.path)
    except OSError:
        return False  # the audit will say that it cannot be read
    return blob_id(as_stored(data, before), before) == before


def _removed(
    tree: DiskTree | GitTree, repository: Repository, before: dict[str, str], since: Range
) -> Iterator[tuple[str, str]]:
    """Yield the files and folders that are gone, each path with the new one, or an empty text."""
    gone = [path for path in before if path not in tree.entries]
    if not gone:
        return
    _, committed = changes(repository, since)
    added = {entry.oid: path for path, entry in tree.entries.items() if path not in before}
    for path in gone:
        new = committed.get(path, "")
        yield path, new if new in tree.entries else added.get(before[path], "")
    left = {str(folder) for path in tree.entries for folder in PurePosixPath(path).parents}
    folders = {str(folder) for path in gone for folder in PurePosixPath(path).parents}
    yield from ((folder, "") for folder in sorted(folders - left))
