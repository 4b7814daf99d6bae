"""Reads git objects, in batches that share one reused buffer, or one at a time."""

from __future__ import annotations

import errno
import subprocess
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

from occ_audit.git_process import end, ended_with, fed, pipe
from occ_audit.model import Batch, Content, Origin
from occ_audit.reading import Coverage
from occ_audit.repository import Repository

BATCH_BYTES = 4 * 2**20
"""Contents are handed on when so many bytes have come together."""
LARGE = threading.Lock()
"""Only one partition at a time holds a content larger than a batch: memory stays flat."""

MISSING = "missing object: this clone does not hold it"
CORRUPT = "corrupt object: git cannot read it"

OriginOf = Callable[[str, str], Origin]
"""Maps an object's id and type to where it comes from."""


def too_large(max_bytes: int) -> str:
    """Return the reason for which a content above the bound is skipped."""
    return f"larger than the bound of {max_bytes:,} bytes (`max_bytes`)"


def batches(
    repository: Repository,
    oids: Sequence[str],
    origin_of: OriginOf,
    coverage: Coverage,
    max_bytes: int,
) -> Generator[Batch]:
    """Yield the contents of these objects in order; what cannot be read is reported as skipped.

    git ends at the first object that it cannot inflate, so reading goes on behind it.
    """
    first = 0
    while first < len(oids):
        reader = _Reader(repository, oids[first:], origin_of, coverage, max_bytes)
        yield from reader.batches()
        first += reader.done
        if first < len(oids):
            coverage.skip(origin_of(oids[first], "object").identified(oids[first]), CORRUPT)
            first += 1


def chained(*parts: Iterable[Batch]) -> Generator[Batch]:
    """Yield the batches of all parts; closing this closes the part that is being read."""
    for part in parts:
        yield from part


class _Reader:
    """One git process and the buffer that its output lands in."""

    def __init__(
        self,
        repository: Repository,
        oids: Sequence[str],
        origin_of: OriginOf,
        coverage: Coverage,
        max_bytes: int,
    ) -> None:
        self.done = 0
        """How many objects were read, or found missing."""
        self._process = repository.start("cat-file", "--batch", "--buffer")
        self._oids = oids
        self._origin_of = origin_of
        self._coverage = coverage
        self._max_bytes = max_bytes
        self._allocate(BATCH_BYTES)
        self._filled = 0
        self._position = 0
        """Where the first object that has not been handed on begins."""
        self._wanted = 0
        """How many bytes that object takes with its header, where this is known."""
        self._discard = 0
        """How many bytes of a too large object are still to come."""

    def batches(self) -> Iterator[Batch]:
        starts = range(0, len(self._oids), 1024)
        names = (("\n".join(self._oids[at : at + 1024]) + "\n").encode() for at in starts)
        with fed(self._process, names):
            try:
                while self._fill():
                    contents = self._take()
                    if contents:
                        yield Batch(self._view[: self._filled], contents)
                    self._make_room()
            finally:
                self._shrink()

    def _fill(self) -> bool:
        """Read until the buffer is full or git has ended; False when nothing new came."""
        before, output = self._filled, pipe(self._process.stdout)
        while self._filled < self._view.nbytes and self.done < len(self._oids):
            got = output.readinto(self._view[self._filled :])  # type: ignore[attr-defined]
            if not got:
                break
            self._filled += got
        return self._filled > before

    def _take(self) -> list[Content]:
        """Return the objects that stand whole in the buffer and move on behind them."""
        contents = []
        self._drop()
        while not self._discard and self.done < len(self._oids):
            start = self._buffer.find(b"\n", self._position, self._filled) + 1
            if not start:
                break
            header = self._buffer[self._position : start - 1].decode("ascii", "replace")
            oid, *described = header.split(" ")
            if len(described) != 2:
                self._coverage.skip(self._origin_of(oid, "object").identified(oid), MISSING)
                self._pass(start)
                continue
            kind, size = described[0], int(described[1])
            if size > self._max_bytes:
                self._skip_large(oid, kind, start, size)
                continue
            if start + size + 1 > self._filled:
                self._wanted = start + size + 1 - self._position
                break
            if kind != "tree":
                contents.append(Content(start, start + size, self._origin_of(oid, kind), oid))
            self._pass(start + size + 1)
        self._coverage.count(objects=len(contents), bytes=sum(c.end - c.start for c in contents))
        return contents

    def _pass(self, position: int) -> None:
        self._position = position
        self.done += 1

    def _skip_large(self, oid: str, kind: str, start: int, size: int) -> None:
        origin = self._origin_of(oid, kind).identified(oid)
        self._coverage.skip(origin, too_large(self._max_bytes))
        self._discard = size + 1
        self._pass(start)
        self._drop()

    def _drop(self) -> None:
        """Leave out what has come of a too large object."""
        dropped = min(self._discard, self._filled - self._position)
        self._discard -= dropped
        self._position += dropped

    def _make_room(self) -> None:
        """Move the unread rest to the front; make the buffer as large as the next object needs."""
        rest = self._view[self._position : self._filled]
        if self._wanted > BATCH_BYTES and self._view.nbytes < self._wanted:
            self._shrink()
            LARGE.acquire()
            self._allocate(self._wanted)
        elif self._wanted <= BATCH_BYTES:
            self._shrink()
        self._view[: rest.nbytes] = rest
        self._position, self._filled, self._wanted = 0, rest.nbytes, 0

    def _shrink(self) -> None:
        """Go back to a buffer of the usual size."""
        if self._view.nbytes > BATCH_BYTES:
            self._allocate(BATCH_BYTES)
            LARGE.release()

    def _allocate(self, size: int) -> None:
        self._buffer = bytearray(size)
        self._view = memoryview(self._buffer)


class ObjectReader:
    """One `cat-file --batch` that answers one object at a time."""

    def __init__(self, repository: Repository, max_bytes: int) -> None:
        self._repository = repository
        self._max_bytes = max_bytes
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, oid: str) -> bytes:
        """Return an object's content; raises KeyError where git has none, OSError for its size."""
        if self._process is None:
            process = self._repository.start("cat-file", "--batch", buffered=True)
            self._process = ended_with(self, process)
        question, answer = pipe(self._process.stdin), pipe(self._process.stdout)
        question.write(oid.encode() + b"\n")
        question.flush()
        header = answer.readline().split()
        if header[1:] == [b"missing"]:
            raise KeyError(oid)
        size = int(header[2]) if header else 0
        data = answer.read(size + 1)[:size] if header and size <= self._max_bytes else b""
        if not header or len(data) < size:
            # git ended at what it cannot read; what is too large is not waited for.
            end(self._process)
            self._process = None
        if size > self._max_bytes:
            raise OSError(errno.EFBIG, "larger than the bound", oid)
        if self._process is None:
            raise KeyError(oid)
        return data
