"""Transformations that hide text; each module here undoes one, knows no rule and reads no file.

A decoder is a module with `decode`, and with signs that say where to try it, of one or more kinds:

- `TEXTS`: plain texts, such as what a format begins with; cheap, however many they are.
- `spellings(literals) -> Iterable[bytes]`: plain texts, too: how it spells `literals`, which begin
  or accompany secrets.
- `EXPRESSIONS`: in the language of hyperscan, for what needs more; each costs time everywhere.
- `LAYOUT = True` where nothing is hidden: what comes out stands in the text, only told otherwise.
- `decode(data, at, budget) -> Iterator[Decoded | Left]`: what comes out of `data` around or after
  `at`, where a sign ended; nothing where the sign was misleading. Broken input is read as far as
  it goes. `SkipError` is raised where the budget is spent.

A plain text holds no NUL, and its case counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

DEPTH = 4
"""So many transformations one inside the other are undone."""
LEAST_BYTES, MOST_BYTES, RATIO = 16 * 2**20, 256 * 2**20, 100
"""One content may expand to `RATIO` times its size, but to no less and no more than these."""
MEMBER_BYTES = 64 * 2**20
"""One member of a container may be so large."""
MEMBERS = 10_000
"""One content may hold so many members."""

Place = Callable[[int, int], tuple[int, int]]
"""Maps start and end in what came out to start and end in what it came from."""


class Decoded(NamedTuple):
    """What came out of one stretch of a content."""

    data: bytes
    start: int
    end: int
    """The stretch of the parent that it came from; further signs in there are answered."""
    place: Place | None = None
    """Where a part of `data` stands in the parent; None: it cannot be told within the stretch."""
    member: str = ""
    """The name of a container's member."""
    shown: bool = False
    """True where the parent is no text to look at: lines and excerpts are those of `data`."""


class Left(NamedTuple):
    """A member that was not decoded, and why."""

    member: str
    reason: str


class SkipError(Exception):
    """All the rest of a content is left out, for the reason given."""


class Budget:
    """What decoding one content may still cost."""

    def __init__(self, size: int) -> None:
        self.bytes = min(max(LEAST_BYTES, RATIO * size), MOST_BYTES)
        self.members = MEMBERS

    def spend(self, amount: int) -> None:
        """Take bytes from the budget; raises SkipError when there are none left."""
        self.bytes -= amount
        if self.bytes < 0:
            raise SkipError("it expands beyond the bound: the rest was not decoded")

    def member(self) -> None:
        """Take one member from the budget; raises SkipError when there are none left."""
        self.members -= 1
        if self.members < 0:
            raise SkipError(f"it holds more than {MEMBERS:,} members: the rest was not decoded")


class Decoder(Protocol):
    """What every module in this package has, beside its signs."""

    def decode(self, data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
        """Yield what comes out."""
        ...
