"""Base64 and base64url, padded or not, in one line or wrapped over many."""

from __future__ import annotations

import base64
import binascii
import bisect
import re
from collections.abc import Iterable, Iterator, Sequence

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import readable

TEXTS = (b"H4sIA", b"H4sIC", b"UEsDB", b"QlpoOTFBWSZT", b"/Td6WFoA", b"KLUv/", b"SDRzSUF")
"""As base64 spells how gzip, zip, bzip2, xz and zstandard data begin, and twice of gzip."""
BEHIND, AHEAD = 2**18, 2**23
"""How far a run is followed from the place of a sign."""
WINDOW = 2**13
"""A run is first sought in a stretch of this size."""
BEFORE = b"=\"': "
ENOUGH = 4
"""A shorter spelling is too common for a sign."""
SHORTEST_LINE = 32
"""Shorter lines are not taken for one text that was wrapped."""

_ALPHABET = rb"0-9A-Za-z+/_-"
_RUN = re.compile(rb"[%b]+" % _ALPHABET)
_MARKED = bytes(ord("a") if _RUN.fullmatch(bytes([c])) else ord(" ") for c in range(256))
_CLOSERS = b"\"'`,;)\\ \t\r"
# A line end, written out or escaped, with what may stand before the next part of one text.
_BREAK = rb"(?:\\?\r?\n|(?:\\r)?\\n)[\"'`> \t#*]{0,64}(?:[.+] ?[\"'`])?"
_LEAD = re.compile(_BREAK + rb"\Z")
_NEXT = re.compile(rb"[\"'`,;)\t ]{0,8}(?:\+ ?)?" + _BREAK + rb"([%b]++)" % _ALPHABET)
_URL = bytes.maketrans(b"-_", b"+/")
_MAGIC = (b"\x1f\x8b\x08", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"%PDF-")

_Segments = Sequence[tuple[int, int]]
"""Of each line of a run: how many of its characters come before, and where the line begins."""


def spellings(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Return what base64 makes of literals, at each of three offsets, once and twice."""
    for text in _with_context(literals):
        for code in _sure(text):
            yield from _alphabets(code)
            for again in _sure(code):
                if len(again) > ENOUGH + 1:
                    yield from _alphabets(again)


def _with_context(literals: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the literals, the shortest also with what may stand before them."""
    for text in literals:
        yield text
        if len(text) < 4:
            yield from (bytes([byte]) + text for byte in BEFORE)


def _sure(text: bytes) -> Iterator[bytes]:
    """Yield the characters that a text alone decides, whatever stands before and after it."""
    for before in range(3):
        code = base64.b64encode(bytes(before) + text)
        yield code[(0, 2, 3)[before] : (before + len(text)) * 8 // 6]


def _alphabets(code: bytes) -> set[bytes]:
    """Return a code in both alphabets; none of one that is too common for a sign."""
    both = {code, code.translate(bytes.maketrans(b"+/", b"-_"))}
    return both if len(code) >= ENOUGH else set()


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield the text of the run around a place; where lines belong together, of all of them."""
    start, end = _run(data, max(at - 1, 0))
    if end - start < 8:
        return
    yield from _decoded(data, [(0, start)], [end], at, budget)
    lines = _wrapped(data, start, end)
    if len(lines) > 1:
        segments, before = [], 0
        for low, high in lines:
            segments.append((before, low))
            before += high - low
        yield from _decoded(data, segments, [high for _, high in lines], at, budget)


def _run(data: memoryview, at: int) -> tuple[int, int]:
    """Return the longest stretch of base64 characters around a place."""
    start = at
    while start > max(at - BEHIND, 0):
        low = max(start - WINDOW, 0)
        other = _last_other(bytes(data[low:start]))
        start = low + other + 1
        if other >= 0:
            break
    if start and data[start - 1] == ord("\\") and data[start] == ord("n"):
        start += 1  # the second half of an escaped line end
    run = _RUN.match(data, at, min(at + AHEAD, data.nbytes))
    return start, run.end() if run else at


def _last_other(text: bytes) -> int:
    """Return where the last character stands that is none of base64, or -1."""
    return text.translate(_MARKED).rfind(b" ")


def _wrapped(data: memoryview, start: int, end: int) -> list[tuple[int, int]]:
    """Return the runs of the lines above and below that are parts of one text."""
    above = _lines_above(data, start, end - start)
    width = above[0][1] - above[0][0] if above else end - start
    if max(width, end - start) < SHORTEST_LINE:
        return []
    below = _lines_below(data, end, width) if end - start == width else []
    return [*above, (start, end), *below]


def _lines_above(data: memoryview, start: int, least: int) -> list[tuple[int, int]]:
    """Return the full lines of equal width that end right above a run."""
    low = max(start - BEHIND, 0)
    text = bytes(data[low:start])
    found: list[tuple[int, int]] = []
    end = len(text)
    while lead := _LEAD.search(text, max(end - 80, 0), end):
        line = text[max(lead.start() - WINDOW, 0) : lead.start()].rstrip(_CLOSERS)
        line = line.removesuffix(b" +").rstrip(_CLOSERS)
        size = len(line) - _last_other(line) - 1
        end = max(lead.start() - WINDOW, 0) + len(line)
        if size < max(SHORTEST_LINE, least) or (found and size != least):
            break
        least = size
        found.append((low + end - size, low + end))
        end -= size
    return found[::-1]


def _lines_below(data: memoryview, end: int, width: int) -> list[tuple[int, int]]:
    """Return the full lines right below a run, and the shorter one that ends the text."""
    found: list[tuple[int, int]] = []
    limit = min(end + AHEAD, data.nbytes)
    while match := _NEXT.match(data, end, limit):
        low, high = match.span(1)
        if high - low > width:
            break
        found.append((low, high))
        end = high
        if high - low < width:
            break
    return found


def _decoded(
    data: memoryview, segments: _Segments, ends: Sequence[int], at: int, budget: Budget
) -> Iterator[Decoded]:
    code = b"".join(
        bytes(data[low:high]) for (_, low), high in zip(segments, ends, strict=True)
    ).translate(_URL)
    budget.spend(len(code))
    offset = _offset(segments, at)
    phase = _phase(code, offset)
    text = _bytes(code[phase:])
    if not text:
        return

    def place(first: int, last: int) -> tuple[int, int]:
        begin = _at(segments, phase + first * 8 // 6)
        return begin, _at(segments, phase + max(last * 8 - 1, 0) // 6) + 1

    yield Decoded(text, segments[0][1], ends[-1], place)


def _phase(code: bytes, offset: int) -> int:
    """Return how many characters to leave out, so that what stands at the offset is text."""
    if _bytes(code[:8]).startswith(_MAGIC):
        return 0
    near = max(offset - 24, 0) // 4 * 4
    shares = [readable(_bytes(code[near + phase : offset + 8])) for phase in range(4)]
    return 0 if shares[0] > 0.85 else shares.index(max(shares))


def _bytes(code: bytes) -> bytes:
    whole = code[: len(code) - 1] if len(code) % 4 == 1 else code
    try:
        return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
    except binascii.Error:
        return b""


def _offset(segments: _Segments, at: int) -> int:
    index = bisect.bisect_right([low for _, low in segments], max(at - 1, 0)) - 1
    before, low = segments[max(index, 0)]
    return before + at - low


def _at(segments: _Segments, offset: int) -> int:
    """Return where a character of the joined run stands."""
    before, low = segments[bisect.bisect_right([start for start, _ in segments], offset) - 1]
    return low + offset - before
