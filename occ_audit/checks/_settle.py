"""Candidates with the judgement on them, and which of them is kept where several overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from occ_audit.imports import ImportedRule
from occ_audit.matching.matcher import Match
from occ_audit.model import Confidence, Severity
from occ_audit.secret import Secret


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate with the judgement on it."""

    match: Match
    secret: Secret
    keep: bool
    severity: Severity
    confidence: Confidence
    reasons: tuple[str, ...]
    """What each check said, as `validator: clause`."""
    properties: dict[str, object] = field(default_factory=dict)
    parts: tuple[Judged, ...] = ()
    """What else it takes to open something, which is no finding of its own."""

    @property
    def span(self) -> tuple[int, int]:
        """The secret's place in the batch's buffer."""
        return self.match.secret_start, self.match.secret_end

    def dropped(self, reason: str) -> Judged:
        """Return the same as no finding, for one more reason."""
        return replace(self, keep=False, reasons=(*self.reasons, reason))


def settle(candidates: Sequence[Judged]) -> list[Judged]:
    """Return the candidates with at most one kept among those whose secrets overlap.

    The highest priority wins, then the longer. A dropped one drops those of lower priority that
    it covers: what the specific rule knows to be a sample is not reported by a generic one. A
    validator that drops with confidence possible only says "not of my kind", which binds no other.
    Imported rules go first, and keep what they find whatever others find there.
    """
    settled = [one for one in candidates if isinstance(one.match.rule, ImportedRule)]
    taken = _Spans()
    vetoed = _Spans()
    for one in settled:
        if one.keep:
            taken.add(one)
    own = (one for one in candidates if not isinstance(one.match.rule, ImportedRule))
    for one in sorted(own, key=rank):
        start, end = one.span
        if one.keep and (winner := taken.overlapping(start, end)):
            one = one.dropped(f"overlap: {winner.match.rule.id} sees the same secret")
        elif one.keep and (winner := vetoed.covering(start, end)) and _outranks(winner, one):
            one = one.dropped(f"overlap: {winner.match.rule.id} dropped it")
        if one.keep:
            taken.add(one)
        elif one.confidence is not Confidence.POSSIBLE:
            vetoed.add(one)
        settled.append(one)
    return settled


def rank(one: Judged) -> tuple[int, int, int, str]:
    """Sort the one that says most of overlapping candidates first."""
    start, end = one.span
    return -one.match.rule.priority, start - end, start, one.match.rule.id


def _outranks(one: Judged, other: Judged) -> bool:
    return one.match.rule.priority > other.match.rule.priority


def _is_locator(one: Judged) -> bool:
    return one.match.rule.severity is Severity.INFO


class _Spans:
    """Spans in buckets of 256 bytes, so that asking for neighbours stays cheap for many."""

    def __init__(self) -> None:
        self._buckets: dict[int, list[Judged]] = {}

    def add(self, one: Judged) -> None:
        start, end = one.span
        for bucket in range(start >> 8, (end >> 8) + 1):
            self._buckets.setdefault(bucket, []).append(one)

    def _near(self, start: int, end: int) -> Iterator[Judged]:
        for bucket in range(start >> 8, (end >> 8) + 1):
            yield from self._buckets.get(bucket, ())

    def overlapping(self, start: int, end: int) -> Judged | None:
        """Return one that overlaps; a locator within the span, as a DSN's host, does not count."""
        for one in self._near(start, end):
            low, high = one.span
            inner = start <= low and high <= end and (low, high) != (start, end)
            if low < end and start < high and not (inner and _is_locator(one)):
                return one
        return None

    def covering(self, start: int, end: int) -> Judged | None:
        near = self._near(start, end)
        return next((one for one in near if one.span[0] <= start and end <= one.span[1]), None)
