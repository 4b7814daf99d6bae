"""Where gates and signs of a batch end: asked of hyperscan once, and told to the next scan.

What is remembered of an object holds numbers alone: indexes of rules and of decoders, and places.
"""

from __future__ import annotations

import bisect
import hashlib
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence

from occ_audit.model import Batch, Content, Hits

GateHits = set[tuple[int, int]]
SignHits = list[tuple[int, int]]
MOST = 20_000
"""With more in one object, they are looked for again."""
_INDEX_BITS = 16
_NUMBER = 8
"""Bytes of a number, and of the sum of all."""


def of_gates(batch: Batch, ask: Callable[[memoryview], GateHits]) -> GateHits:
    """Return the hits of gates in a batch: index of the rule, and place."""
    if batch.hits is None:
        return ask(batch.buffer)
    if batch.hits.gates is None:
        batch.hits.gates = ask(batch.buffer)
    return batch.hits.gates


def of_signs(batch: Batch, ask: Callable[[memoryview], SignHits]) -> SignHits:
    """Return the hits of signs in a batch: place, and index of the decoder."""
    if batch.hits is None:
        return ask(batch.buffer)
    if batch.hits.signs is None:
        batch.hits.signs = ask(batch.buffer)
    return batch.hits.signs


def packed(batch: Batch, oids: Iterable[str]) -> dict[str, bytes]:
    """Return what is to be remembered of objects of a batch; nothing where that is known."""
    found = batch.hits
    if found is None or found.recalled or found.gates is None or found.signs is None:
        return {}
    wanted = set(oids)
    gates = sorted((end, index) for index, end in found.gates)
    signs = sorted(found.signs)
    result = {}
    for content in batch.contents:
        if content.oid in wanted:
            parts = _numbers(gates, content), _numbers(signs, content)
            if sum(map(len, parts)) <= MOST:
                result[content.oid] = _pack(*parts)
    return result


def recalled(contents: Sequence[Content], known: Mapping[str, bytes]) -> Hits:
    """Return the hits of a batch if all of its contents are known; else none yet."""
    gates, signs = GateHits(), SignHits()
    for content in contents:
        numbers = _unpack(known.get(content.oid, b""))
        if not numbers:
            return Hits()
        first = numbers[0] + 1
        gates.update((index, end) for end, index in _placed(numbers[1:first], content))
        signs += _placed(numbers[first:], content)
    return Hits(gates, signs, recalled=True)


def _numbers(hits: Sequence[tuple[int, int]], content: Content) -> list[int]:
    """Return the hits of a content as numbers; what ends its last match may stand behind it."""
    low = bisect.bisect_right(hits, content.start, key=lambda hit: hit[0])
    high = bisect.bisect_right(hits, content.end + 1, lo=low, key=lambda hit: hit[0])
    return [(end - content.start) << _INDEX_BITS | index for end, index in hits[low:high]]


def _placed(numbers: Iterable[int], content: Content) -> list[tuple[int, int]]:
    mask = (1 << _INDEX_BITS) - 1
    return [((number >> _INDEX_BITS) + content.start, number & mask) for number in numbers]


def _pack(gates: Sequence[int], signs: Sequence[int]) -> bytes:
    numbers = (len(gates), *gates, *signs)
    data = struct.pack(f"<{len(numbers)}Q", *numbers)
    return _sum(data) + data


def _unpack(data: bytes) -> tuple[int, ...]:
    """Return the numbers, first how many are hits of gates; none of what is not as it was."""
    numbers = data[_NUMBER:]
    if _sum(numbers) != data[:_NUMBER]:
        return ()
    return struct.unpack(f"<{len(numbers) // _NUMBER}Q", numbers)


def _sum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_NUMBER).digest()
