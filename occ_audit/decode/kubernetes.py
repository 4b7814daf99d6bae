"""The base64 values of a Kubernetes Secret, each with its key."""

from __future__ import annotations

import base64
import bisect
import re
from collections.abc import Iterable, Iterator

from occ_audit.decode import Budget, Decoded, Place
from occ_audit.decode._text import readable

TEXTS = tuple(
    before + quote + b"Secret"
    for before in (b":", b": ", b"  ", b"\t")
    for quote in (b"", b'"', b"'")
)
"""How the kind of a manifest ends."""
_KIND = re.compile(rb"kind[\"']?[ \t]{0,8}:[ \t]{0,8}[\"']?Secret\Z")
_LONGEST_KIND = 30
BEHIND, AHEAD = 2**16, 2**18
"""How far a manifest is followed from the place of a sign."""

_APART = b"\n---"
"""What stands between manifests."""
_DATA = re.compile(rb"^([ \t]*)[\"']?data[\"']?[ \t]*:[ \t]*(\{)?", re.MULTILINE)
_PAIR = re.compile(
    rb"[\"']?([0-9A-Za-z._-]{1,253}+)[\"']?[ \t]*:[ \t]*[\"']?([0-9A-Za-z+/]{4,}+={0,2})[\"']?"
    rb"[ \t]*(?=[,}\r\n#]|\Z)"
)


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the data of the manifest around a place, a line for each key."""
    if not _KIND.search(data[max(at - _LONGEST_KIND, 0) : at]):
        return
    low, text = _manifest(data, at)
    budget.spend(len(text))
    stop = len(text)
    for head in _DATA.finditer(text):
        end = _block_end(text, head, stop)
        pairs = [pair for pair in _PAIR.finditer(text, head.end(), end) if len(pair[2]) % 4 == 0]
        yield from _lines(pairs, low)


def _manifest(data: memoryview, at: int) -> tuple[int, bytes]:
    """Return where the manifest around a place begins, and its text: most are short."""
    for part in (64, 1):
        low = max(at - BEHIND // part, 0)
        text = bytes(data[low : at + AHEAD // part])
        first = text.rfind(_APART, 0, at - low)
        last = text.find(_APART, at - low)
        if (first >= 0 or not low) and (last >= 0 or at + AHEAD // part >= data.nbytes):
            break
    return low + first + 1, text[first + 1 : last if last >= 0 else None]


def _block_end(text: bytes, head: re.Match[bytes], stop: int) -> int:
    """Return where the mapping ends: at the closing brace, or where the indentation does."""
    if head[2]:
        closing = text.find(b"}", head.end(), stop)
        return closing + 1 if closing >= 0 else stop
    position = text.find(b"\n", head.end(), stop) + 1
    while 0 < position < stop:
        following = text.find(b"\n", position, stop) + 1 or stop
        line = text[position:following]
        body = line.lstrip(b" \t")
        if body.strip() and not body.startswith(b"#") and len(line) - len(body) <= len(head[1]):
            return position
        position = following
    return stop


def _lines(pairs: Iterable[re.Match[bytes]], low: int) -> Iterator[Decoded]:
    lines: list[bytes] = []
    outs: list[int] = []
    spans: list[tuple[int, int, int]] = []
    size = 0
    for pair in pairs:
        value = base64.b64decode(pair[2])
        if readable(value) < 0.85:
            continue
        key = pair[1] + b": "
        outs.append(size)
        spans.append((size + len(key), low + pair.start(2), low + pair.end(2)))
        lines.append(key + value + b"\n")
        size += len(lines[-1])
    if lines:
        yield Decoded(b"".join(lines), spans[0][1], spans[-1][2], _place(outs, spans))


def _place(outs: list[int], spans: list[tuple[int, int, int]]) -> Place:
    def place(first: int, last: int) -> tuple[int, int]:
        value, start, end = spans[bisect.bisect_right(outs, first) - 1]
        begin = start + max(first - value, 0) * 8 // 6
        _, _, last_end = spans[bisect.bisect_right(outs, max(last - 1, first)) - 1]
        final = start + (max(last - value, 1) * 8 - 1) // 6 + 1
        return begin, min(final, end) if last_end == end else last_end

    return place
