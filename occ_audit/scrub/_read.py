"""Reads what the sources leave out: names in all trees."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from occ_audit.git_process import fed
from occ_audit.model import Batch, Origin
from occ_audit.repository import Repository
from occ_audit.sources._buffer import Filler
from occ_audit.sources._walk import OID_LENGTH

Found = TypeVar("Found")


def everything(
    partitions: Sequence[Generator[Batch]], jobs: int, look: Callable[[Batch], Iterable[Found]]
) -> list[Found]:
    """Return what `look` finds in all partitions, so many of which are read side by side."""

    def one(partition: Generator[Batch]) -> list[Found]:
        with contextlib.closing(partition):
            return [found for batch in partition for found in look(batch)]

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        return [found for part in pool.map(one, partitions) for found in part]


def tree_names(repository: Repository) -> dict[str, str]:
    """Return every name of a file or folder in any tree, each with one of the trees."""
    entry = re.compile(
        rb"[0-7]{5,6} ([^\0]+)\0.{%d}" % (OID_LENGTH[repository.object_format] // 2), re.DOTALL
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
    with fed(process, [b"".join(oid + b"\n" for oid in oids)]) as answers:
        for header in answers:
            oid, *described = header.split()
            if len(described) == 2:
                yield oid.decode(), answers.read(int(described[1]) + 1)


def unfinished(repository: Repository) -> Iterator[str]:
    """Yield the files that a git which was interrupted left among its objects, and never reads."""
    objects = repository.common_dir / "objects"
    for path in (*objects.glob("tmp_*"), *objects.glob("*/tmp_*")):
        if not path.parent.name.startswith("tmp_"):
            yield path.relative_to(repository.common_dir).as_posix()


def names(found: Iterable[tuple[str, str]]) -> Generator[Batch]:
    """Yield names of files and folders, each with its tree, as contents."""
    filler = Filler()
    for name, oid in found:
        yield from filler.add(os.fsencode(name), Origin("name", name), oid)
    yield from filler.rest()
