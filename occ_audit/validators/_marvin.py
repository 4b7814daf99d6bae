"""Marvin32, the keyed checksum of .NET, which Microsoft puts at the end of keys that it issues.

The algorithm and the seeds are those of https://github.com/microsoft/security-utilities.
"""

from __future__ import annotations

_MASK = 0xFFFFFFFF


def marvin32(data: bytes, seed: bytes) -> int:
    """Return the 32-bit checksum of `data`; the seed has eight bytes, such as b"Default0"."""
    high, low = int.from_bytes(seed[:4], "big"), int.from_bytes(seed[4:], "big")
    padded = data + b"\x80" + bytes(3 - len(data) % 4) + bytes(4)
    for at in range(0, len(padded), 4):
        low = (low + int.from_bytes(padded[at : at + 4], "little")) & _MASK
        high ^= low
        low = (_rotate(low, 20) + high) & _MASK
        high = _rotate(high, 9) ^ low
        low = (_rotate(low, 27) + high) & _MASK
        high = _rotate(high, 19)
    return low ^ high


def _rotate(value: int, places: int) -> int:
    return (value << places | value >> (32 - places)) & _MASK
