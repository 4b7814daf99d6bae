"""Decides between what a text shows as it is and what is found in the same place decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from occ_audit.checks._settle import Judged

BUCKET = 4096
"""Candidates are compared with those in the same stretches of this size."""


def merged(kept: Sequence[Judged], lifted: Iterable[Judged]) -> list[Judged]:
    """Return what is kept of both where they overlap, at most one for each secret.

    The same secret is not found twice in one place; else the higher priority wins, then the
    longer. Several secrets in one stretch are kept.
    """
    result = {id(one): one for one in kept}
    near: dict[int, dict[int, Judged]] = {}
    for one in kept:
        _enter(near, one)
    for one in lifted:
        others = [other for other in _near(near, one) if id(other) in result]
        if any(_covers(other, one) for other in others):
            continue
        for other in others:
            if _covers(one, other):
                del result[id(other)]
        result[id(one)] = one
        _enter(near, one)
    return list(result.values())


def _buckets(one: Judged) -> range:
    start, end = one.span
    return range(start // BUCKET, end // BUCKET + 1)


def _enter(near: dict[int, dict[int, Judged]], one: Judged) -> None:
    for bucket in _buckets(one):
        near.setdefault(bucket, {})[id(one)] = one


def _near(near: Mapping[int, dict[int, Judged]], one: Judged) -> Iterator[Judged]:
    """Yield those that overlap, each once."""
    low, high = one.span
    found = {key: other for bucket in _buckets(one) for key, other in near.get(bucket, {}).items()}
    for other in found.values():
        start, end = other.span
        if low < end and start < high:
            yield other


def _covers(winner: Judged, other: Judged) -> bool:
    """Say whether one of two overlapping candidates makes the other superfluous."""
    if winner.secret == other.secret:
        return winner.match.rule.priority >= other.match.rule.priority
    if _spells(winner, other) or _spells(other, winner):
        return _spells(other, winner)
    both_decoded = "decoded" in winner.properties and "decoded" in other.properties
    if both_decoded and other.secret.reveal() not in winner.secret.reveal():
        return False
    return _rank(winner) >= _rank(other)


def _spells(written: Judged, read: Judged) -> bool:
    """Say whether one candidate holds escapes that are no part of the other's secret."""
    escaped = b"\\" in written.secret.reveal() and b"\\" not in read.secret.reveal()
    return escaped and written.match.rule.priority <= read.match.rule.priority


def _rank(one: Judged) -> tuple[int, int]:
    start, end = one.span
    return one.match.rule.priority, end - start
