"""Looks into what is encoded or packed: decodes where a sign says so, and scans what comes out.

A finding in encoded text is placed on the encoded text. A member of an archive, and the text of
what is no text itself, has lines and columns of its own: it is a *host* for what is found in it.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from occ_audit import hits
from occ_audit.checks._overlap import merged
from occ_audit.checks._signs import Hit, Signs
from occ_audit.decode import DEPTH, Budget, Decoded, Left, SkipError
from occ_audit.model import Batch, Content, Finding, Origin
from occ_audit.secret import Secret

if TYPE_CHECKING:
    from occ_audit.checks._settle import Judged

Skip = Callable[[Origin, str], object]
"""Told what was not looked into, and why."""

BATCH_BYTES = 4 * 2**20
"""What was decoded is scanned when so much has come together."""
NEAR_START = 16
"""A sign that ends so early in a content speaks of the whole of it."""
WIDE_TEXT = "utf16"
"""The decoder whose signs are also NUL bytes at the start of a content."""


_Key = tuple[str, Secret | None]
"""A rule and a secret."""


class _Piece(NamedTuple):
    """Something decoded, and what it came from."""

    decoded: Decoded
    parent: Content
    """In the batch that it was decoded from."""
    outer: _Piece | None
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
        origin, member = self.parent.origin, self.decoded.member
        return replace(origin, path=f"{origin.path}!{member}") if member else origin

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where a part of it stands in the parent."""
        if self.decoded.place is None:
            return self.decoded.start, self.decoded.end
        return self.decoded.place(start, end)


@dataclass(slots=True)
class _Result:
    """What was found in one content."""

    content: Content
    kept: list[Judged] = field(default_factory=list)
    """Placed in the content."""
    lifted: list[Judged] = field(default_factory=list)
    """Placed in it, too, but found in what stands there encoded."""
    inside: list[Finding] = field(default_factory=list)
    """Placed in hosts within it."""
    shown: list[Finding] = field(default_factory=list)
    """Placed in hosts that have no name of their own, such as a document's text."""
    members: set[_Key] = field(default_factory=set)
    """What members of the content hold: its raw bytes may show it again."""

    def settled(self) -> _Result:
        """Return the result with each secret only in the place that says most."""
        known = self.members
        shown = [one for one in self.shown if (one.rule_id, one.secret) not in known]
        told = known | {(one.rule_id, one.secret) for one in shown}
        kept = [one for one in merged(self.kept, self.lifted) if _key(one) not in told]
        return _Result(self.content, kept, inside=[*self.inside, *shown])


