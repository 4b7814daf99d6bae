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
from typing import TYPE_CHECKING

from occ_audit.checks._overlap import merged
from occ_audit.checks._pieces import Piece, filled, lifted, member_of, outwards
from occ_audit.checks._signs import Hit, Signs
from occ_audit.decode import DEPTH, Budget, Left, SkipError
from occ_audit.matching import hits
from occ_audit.model import Batch, Content, Finding, Origin
from occ_audit.secret import Secret

if TYPE_CHECKING:
    from occ_audit.checks._settle import Judged

Skip = Callable[[Origin, str], object]
"""Told what was not looked into, and why."""

NEAR_START = 16
"""A sign that ends so early in a content speaks of the whole of it."""
WIDE_TEXT = "utf16"
"""The decoder whose signs are also NUL bytes at the start of a content."""


_Key = tuple[str, Secret | None]
"""A rule and a secret."""


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
        self, batch: Batch, pieces: Mapping[int, Piece], depth: int, skip: Skip
    ) -> list[_Result]:
        """Return what is in each content, and in what it decodes to, ordered by content."""
        results = {c.start: _Result(c, kept) for c, kept in self._kept(batch)}
        decoded = self._decoded(batch, pieces, depth, skip)
        for inner, inner_pieces in filled(decoded):
            for found in self._results(inner, inner_pieces, depth + 1, skip):
                piece = inner_pieces[found.content.start]
                result = results.setdefault(piece.parent.start, _Result(piece.parent))
                self._take(result, found, inner, piece)
        return [results[start].settled() for start in sorted(results)]

    def _take(self, result: _Result, found: _Result, batch: Batch, piece: Piece) -> None:
        """Add to a content's result what was found in a piece of it."""
        result.inside += found.inside
        named = [_named(one, piece.chain) for one in found.kept]
        if piece.host:
            located = self._located(batch, found.content, named)
            placed = (_told(outwards(finding, piece)) for finding in located)
            if piece.decoded.member:
                result.members.update(map(_key, named))
                result.inside += placed
            else:
                result.shown += placed
        else:
            result.lifted += (lifted(one, piece) for one in named)

    def _decoded(
        self, batch: Batch, pieces: Mapping[int, Piece], depth: int, skip: Skip
    ) -> Iterator[Piece]:
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
        self, batch: Batch, content: Content, signs: Sequence[Hit], outer: Piece | None, skip: Skip
    ) -> Iterator[Piece]:
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
                        skip(member_of(_whole(content), one.member), one.reason)
                        continue
                    done[index] = max(done.get(index, 0), one.end)
                    yield Piece(one, content, outer, names, budget)
        except SkipError as reason:
            skip(_whole(content), str(reason))
        except Exception as error:  # libraries were not made for what a stranger can write
            fault = f"{self._signs.names[index]}: {type(error).__name__}"
            skip(_whole(content), f"a decoder failed, please report it: {fault}")


def _is_wide(buffer: memoryview, start: int) -> bool:
    """Say whether the first bytes of a content could be those of UTF-16 or UTF-32."""
    head = bytes(buffer[start : start + 4])
    return 0 in head or head[:2] in (b"\xff\xfe", b"\xfe\xff")


def _key(one: Judged) -> _Key:
    return one.match.rule.id, one.secret


def _named(one: Judged, chain: tuple[str, ...]) -> Judged:
    if not chain or "decoded" in one.properties:
        return one
    return replace(one, properties={**one.properties, "decoded": list(chain)})


def _whole(content: Content) -> Origin:
    return content.origin.identified(content.oid)


def _told(finding: Finding) -> Finding:
    """Say in the message what hid the secret."""
    hidden = finding.properties.get("decoded")
    if not isinstance(hidden, list):
        return finding
    message = finding.message.removesuffix(" in clear")
    return replace(finding, message=f"{message}, readable once decoded ({', '.join(hidden)})")
