"""The files on disk: of a repository's working tree, or of a plain folder."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from occ_audit.errors import AuditError
from occ_audit.model import Batch, Finding, Location, Origin
from occ_audit.reading import Coverage, Entry, EntryKind, Progress, Tree
from occ_audit.repository import Listed
from occ_audit.setting_types import path_matcher
from occ_audit.sources import AtOnce, Request, elsewhere
from occ_audit.sources._buffer import Filler, names
from occ_audit.sources._disk import Disk
from occ_audit.sources._listing import paths_by_oid, with_all_paths
from occ_audit.sources._objects import BATCH_BYTES, LARGE, MISSING, batches, chained, too_large
from occ_audit.sources._since import narrow
from occ_audit.sources._trees import DiskTree, kind_of

_KIND = "file"
_ITS_OWN = "a repository of its own, scan it as such"


def open_source(request: Request) -> Worktree:
    """Return the source that reads files from disk."""
    return Worktree(request)


class Worktree(AtOnce):
    """Tracked and untracked files, without the ignored ones unless these are asked for."""

    name = "worktree"
    current = True

    def __init__(self, request: Request) -> None:
        repository = request.repository
        if repository is not None and repository.bare:
            raise AuditError(
                "a bare repository has no working tree",
                where=str(repository.root),
                mend="Use --history, or --range A..B.",
            )
        self._request = request
        self.coverage = Coverage()
        self.total_bytes = 0
        self.root = repository.root if repository else _folder(request.paths[0])
        self._max_bytes = request.config.max_bytes
        self._excluded = path_matcher(request.config.exclude)
        self._repository = repository
        self._disk = Disk(self.root)
        self._sparse: dict[str, Listed] = {}
        """Tracked files that a sparse checkout keeps off the disk: git has them."""
        self._paths: Mapping[str, Sequence[str]] = {}
        self._entries = self._list(request.include_ignored)
        self._within = self._restrict(request.paths)
        self.whole = len(self._within) == len(self._entries)

    def partitions(self, jobs: int) -> Sequence[Generator[Batch]]:
        """Return interleaved shares of the files, so that each gets large and small ones."""
        wanted = [path for path in sorted(self._within) if self._wanted(path)]
        chosen = [path for path in wanted if path not in self._sparse]
        sizes = {path: self._disk.size(path) for path in chosen}
        self.total_bytes = sum(sizes.values())
        parts: list[Generator[Batch]] = [
            self._batches(chosen[first::jobs], sizes) for first in range(min(jobs, len(chosen)))
        ]
        if len(chosen) < len(wanted):
            parts.append(self._not_on_disk(wanted))
        if parts:
            parts[0] = chained(parts[0], names((path, "") for path in wanted))
        return parts

    def in_order(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Return the findings by path: the shares of the files are interleaved."""
        return sorted(findings, key=lambda finding: _file(finding.locations[0]))

    def _not_on_disk(self, wanted: Iterable[str]) -> Generator[Batch]:
        repository = self._request.need_repository()
        missing = repository.missing_below("HEAD") if repository.head else frozenset()
        rows = [self._sparse[path] for path in wanted if path in self._sparse]
        for row in rows:
            if row.oid in missing:
                self.coverage.skip(Origin(_KIND, row.path), MISSING)
        here = [row for row in rows if row.oid not in missing]
        self._paths = paths_by_oid(here, _KIND, lambda path: False, self.coverage)
        self.coverage.count(files=len(here))
        oids = list(self._paths)
        yield from batches(repository, oids, self._origin, self.coverage, self._max_bytes)

    def _origin(self, oid: str, kind: str) -> Origin:
        return Origin(_KIND, self._paths[oid][0])

    def tree(self) -> Tree | None:
        """Return what is on disk now, limited to the documents of the paths that were given."""
        present = {
            path: entry
            for path, entry in self._entries.items()
            if path in self._sparse or self._disk.exists(path)
        }
        limited = None if self.whole else frozenset(self._within)
        sparse = {path: row.oid for path, row in self._sparse.items()}
        tree = DiskTree(
            self._disk,
            present,
            self._max_bytes,
            limited,
            self._repository,
            sparse,
            self._request.memory,
        )
        return narrow(tree, self._request)

    def attribute(self, findings: Sequence[Finding], progress: Progress) -> Sequence[Finding]:
        """Name every path of what git has, and the disk has not; files on disk carry theirs."""
        return with_all_paths(findings, _KIND, self._paths)

    def _list(self, include_ignored: bool) -> dict[str, Entry]:
        if self._repository is None:
            return {path: self._on_disk(path) for path in self._walk(self.root)}
        rows = self._repository.ls_index()
        entries = {row.path: Entry(row.path, kind_of(row), oid=row.oid) for row in rows}
        sparse = (row for row in rows if row.sparse and not self._disk.exists(row.path))
        self._sparse = {row.path: row for row in sparse}
        paths, complaints = self._repository.ls_untracked(ignored_too=include_ignored)
        for complaint in complaints:
            self.coverage.skip(Origin("file"), f"git could not list all files: {complaint}")
        for path in paths:
            # A path that ends with a slash is a repository of its own that nobody added.
            for untracked in self._walk(self.root / path) if path.endswith("/") else [path]:
                entries[untracked] = self._on_disk(untracked)
        return entries

    def _restrict(self, paths: Iterable[Path]) -> set[str]:
        """Return the entries below the given paths; a file that is given counts even if ignored."""
        within: set[str] = set()
        for given in paths:
            path = _relative(given, self.root)
            if path == ".":
                return set(self._entries)
            below = {path} if path in self._entries else self._below(path)
            if not below:
                below = set(self._files_at(path))
                self._entries |= {name: self._on_disk(name) for name in below}
            within |= below
        return within

    def _below(self, folder: str) -> set[str]:
        return {known for known in self._entries if known.startswith(folder + "/")}

    def _files_at(self, path: str) -> Iterator[str]:
        place = self.root / path
        return self._walk(place) if place.is_dir() else iter([path])

    def _walk(self, folder: Path) -> Iterator[str]:
        """Yield the files below a folder that git does not list, without `.git` folders."""
        for parent, folders, files in os.walk(folder, onerror=self._unreadable):
            links = [name for name in folders if (Path(parent) / name).is_symlink()]
            below = Path(parent).relative_to(self.root).as_posix()
            prefix = "" if below == "." else f"{below}/"
            if ".git" in folders:
                self.coverage.skip(Origin("file", f"{prefix}.git"), _ITS_OWN, requested=True)
            folders[:] = sorted(name for name in folders if name != ".git")
            yield from (prefix + name for name in sorted([*files, *links]))

    def _unreadable(self, error: OSError) -> None:
        path = _relative(Path(os.fsdecode(error.filename)), self.root)
        self.coverage.skip(Origin("file", path), f"unreadable folder: {error.strerror}")

    def _on_disk(self, path: str) -> Entry:
        kind = EntryKind.SYMLINK if self._disk.is_link(path) else EntryKind.FILE
        return Entry(path, kind, tracked=False)

    def _wanted(self, path: str) -> bool:
        """Say whether a file is read; what is left out is reported."""
        origin = Origin("file", path)
        if self._entries[path].kind is EntryKind.SUBMODULE:
            reason = f"submodule: {_ITS_OWN}"
        elif self._excluded(path):
            reason = "excluded by the configuration"
        else:
            return True
        self.coverage.skip(origin, reason, requested=True)
        return False

    def _batches(self, paths: Iterable[str], sizes: Mapping[str, int]) -> Generator[Batch]:
        filler = Filler()
        for path in paths:
            size = sizes[path]
            if size > BATCH_BYTES:
                with LARGE:
                    yield from self._read(path, size, filler)
            else:
                yield from self._read(path, size, filler)
        yield from filler.rest()

    def _read(self, path: str, size: int, filler: Filler) -> Iterator[Batch]:
        origin = Origin("file", path)
        if size > self._max_bytes:
            self.coverage.skip(origin, too_large(self._max_bytes))
            return
        try:
            data = self._disk.read(path)
        except FileNotFoundError:
            return  # tracked, but deleted on disk: not part of the working tree
        except OSError as error:
            self.coverage.skip(origin, f"unreadable: {error.strerror}")
            return
        self.coverage.count(files=1, bytes=len(data))
        yield from filler.add(data, origin)


def _folder(path: Path) -> Path:
    """Return the root of a scan outside any repository."""
    return path if path.is_dir() else path.parent


def _file(place: Location) -> str:
    return place.origins[0].path if place.origins else ""


def _relative(path: Path, root: Path) -> str:
    """Return a path as the entries name it; raises AuditError where it lies elsewhere."""
    if not path.is_relative_to(root):
        raise elsewhere(path, root)
    return path.relative_to(root).as_posix()
