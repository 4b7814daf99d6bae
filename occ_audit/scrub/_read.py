"""Reads what the sources leave out: names in all trees, names of refs, the files of git itself."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from occ_audit.git_process import end, pipe
from occ_audit.model import Batch, Coverage, Origin
from occ_audit.repository import Repository
from occ_audit.sources._buffer import Filler
from occ_audit.sources._disk import Disk
from occ_audit.sources._objects import too_large

Found = TypeVar("Found")

_OID_BYTES = {"sha1": 20, "sha256": 32}
_OBJECTS = "objects"
_SUBMODULES = "modules"


def everything(
    partitions: Sequence[Generator[Batch]], look: Callable[[Batch], Iterable[Found]]
) -> list[Found]:
    """Return what `look` finds in all partitions, each read in a thread of its own."""

    def one(partition: Generator[Batch]) -> list[Found]:
        with contextlib.closing(partition):
            return [found for batch in partition for found in look(batch)]

    with ThreadPoolExecutor(max_workers=max(len(partitions), 1)) as pool:
        return [found for part in pool.map(one, partitions) for found in part]


def tree_names(repository: Repository) -> dict[str, str]:
    """Return every name of a file or folder in any tree, each with one of the trees."""
    entry = re.compile(
        rb"[0-7]{5,6} ([^\0]+)\0.{%d}" % _OID_BYTES[repository.object_format], re.DOTALL
    )
    names: dict[bytes, str] = {}
    for oid, data in _trees(repository):
        for name in entry.findall(data):
            names.setdefault(name, oid)
    return {os.fsdecode(name): oid for name, oid in names.items()}


def _trees(repository: Repository) -> Iterator[tuple[str, bytes]]:
    listing = repository.run(
        "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)"
    )
    oids = [row[5:] for row in listing.splitlines() if row.startswith(b"tree ")]
    process = repository.start("cat-file", "--batch", "--buffer", buffered=True)

    def feed() -> None:
        with contextlib.suppress(BrokenPipeError), pipe(process.stdin) as questions:
            questions.write(b"".join(oid + b"\n" for oid in oids))

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        for header in pipe(process.stdout):
            oid, *described = header.split()
            if len(described) == 2:
                yield oid.decode(), pipe(process.stdout).read(int(described[1]) + 1)
    finally:
        process.kill()
        feeder.join()
        end(process)


def ref_names(repository: Repository) -> Generator[Batch]:
    """Yield the names of all refs as contents."""
    yield from _texts((name, Origin("ref", name)) for name in repository.refs())


def names(found: Iterable[tuple[str, str]]) -> Generator[Batch]:
    """Yield names of files and folders, each with its tree, as contents."""
    filler = Filler()
    for name, oid in found:
        yield from filler.add(os.fsencode(name), Origin("name", name), oid)
    yield from filler.rest()


def _texts(rows: Iterable[tuple[str, Origin]]) -> Generator[Batch]:
    filler = Filler()
    for text, origin in rows:
        yield from filler.add(os.fsencode(text), origin)
    yield from filler.rest()


def git_files(repository: Repository, coverage: Coverage, max_bytes: int) -> Generator[Batch]:
    """Yield what the git directory holds beside objects: reflogs, configuration, hooks and more.

    Their names are contents too: a reflog may outlive its branch.
    """
    disk, filler = Disk(repository.common_dir), Filler()
    for path in _git_paths(repository.common_dir, coverage):
        origin = Origin("git", f".git/{path}")
        yield from filler.add(os.fsencode(path), origin)
        if disk.size(path) > max_bytes:
            coverage.skip(origin, too_large(max_bytes))
            continue
        try:
            data = disk.read(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            coverage.skip(origin, f"unreadable: {error.strerror}")
            continue
        coverage.count(git_files=1)
        yield from filler.add(data, origin)
    yield from filler.rest()


def _git_paths(top: Path, coverage: Coverage) -> Iterator[str]:
    def unreadable(error: OSError) -> None:
        coverage.skip(Origin("git", os.fsdecode(error.filename)), f"unreadable: {error.strerror}")

    for parent, folders, files in os.walk(top, onerror=unreadable):
        if Path(parent) == top:
            folders[:] = [name for name in folders if name not in (_OBJECTS, _SUBMODULES)]
            if (top / _SUBMODULES).is_dir():
                reason = "submodules are repositories of their own: verify each as such"
                coverage.skip(Origin("git", f".git/{_SUBMODULES}"), reason, requested=True)
        for name in sorted(files):
            place = Path(parent) / name
            if _is_file(place):
                yield place.relative_to(top).as_posix()


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
