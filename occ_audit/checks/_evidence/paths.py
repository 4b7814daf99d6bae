"""A tree's paths, indexed for the questions that references ask."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from occ_audit.checks._evidence import globs
from occ_audit.checks._evidence.alike import Names
from occ_audit.checks._evidence.sites import Sites
from occ_audit.reading import Entry, EntryKind, Tree
from occ_audit.setting_types import is_pattern, path_matcher

_LINKS_FOLLOWED = 8
_MOST_PATTERNS = 1000
_WAY = re.compile(r"(?:\.{0,2}/)+")
_ODD_PART = re.compile(r"(?:^|/)\.{0,2}(?:/|$)")
_WILD = re.compile(r"[*?\[]")
_KEEPERS = frozenset({".gitkeep", ".keep", ".gitignore"})


def normal(path: str) -> str | None:
    """Return a path without empty, `.` and `..` parts; None if it leaves the repository."""
    if not _ODD_PART.search(path):
        return path
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def without_dots(path: str) -> str:
    """Return a path without the slash, `./` and `../` that it may begin with."""
    return path[match.end() :] if (match := _WAY.match(path)) else path


def parents(path: str) -> Iterator[str]:
    """Yield the folders above a path, nearest first, without the root."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


class Paths:
    """What exists in a tree; folders are implied by the entries below them."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.entries: Mapping[str, Entry] = tree.entries
        self.on_disk = tree.label == "working tree"
        self.folders: set[str] = {""}
        for path in self.entries:
            for folder in parents(path):
                if folder in self.folders:
                    break
                self.folders.add(folder)
        kinds = {row.kind for row in self.entries.values()}
        self._has_links = EntryKind.SYMLINK in kinds
        self._has_modules = EntryKind.SUBMODULE in kinds
        self.named_folders: frozenset[str] = frozenset(self.folders - {""})
        self._matching: dict[str, bool] = {}
        self._near: dict[str, str] = {}
        self._names: dict[str, Names] = {}

    def find(self, path: str) -> str | None:
        """Return where a path really is, links in its folders followed; None if nowhere."""
        at: str | None = path
        for _ in range(_LINKS_FOLLOWED if self._has_links else 1):
            if at is None or at in self.entries or at in self.folders:
                return at
            link = next((folder for folder in parents(at) if self._is_link(folder)), None)
            if link is None:
                return None
            at = self._follow(link, at[len(link) :])
        return None

    def _is_link(self, path: str) -> bool:
        entry = self.entries.get(path)
        return entry is not None and entry.kind is EntryKind.SYMLINK

    def _follow(self, link: str, rest: str) -> str | None:
        target = self._bytes(link).decode("utf-8", "surrogateescape")
        if not target or target.startswith("/"):
            return None
        return normal(f"{link.rpartition('/')[0]}/{target}{rest}")

    def submodule(self, path: str) -> str:
        """Return the submodule that holds a path, or nothing."""
        for folder in (path, *parents(path)) if self._has_modules else ():
            entry = self.entries.get(folder)
            if entry is not None and entry.kind is EntryKind.SUBMODULE:
                return folder
        return ""

    def below(self, folder: str) -> Iterator[Entry]:
        """Yield the entries in a folder, at any depth."""
        prefix = f"{folder}/" if folder else ""
        for index in range(bisect_left(self._sorted, prefix), len(self._sorted)):
            if not self._sorted[index].startswith(prefix):
                return
            yield self.entries[self._sorted[index]]

    def tracked(self, path: str) -> bool:
        """Say whether git has the file, or any file in the folder; true where there is no git."""
        if self.on_disk and self._tree.history is None:
            return True
        entry = self.entries.get(path)
        return entry.tracked if entry else any(row.tracked for row in self.below(path))

    def empty(self, folder: str) -> bool:
        """Say whether a folder holds nothing but files that only keep it in git."""
        return all(row.path.rpartition("/")[2] in _KEEPERS for row in self.below(folder))

    def _bytes(self, path: str) -> bytes:
        """Return a file's bytes, or a link's target; nothing where it cannot be read any more."""
        try:
            return self._tree.read(path)
        except (OSError, KeyError):
            return b""

    def end_of(self, path: str) -> str:
        """Return where symbolic links from a path end; a path that cannot be for nowhere."""
        for _ in range(_LINKS_FOLLOWED):
            if not self._is_link(path):
                break
            path = self.find(self._follow(path, "") or "\0") or "\0"
        return path

    def way_out(self, path: str) -> str:
        """Return where a symbolic link on the way leads, if that is outside the repository."""
        for _ in range(_LINKS_FOLLOWED if self._has_links else 0):
            link = next((row for row in (path, *parents(path)) if self._is_link(row)), None)
            if link is None:
                return ""
            onward = self._follow(link, path[len(link) :])
            if onward is None:
                return self._bytes(link).decode("utf-8", "replace")
            path = onward
        return ""

    def dangling(self, path: str) -> bool:
        """Say whether the path is a symbolic link to nothing."""
        return self._is_link(path) and self.end_of(path) == "\0"

    @cached_property
    def sites(self) -> Sites:
        """The sites that are made of documents of the tree."""
        return Sites(self.entries, self.folders)

    def named(self, name: str) -> tuple[str, ...]:
        """Return the paths of all files with this base name."""
        return tuple(self._by_name.get(name, ()))

    def has_name(self, path: str) -> bool:
        """Say whether any file, or folder, has the last part of a path for its name."""
        name = path.rstrip("/").rpartition("/")[2]
        return name in self._by_name or name in self._folders_by_name

    def ending(self, path: str) -> tuple[str, ...]:
        """Return the paths of all files, and folders, that end with these whole parts."""
        same_name = self._by_name.get(path.rpartition("/")[2], ())
        found = tuple(row for row in same_name if row.endswith(f"/{path}"))
        folders = self._folders_by_name.get(path.rpartition("/")[2], ())
        return found or tuple(row for row in folders if row.endswith(f"/{path}"))

    def matching(self, pattern: str) -> bool | None:
        """Say whether a glob or brace pattern matches at least one file or folder.

        None means that so many patterns were asked for that no more are tried.
        """
        if pattern not in self._matching:
            if len(self._matching) >= _MOST_PATTERNS:
                return None
            self._matching[pattern] = next(self.matches(pattern), None) is not None
        return self._matching[pattern]

    def matches(self, pattern: str) -> Iterator[Entry]:
        """Yield the entries that a glob or brace pattern matches, and those in folders it matches.

        With braces one entry may come more than once.
        """
        return itertools.chain.from_iterable(map(self._matches, globs.braces(pattern.strip("/"))))

    def _matches(self, pattern: str) -> Iterator[Entry]:
        if "/" not in pattern:
            pattern = f"**/{pattern}"  # a bare pattern means a name, wherever it is
        parts = pattern.split("/")
        fixed = list(itertools.takewhile(lambda part: not _WILD.search(part), parts[:-1]))
        depth = None if "**" in parts else len(parts)
        below = self.below("/".join(fixed))
        return (entry for entry in below if globs.match(parts, entry.path.split("/")[:depth]))

    def generated(self, path: str) -> bool:
        """Say whether a .gitignore file of the tree names the path."""
        return any(
            matches(path[len(folder) :].lstrip("/"))
            for folder, matches in self._ignore_files
            if not folder or path.startswith(f"{folder}/")
        )

    def near(self, path: str) -> str:
        """Return the existing path that was probably meant, or nothing."""
        if path not in self._near:
            self._near[path] = self._nearest(path)
        return self._near[path]

    def _nearest(self, path: str) -> str:
        same = self.but_for_case(path)
        if same:
            return same
        folder, slash, name = path.rpartition("/")
        if len(self.named(name)) == 1:
            return self.named(name)[0]
        close = self._names_in(folder).closest(name)
        return f"{folder}{slash}{close}" if close else ""

    def but_for_case(self, path: str) -> str:
        """Return the existing path that differs from this one in nothing but its case."""
        return self._by_case.get(path.casefold(), "")

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.entries)

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        found = defaultdict(list)
        for path in self.entries:
            found[path.rpartition("/")[2]].append(path)
        return dict(found)

    @cached_property
    def _folders_by_name(self) -> Mapping[str, list[str]]:
        found = defaultdict(list)
        for path in sorted(self.folders):  # a set has another order in each run
            found[path.rpartition("/")[2]].append(path)
        return dict(found)

    def _names_in(self, folder: str) -> Names:
        """Return the names of the files directly in a folder."""
        if folder not in self._names:
            prefix = len(folder) + 1 if folder else 0
            names = (row.path[prefix:] for row in self.below(folder))
            self._names[folder] = Names(name for name in names if "/" not in name)
        return self._names[folder]

    @cached_property
    def _by_case(self) -> Mapping[str, str]:
        return {path.casefold(): path for path in (*self.folders, *self.entries)}

    @cached_property
    def _ignore_files(self) -> list[tuple[str, Callable[[str], bool]]]:
        files = self.named(".gitignore")
        return [(path.rpartition("/")[0], _ignore_matcher(self._bytes(path))) for path in files]


def _ignore_matcher(data: bytes) -> Callable[[str], bool]:
    lines = data.decode("utf-8", "replace").splitlines()
    return path_matcher([line for line in lines if line and is_pattern(line)])
