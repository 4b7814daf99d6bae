"""What a PDF's content stream shows, as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

CharacterMap = Mapping[bytes, bytes]
"""What the codes of a font stand for, in UTF-8."""

_TOKEN = re.compile(
    rb"\((?P<literal>(?:[^()\\]|\\[\s\S]|\((?:[^()\\]|\\[\s\S])*+\))*+)\)"
    rb"|<(?P<hex>[0-9A-Fa-f\s]*+)>|(?P<array>[\[\]])|(?P<number>-?[0-9]*\.?[0-9]+)"
    rb"|(?P<operator>T[jJdDm*]|ET|['\"])(?![A-Za-z])|[A-Za-z/][^\s()<>\[\]/]*+"
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r?\n|[\s\S])")
_CONTROL = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_GAP = -200.0
"""A shift by more, in thousandths of a letter's height, is a blank."""
_CODE, _CODES = rb"<([0-9A-Fa-f]{2,8})>\s*", rb"<([0-9A-Fa-f]{4,64})>"
_CHARACTER, _RANGE = re.compile(_CODE + _CODES), re.compile(_CODE + _CODE + _CODES)
_SECTION = re.compile(rb"beginbf(char|range)([\s\S]*?)endbf")
WIDEST = 2**16
"""A map has no more codes than these."""


def shown_text(stream: bytes, codes: CharacterMap | None = None) -> bytes:
    """Return the strings of a content stream, read by the font's map if one is given."""
    return b"".join(_pieces(stream, codes))


def _pieces(stream: bytes, codes: CharacterMap | None) -> Iterator[bytes]:
    in_array, numbers = False, [0.0, 0.0]
    for token in _TOKEN.finditer(stream):
        if token["literal"] is not None:
            yield _mapped(_ESCAPE.sub(_unescaped, token["literal"]), codes)
        elif token["hex"] is not None:
            yield _mapped(_from_hex(token["hex"]), codes)
        elif token["array"]:
            in_array = token["array"] == b"["
        elif token["number"]:
            numbers = [numbers[-1], float(token["number"])]
            if in_array and numbers[-1] < _GAP:
                yield b" "
        elif token["operator"]:
            yield _move(token["operator"], numbers[-1])


def _move(operator: bytes, down: float) -> bytes:
    """Return what stands for a move of the pen."""
    if operator in (b"Tj", b"TJ"):
        return b""
    return b" " if operator in (b"Td", b"TD") and down == 0 else b"\n"


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if code[:1].isdigit() and code[:1] < b"8":
        return bytes([int(code, 8) & 0xFF])
    return _CONTROL.get(code, b"" if code.endswith(b"\n") else code)


def _from_hex(digits: bytes) -> bytes:
    code = b"".join(digits.split()).decode("ascii")
    return bytes.fromhex(code + "0" * (len(code) % 2))


def _mapped(code: bytes, codes: CharacterMap | None) -> bytes:
    if codes is None:
        return code
    width = len(next(iter(codes)))
    return b"".join(codes.get(code[at : at + width], b"") for at in range(0, len(code), width))


def character_map(stream: bytes) -> CharacterMap:
    """Return the map in a stream; empty where it holds none."""
    codes: dict[bytes, bytes] = {}
    for section in _SECTION.finditer(stream):
        if section[1] == b"char":
            pairs = _CHARACTER.findall(section[2])
            codes.update((_from_hex(code), _utf8(_from_hex(text))) for code, text in pairs)
            continue
        for row in _RANGE.findall(section[2]):
            codes.update(_range(*map(_from_hex, row)))
            if len(codes) > WIDEST:
                break
    width = len(next(iter(codes), b""))
    return {code: text for code, text in codes.items() if len(code) == width}


def _range(first: bytes, last: bytes, text: bytes) -> Iterator[tuple[bytes, bytes]]:
    low, high = int.from_bytes(first, "big"), int.from_bytes(last, "big")
    base = int.from_bytes(text, "big")
    for code in range(low, min(high, low + WIDEST) + 1):
        value = base + code - low
        if value < 256 ** len(text):
            yield code.to_bytes(len(first), "big"), _utf8(value.to_bytes(len(text), "big"))


def _utf8(text: bytes) -> bytes:
    return text.decode("utf-16-be", "replace").encode("utf-8", "replace")
