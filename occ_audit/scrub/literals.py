"""Finds many literal texts in batches: what is secret is looked for itself, whatever rules say."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from occ_audit.matching.scanner import Expression, Scanner, compiled
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
        expressions = [
            Expression(index, b"".join(b"\\x%02x" % byte for byte in head))
            for index, (head, _) in enumerate(self._heads)
        ]
        database = compiled(expressions) if expressions else None
        self._scanner = Scanner(lambda: database)

    def find(self, batch: Batch) -> Iterator[Occurrence]:
        """Yield where the texts stand, each content for itself."""
        starts = [content.start for content in batch.contents]
        for index, end in sorted(self._scanner.hits(batch.buffer)):
            head, texts = self._heads[index]
            start = end - len(head)
            content = batch.contents[max(bisect.bisect_right(starts, start) - 1, 0)]
            for text in texts:
                stop = start + len(text)
                inside = content.start <= start and stop <= content.end
                if inside and batch.buffer[start:stop] == text:
                    line = 1 + bytes(batch.buffer[content.start : start]).count(b"\n")
                    yield Occurrence(text, content, start - content.start, line)
