"""Characters and their sets, as an expression over bytes has them."""

from __future__ import annotations

import string

_PLAIN = frozenset(string.ascii_letters + string.digits + " _\"'<>=@%,;:!/`")
SETS = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    "space": r"\t\n\x0b\f\r ",
    "upper": "A-Z",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
}
"""What the names of POSIX stand for in a character class."""
_NOT_ASCII = r"\x80-\xff"


class UntranslatableError(ValueError):
    """Says which part of an expression has no counterpart here."""


def literal(code: int) -> str:
    """Return an expression for one character."""
    if code < 0x80:
        return span(code, code)
    encoded = "".join(f"\\x{byte:02x}" for byte in chr(code).encode("utf-8", "surrogatepass"))
    return f"(?:{encoded})"


def span(low: int, high: int) -> str:
    """Return a member of a class; of what is beyond ASCII we see single bytes."""
    if low >= 0x80:
        return _NOT_ASCII
    if high < low:
        raise UntranslatableError("a range in a character class is inverted")
    if high >= 0x80:
        return f"{_ascii(low)}-\\x7f{_NOT_ASCII}"
    return _ascii(low) if low == high else f"{_ascii(low)}-{_ascii(high)}"


def _ascii(code: int) -> str:
    character = chr(code)
    if character in _PLAIN:
        return character
    return f"\\{character}" if character.isprintable() else f"\\x{code:02x}"
