"""Finds many literal texts in batches: what is secret is looked for itself, whatever rules say."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import hyperscan

from occ_audit.model import Batch, Content

_HEAD = 64
"""By so many bytes a text is found; the rest of it is compared."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A text and where it stands; offsets are in the content."""

    text: bytes
    content: Content
    start: int
    line: int


class Literals:
    """Texts to look for; may be shared between threads. Nothing is kept on disk."""

    def __init__(self, texts: Iterable[bytes]) -> None:
        by_head: dict[bytes, set[bytes]] = {}
        for text in texts:
            by_head.setdefault(text[:_HEAD], set()).add(text)
        self._heads = [(head, sorted(known)) for head, known in sorted(by_head.items())]
        self._database = _database([head for head, _ in self._heads]) if by_head else None
        self._local = threading.local()

    def find(self, batch: Batch) -> Iterator[Occurrence]:
        """Yield where the texts stand, each content for itself."""
        starts = [content.start for content in batch.contents]
        for index, end in sorted(self._hits(batch.buffer)):
            head, texts = self._heads[index]
            start = end - len(head)
            content = batch.contents[max(bisect.bisect_right(starts, start) - 1, 0)]
            for text in texts:
                stop = start + len(text)
                inside = content.start <= start and stop <= content.end
                if inside and batch.buffer[start:stop] == text:
                    line = 1 + bytes(batch.buffer[content.start : start]).count(b"\n")
                    yield Occurrence(text, content, start - content.start, line)

    def _hits(self, buffer: memoryview) -> set[tuple[int, int]]:
        hits: set[tuple[int, int]] = set()
        if self._database is None or not buffer.nbytes:
            return hits
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)

        def hit(index: int, start: int, end: int, flags: int, context: object) -> None:
            hits.add((index, end))

        self._database.scan(buffer, match_event_handler=hit, scratch=scratch)
        return hits


def _database(heads: list[bytes]) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[b"".join(b"\\x%02x" % byte for byte in head) for head in heads],
        ids=list(range(len(heads))),
        flags=[hyperscan.HS_FLAG_DOTALL] * len(heads),
    )
    return database
