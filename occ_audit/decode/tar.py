"""Tar archives; what compresses them is undone before."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded, Left
from occ_audit.decode._packed import file_of, member

MAGIC = b"ustar"
TEXTS = (MAGIC,)
HEAD_END = 257 + len(MAGIC)
"""The mark stands in the head of the first member."""
_BROKEN = (tarfile.TarError, ValueError, OSError, EOFError, LookupError, OverflowError)


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
    """Yield the members that are files, if the content begins with a member's head."""
    if at != HEAD_END:
        return
    try:
        with tarfile.open(fileobj=file_of(data), mode="r:") as archive:
            for info in archive:
                budget.member()
                stream = archive.extractfile(info) if info.isreg() else None
                if stream is not None:
                    yield member(stream, info.name, budget)
    except _BROKEN:
        return  # as far as it is intact
