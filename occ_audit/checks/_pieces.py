"""What was decoded, as contents to be scanned, and where a part of it stands in what held it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from occ_audit.decode import Budget, Decoded
from occ_audit.model import Batch, Content, Finding, Origin

if TYPE_CHECKING:
    from occ_audit.checks._settle import Judged

BATCH_BYTES = 4 * 2**20
"""What was decoded is scanned when so much has come together."""


class Piece(NamedTuple):
    """Something decoded, and what it came from."""

    decoded: Decoded
    parent: Content
    """In the batch that it was decoded from."""
    outer: Piece | None
    """The piece that the parent is; None for a content of the source."""
    chain: tuple[str, ...]
    """The names of the decoders that undid what hides, the outermost first."""
    budget: Budget

    @property
    def host(self) -> bool:
        """True where findings have lines and columns of their own."""
        inside_host = self.outer is None or self.outer.host
        return bool(self.decoded.member) or (self.decoded.shown and inside_host)

    @property
    def origin(self) -> Origin:
        """Where it comes from, with the member's name."""
        return member_of(self.parent.origin, self.decoded.member)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where a part of it stands in the parent."""
        if self.decoded.place is None:
            return self.decoded.start, self.decoded.end
        return self.decoded.place(start, end)


def member_of(origin: Origin, member: str) -> Origin:
    """Return where a member of something is; that itself where there is no member."""
    return replace(origin, path=f"{origin.path}!{member}") if member else origin


def filled(pieces: Iterable[Piece]) -> Iterator[tuple[Batch, dict[int, Piece]]]:
    """Yield pieces as contents of batches, each with the piece at each start."""
    buffer, contents, known = bytearray(), list[Content](), dict[int, Piece]()
    for piece in pieces:
        start, end = len(buffer), len(buffer) + len(piece.decoded.data)
        buffer += piece.decoded.data + b"\n"
        contents.append(Content(start, end, piece.origin, piece.parent.oid))
        known[start] = piece
        if end >= BATCH_BYTES:
            yield Batch(memoryview(buffer), contents), known
            buffer, contents, known = bytearray(), [], {}
    if contents:
        yield Batch(memoryview(buffer), contents), known


def lifted(one: Judged, piece: Piece) -> Judged:
    """Return the same with its place in the parent."""
    match, base = one.match, one.match.content.start
    start, end = piece.place(match.secret_start - base, match.secret_end - base)
    start, end = start + piece.parent.start, end + piece.parent.start
    placed = match._replace(
        content=piece.parent, start=start, end=end, secret_start=start, secret_end=end
    )
    return replace(one, match=placed, parts=tuple(lifted(part, piece) for part in one.parts))


def outwards(finding: Finding, piece: Piece) -> Finding:
    """Give a location its bytes in the nearest thing that has a name."""
    [place] = finding.locations
    start, end = place.start, place.end
    around: Piece | None = piece
    while around is not None and not around.decoded.member:
        start, end = around.place(start, end)
        around = around.outer
    return replace(finding, locations=(replace(place, start=start, end=end),))
