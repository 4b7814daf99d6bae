"""Puts small contents back to back into one reused buffer."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator

from occ_audit.model import Batch, Content, Origin
from occ_audit.sources._objects import BATCH_BYTES


class Filler:
    """Collects contents and hands them on as batches of about 4 MB."""

    def __init__(self) -> None:
        self._buffer = bytearray(BATCH_BYTES)
        self._contents: list[Content] = []
        self._filled = 0

    def add(self, data: bytes, origin: Origin, oid: str = "") -> Iterator[Batch]:
        """Take one content; yields a batch where the buffer has no room for it."""
        if self._filled + len(data) + 1 > BATCH_BYTES:
            yield from self.rest()
        if len(data) + 1 > BATCH_BYTES:
            yield Batch(memoryview(data), [Content(0, len(data), origin, oid)])
            return
        start, end = self._filled, self._filled + len(data)
        self._buffer[start:end] = data
        self._buffer[end] = ord("\n")
        self._contents.append(Content(start, end, origin, oid))
        self._filled = end + 1

    def rest(self) -> Iterator[Batch]:
        """Yield what is still in the buffer."""
        if self._contents:
            yield Batch(memoryview(self._buffer)[: self._filled], self._contents)
            self._contents, self._filled = [], 0


def names(paths: Iterable[tuple[str, str]]) -> Generator[Batch]:
    """Yield paths, each with the id of its object, as contents: a name can be a leak."""
    filler = Filler()
    for path, oid in paths:
        yield from filler.add(os.fsencode(path), Origin("path", path), oid)
    yield from filler.rest()
