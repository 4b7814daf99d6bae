"""What the decoders of text have in common: a stretch around a sign, and escapes in it replaced."""

from __future__ import annotations

import bisect
import itertools
import re
import string
from collections.abc import Callable, Iterable, Iterator, Sequence

from occ_audit.decode import Budget, Decoded

BEHIND, AHEAD = 1024, 8192
"""So much text before and after a sign is looked at."""
PLAIN = (string.ascii_letters + string.digits + "_-.").encode()
"""What no encoding of text needs to change."""
PRINTABLE = bytes(range(0x20, 0x7F)) + b"\t\r\n"

_HEX_DIGITS = re.compile(rb"(%[0-9]*)x")
_NAMES = (b"password", b"passwd", b"pwd", b"secret", b"token", b"key")
Named = tuple[bytes, int, bytes]
"""A name, where its value begins in the parent, and the value as it stands there."""
Replace = Callable[["re.Match[bytes]"], bytes]


def spelled(literals: Iterable[bytes], form: bytes, most: int = 3) -> Iterator[bytes]:
    """Yield literals whose first bytes are each written in a form such as `%%%02x`."""
    for text, letter in itertools.product(literals, _letters(form)):
        yield b"".join(map(letter, text[:most]))


def special_spelled(literals: Iterable[bytes], form: bytes, most: int = 16) -> Iterator[bytes]:
    """Yield literals in which only what is no letter or digit is written so."""
    for text, letter in itertools.product(literals, _letters(form)):
        cut = text[:most]
        for plain in (PLAIN, PLAIN + b"/"):
            if cut.translate(None, plain):
                yield b"".join(bytes([c]) if c in plain else letter(c) for c in cut)


def names_before(*texts: bytes) -> Iterator[bytes]:
    """Yield what secrets are called, with each of the texts behind it."""
    for name, text in itertools.product(_NAMES, texts):
        yield from (case(name) + text for case in (bytes.lower, bytes.upper, bytes.capitalize))


def _letters(form: bytes) -> list[Callable[[int], bytes]]:
    """Return what writes a byte in the form, with hexadecimal digits of either case."""
    capitals = _HEX_DIGITS.sub(rb"\1X", form)
    return [one.__mod__ for one in dict.fromkeys((form, capitals))]


def around(
    data: memoryview, at: int, budget: Budget, *, line: bool = False, ahead: int = AHEAD
) -> tuple[int, bytes]:
    """Return a stretch of text around a place and where it begins; one line of it if asked."""
    low = max(at - BEHIND, 0)
    text = bytes(data[low : at + ahead])
    if line:
        first = text.rfind(b"\n", 0, at - low) + 1
        last = text.find(b"\n", at - low)
        low, text = low + first, text[first : last if last >= 0 else None]
    budget.spend(len(text))
    return low, text


def replaced(
    text: bytes, start: int, at: int, escape: re.Pattern[bytes], by: Replace, *, whole: bool = False
) -> Iterator[Decoded]:
    """Yield the text with its escapes replaced, if there are any, and where each part came from.

    `start` is where the text begins in the parent, `at` where the sign ended there. When the text
    was cut, and is not the `whole`, further signs in its second half are looked at anew.
    """
    pieces: list[bytes] = []
    outs, ins = [0], [0]
    out = done = 0
    for match in escape.finditer(text):
        low, high = match.span()
        new = by(match)
        pieces += (text[done:low], new)
        out += low - done
        outs.append(out)
        ins.append(low)
        out += len(new)
        outs.append(out)
        ins.append(high)
        done = high
    if not pieces:
        return
    pieces.append(text[done:])
    cut = len(text) >= BEHIND and not whole
    end = max(start + len(text) // 2, at) if cut else start + len(text)

    def place(first: int, last: int) -> tuple[int, int]:
        return start + _source(outs, ins, first), start + _source(outs, ins, last)

    yield Decoded(b"".join(pieces), start, end, place)


def named(pairs: Sequence[Named]) -> Iterator[Decoded]:
    """Yield a line `name: "value"` for each."""
    lines: list[bytes] = []
    outs: list[int] = []
    size = 0
    for name, _, value in pairs:
        head = name.replace(b" ", b"_") + b": "
        quote = b"" if b'"' in value or b"\\" in value else b'"'
        outs.append(size + len(head) + len(quote))
        lines.append(b"%b%b%b%b\n" % (head, quote, value, quote))
        size += len(lines[-1])

    def place(first: int, last: int) -> tuple[int, int]:
        low = max(bisect.bisect_right(outs, first) - 1, 0)
        high = max(bisect.bisect_right(outs, max(last - 1, first)) - 1, low)
        begin = pairs[low][1] + max(first - outs[low], 0)
        end = pairs[high][1] + min(max(last - outs[high], 0), len(pairs[high][2]))
        return begin, max(begin, end)

    if pairs:
        yield Decoded(b"".join(lines), pairs[0][1], pairs[-1][1] + len(pairs[-1][2]), place)


def _source(outs: list[int], ins: list[int], at: int) -> int:
    """Return where a place of the new text is in the old one; inside an escape, where that ends."""
    index = bisect.bisect_right(outs, at) - 1
    source = ins[index] + at - outs[index]
    return min(source, ins[index + 1]) if index + 1 < len(ins) else source


def readable(data: bytes) -> float:
    """Return which share of the bytes is printable ASCII; 0 for none."""
    return 1 - len(data.translate(None, PRINTABLE)) / len(data) if data else 0.0
