"""What the decoders of packed data have in common: reading a buffer, inflating within bounds."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import IO, Any

from occ_audit.decode import MEMBER_BYTES, Budget, Decoded, Left, SkipError

PIECE = 2**20
"""So much is unpacked at once, so that a bomb is noticed early."""


class View(io.RawIOBase):
    """A buffer as a file, without a copy."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._at = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move."""
        base = (0, self._at, self._data.nbytes)[whence]
        if base + offset < 0:
            raise OSError("before the start")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any writable buffer
        """Read what fits."""
        piece = self._data[self._at : self._at + len(buffer)]
        buffer[: piece.nbytes] = piece
        self._at += piece.nbytes
        return piece.nbytes


def file_of(data: memoryview) -> io.BufferedReader:
    """Return a buffer as a file that can be sought."""
    return io.BufferedReader(View(data))


def read_bounded(stream: IO[bytes], budget: Budget) -> Iterator[bytes]:
    """Yield all that a stream gives, in pieces; raises SkipError where that is too much."""
    size = 0
    while piece := stream.read(PIECE):
        budget.spend(len(piece))
        size += len(piece)
        if size > MEMBER_BYTES:
            raise SkipError(f"larger than the bound of {MEMBER_BYTES:,} bytes when unpacked")
        yield piece


def member(stream: IO[bytes], name: str, budget: Budget) -> Decoded | Left:
    """Return one member of a container; raises SkipError where the whole is too much."""
    try:
        return Decoded(b"".join(read_bounded(stream, budget)), 0, 0, member=name, shown=True)
    except SkipError as error:
        if budget.bytes < 0:
            raise
        return Left(name, str(error))


def inflated(
    data: memoryview,
    opened: Callable[..., Any],
    errors: tuple[type[Exception], ...],
    budget: Budget,
) -> Iterator[Decoded | Left]:
    """Yield what a compressed stream holds, as far as it is intact and within the bounds."""
    out = bytearray()
    skipped: SkipError | None = None
    try:
        with opened(file_of(data), "rb") as stream:
            for piece in read_bounded(stream, budget):
                out += piece
    except SkipError as error:
        skipped = error
    except errors:
        pass  # what came before the broken part is read all the same
    if out:
        yield Decoded(bytes(out), 0, data.nbytes, shown=True)
    if skipped and budget.bytes < 0:
        raise skipped
    if skipped:
        yield Left("", str(skipped))
