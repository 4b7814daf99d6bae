"""The trees that evidence is audited in: the disk, the index, a commit."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from occ_audit.reading import Entry, EntryKind, Memory, TreeHistory
from occ_audit.repository import Listed, Repository
from occ_audit.sources._disk import Disk
from occ_audit.sources._objects import ObjectReader

_KINDS = {"120000": EntryKind.SYMLINK, "160000": EntryKind.SUBMODULE}


def kind_of(listed: Listed) -> EntryKind:
    """Say what an entry of a tree or index is."""
    return _KINDS.get(listed.mode, EntryKind.FILE)


class Past(NamedTuple):
    """The history below a commit of a repository."""

    repository: Repository
    tip: str
    remembered: Memory | None = None

    @property
    def memory(self) -> Memory | None:
        """What is known of this history; nothing where it could grow at its end."""
        return None if self.shallow else self.remembered

    @property
    def shallow(self) -> tuple[str, ...]:
        """The commits whose parents this clone does not have by design."""
        return self.repository.shallow_boundary

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Return what a git command prints; raises GitError where it fails."""
        return self.repository.run(*arguments, stdin=stdin)


class GitTree:
    """Entries whose contents are git objects: the index or a commit."""

    def __init__(
        self,
        repository: Repository,
        label: str,
        listed: Iterable[Listed],
        max_bytes: int,
        changed: frozenset[str] | None = None,
        removed: Mapping[str, str] | None = None,
        tip: str = "",
        memory: Memory | None = None,
    ) -> None:
        self.label = label
        self.history: TreeHistory | None = Past(repository, tip, memory)
        self.entries: Mapping[str, Entry] = {
            row.path: Entry(row.path, kind_of(row), oid=row.oid) for row in listed
        }
        self.changed = changed
        self.removed = removed or {}
        self._objects = ObjectReader(repository, max_bytes)

    def read(self, path: str) -> bytes:
        """Return a file's bytes, or a link's target; raises KeyError where there is none.

        Raises OSError where there are more bytes than the bound.
        """
        return self._objects.read(self.entries[path].oid)

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Return nothing: what is not in the tree plays no part here."""
        return frozenset()


def index_tree(
    repository: Repository,
    listed: Iterable[Listed],
    max_bytes: int,
    memory: Memory | None = None,
) -> GitTree:
    """Return the index, which was listed, as a tree."""
    return GitTree(repository, "index", listed, max_bytes, tip=repository.head, memory=memory)


def commit_tree(
    repository: Repository,
    commit: str,
    label: str,
    max_bytes: int,
    changed: frozenset[str] | None = None,
    removed: Mapping[str, str] | None = None,
    memory: Memory | None = None,
) -> GitTree:
    """Return a commit's tree, limited to what changed where this is given."""
    listed, tip = repository.ls_tree(commit), repository.commit(commit)
    return GitTree(repository, label, listed, max_bytes, changed, removed, tip, memory)


class DiskTree:
    """A folder on disk, with what git tracks and what it does not but would."""

    label = "working tree"

    def __init__(
        self,
        disk: Disk,
        entries: Mapping[str, Entry],
        max_bytes: int,
        changed: frozenset[str] | None = None,
        repository: Repository | None = None,
        sparse: Mapping[str, str] | None = None,
        memory: Memory | None = None,
    ) -> None:
        """Add to the disk those entries that git alone has: `sparse` gives their objects."""
        self.entries = entries
        self.history: TreeHistory | None = (
            Past(repository, repository.head, memory) if repository else None
        )
        self.changed = changed
        self.removed: Mapping[str, str] = {}
        self._disk = disk
        self._max_bytes = max_bytes
        self._sparse = sparse or {}
        self._objects = ObjectReader(repository, max_bytes) if repository else None

    def read(self, path: str) -> bytes:
        """Return a file's bytes, or a link's target; raises KeyError where there is none.

        Raises OSError where it cannot be read, or has more bytes than the bound.
        """
        if path not in self.entries:
            raise KeyError(path)
        if self._objects and path in self._sparse:
            return self._objects.read(self._sparse[path])
        if self._disk.size(path) > self._max_bytes:
            raise OSError(errno.EFBIG, "larger than the bound", path)
        return self._disk.read(path)

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of `paths` that exist on disk but are not among the entries."""
        return frozenset(
            path for path in paths if path not in self.entries and self._disk.exists(path)
        )
