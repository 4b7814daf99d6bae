"""Reads what git keeps beside objects: names of refs, and the files of the git directory."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from occ_audit.model import Batch, Origin
from occ_audit.reading import Coverage
from occ_audit.repository import Repository
from occ_audit.sources._buffer import Filler
from occ_audit.sources._disk import Disk
from occ_audit.sources._objects import too_large

_NOT_READ = {"objects": "", "modules": "submodules are repositories of their own: look at each"}
"""Folders that are left out, and why, where that is not plain."""
_REFS = "refs/"
_SAMPLE = ".sample"


def ref_names(refs: Iterable[str]) -> Generator[Batch]:
    """Yield the names of refs as contents."""
    filler = Filler()
    for name in refs:
        yield from filler.add(os.fsencode(name), Origin("ref", name))
    yield from filler.rest()


def git_files(repository: Repository, coverage: Coverage, max_bytes: int) -> Generator[Batch]:
    """Yield what the git directory holds beside objects: configuration, reflogs, hooks and more.

    Their names are contents too, for a reflog may outlive its branch; those of refs are not.
    """
    disk, filler = Disk(repository.common_dir), Filler()
    top = "" if repository.bare and repository.root == repository.common_dir else ".git/"
    for path in _paths(repository.common_dir, top, coverage):
        origin = Origin("git", top + path)
        if not path.startswith(_REFS):
            yield from filler.add(os.fsencode(path), Origin("path", top + path))
        if disk.size(path) > max_bytes:
            coverage.skip(origin, too_large(max_bytes))
            continue
        try:
            data = disk.read(path)
        except FileNotFoundError:
            continue  # git tidied up meanwhile
        except OSError as error:
            coverage.skip(origin, f"unreadable: {error.strerror}")
            continue
        coverage.count(git_files=1)
        yield from filler.add(data, origin)
    yield from filler.rest()


def _paths(folder: Path, top: str, coverage: Coverage) -> Iterator[str]:
    def unreadable(error: OSError) -> None:
        path = Path(os.fsdecode(error.filename)).relative_to(folder).as_posix()
        coverage.skip(Origin("git", top + path), f"unreadable: {error.strerror}")

    for parent, folders, files in os.walk(folder, onerror=unreadable):
        if Path(parent) == folder:
            for name in sorted(_NOT_READ.keys() & set(folders)):
                folders.remove(name)
                if reason := _NOT_READ[name]:
                    coverage.skip(Origin("git", top + name), reason, requested=True)
        folders.sort()
        for name in sorted(files):
            place = Path(parent) / name
            if not name.endswith(_SAMPLE) and _is_file(place):
                yield place.relative_to(folder).as_posix()


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