class Decoding:
    """Finds secrets in contents and in all that can be decoded from them."""

    def __init__(
        self,
        signs: Signs,
        kept: Callable[[Batch], Iterable[tuple[Content, list[Judged]]]],
        located: Callable[[Batch, Content, list[Judged]], Iterable[Finding]],
    ) -> None:
        """`kept` finds what stands in a batch as it is, `located` makes findings of it."""
        self._signs = signs
        self._kept = kept
        self._located = located
        self._wide = signs.names.index(WIDE_TEXT)

    def findings(self, batch: Batch, skip: Skip) -> Iterator[Finding]:
        """Yield one finding for each secret and place, ordered by content, then by place."""
        # The bound on what a content expands to is met at each level of nesting.
        for result in self._results(batch, {}, 0, functools.cache(skip)):
            yield from map(_told, self._located(batch, result.content, result.kept))
            yield from result.inside

    def _results(
        self, batch: Batch, pieces: Mapping[int, _Piece], depth: int, skip: Skip
    ) -> list[_Result]:
        """Return what is in each content, and in what it decodes to, ordered by content."""
        results = {c.start: _Result(c, kept) for c, kept in self._kept(batch)}
        decoded = self._decoded(batch, pieces, depth, skip)
        for inner, inner_pieces in _filled(decoded):
            for found in self._results(inner, inner_pieces, depth + 1, skip):
                piece = inner_pieces[found.content.start]
                result = results.setdefault(piece.parent.start, _Result(piece.parent))
                self._take(result, found, inner, piece)
        return [results[start].settled() for start in sorted(results)]

    def _take(self, result: _Result, found: _Result, batch: Batch, piece: _Piece) -> None:
        """Add to a content's result what was found in a piece of it."""
        result.inside += found.inside
        named = [_named(one, piece.chain) for one in found.kept]
        if piece.host:
            located = self._located(batch, found.content, named)
            placed = (_told(_outwards(finding, piece)) for finding in located)
            if piece.decoded.member:
                result.members.update(map(_key, named))
                result.inside += placed
            else:
                result.shown += placed
        else:
            result.lifted += (_lifted(one, piece) for one in named)

    def _decoded(
        self, batch: Batch, pieces: Mapping[int, _Piece], depth: int, skip: Skip
    ) -> Iterator[_Piece]:
        for content, signs in self._by_content(batch):
            piece = pieces.get(content.start)
            if depth < DEPTH:
                yield from self._of_content(batch, content, signs, piece, skip)
            elif any(end - content.start <= NEAR_START for end, _ in signs):
                skip(_whole(content), f"nested deeper than {DEPTH} levels: not decoded")

    def _by_content(self, batch: Batch) -> Iterator[tuple[Content, list[Hit]]]:
        """Yield the contents that have signs, with them."""
        starts = [content.start for content in batch.contents]
        wide = [(start + 1, self._wide) for start in starts if _is_wide(batch.buffer, start)]
        found = (*hits.of_signs(batch, self._signs.hits), *wide)
        numbered = ((max(bisect.bisect_left(starts, hit[0]) - 1, 0), hit) for hit in found)
        for number, group in groupby(sorted(numbered), key=lambda pair: pair[0]):
            content = batch.contents[number]
            inside = [hit for _, hit in group if content.start <= hit[0] <= content.end]
            if inside:
                yield content, inside

    def _of_content(
        self, batch: Batch, content: Content, signs: Sequence[Hit], outer: _Piece | None, skip: Skip
    ) -> Iterator[_Piece]:
        """Yield what the signs of one content lead to."""
        data = batch.buffer[content.start : content.end]
        budget = outer.budget if outer else Budget(data.nbytes)
        chain = outer.chain if outer else ()
        done: dict[int, int] = {}
        try:
            for end, index in signs:
                at = end - content.start
                if at < done.get(index, 0):
                    continue
                decoder = self._signs.decoder(index)
                hides = not getattr(decoder, "LAYOUT", False)
                names = (*chain, self._signs.names[index]) if hides else chain
                for one in decoder.decode(data, at, budget):
                    if isinstance(one, Left):
                        skip(_member_of(_whole(content), one.member), one.reason)
                        continue
                    done[index] = max(done.get(index, 0), one.end)
                    yield _Piece(one, content, outer, names, budget)
        except SkipError as reason:
            skip(_whole(content), str(reason))
        except Exception as error:  # libraries were not made for what a stranger can write
            fault = f"{self._signs.names[index]}: {type(error).__name__}"
            skip(_whole(content), f"a decoder failed, please report it: {fault}")


def _is_wide(buffer: memoryview, start: int) -> bool:
    """Say whether the first bytes of a content could be those of UTF-16 or UTF-32."""
    head = bytes(buffer[start : start + 4])
    return 0 in head or head[:2] in (b"\xff\xfe", b"\xfe\xff")


def _filled(pieces: Iterable[_Piece]) -> Iterator[tuple[Batch, dict[int, _Piece]]]:
    """Yield pieces as contents of batches, each with the piece at each start."""
    buffer, contents, known = bytearray(), list[Content](), dict[int, _Piece]()
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


def _key(one: Judged) -> _Key:
    return one.match.rule.id, one.secret


def _named(one: Judged, chain: tuple[str, ...]) -> Judged:
    if not chain or "decoded" in one.properties:
        return one
    return replace(one, properties={**one.properties, "decoded": list(chain)})


def _lifted(one: Judged, piece: _Piece) -> Judged:
    """Return the same with its place in the parent."""
    match, base = one.match, one.match.content.start
    start, end = piece.place(match.secret_start - base, match.secret_end - base)
    start, end = start + piece.parent.start, end + piece.parent.start
    placed = match._replace(
        content=piece.parent, start=start, end=end, secret_start=start, secret_end=end
    )
    return replace(one, match=placed, parts=tuple(_lifted(part, piece) for part in one.parts))


def _outwards(finding: Finding, piece: _Piece) -> Finding:
    """Give a location its bytes in the nearest thing that has a name."""
    [place] = finding.locations
    start, end = place.start, place.end
    around: _Piece | None = piece
    while around is not None and not around.decoded.member:
        start, end = around.place(start, end)
        around = around.outer
    return replace(finding, locations=(replace(place, start=start, end=end),))


def _whole(content: Content) -> Origin:
    return content.origin.identified(content.oid)


def _member_of(origin: Origin, member: str) -> Origin:
    return replace(origin, path=f"{origin.path}!{member}") if member else origin


def _told(finding: Finding) -> Finding:
    """Say in the message what hid the secret."""
    hidden = finding.properties.get("decoded")
    if not isinstance(hidden, list):
        return finding
    message = finding.message.removesuffix(" in clear")
    return replace(finding, message=f"{message}, readable once decoded ({', '.join(hidden)})")
