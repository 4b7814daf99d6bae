"""Proof by checksum: a client secret of Microsoft Entra ends in three characters of a Marvin32."""

from __future__ import annotations

from occ_audit.validators import Candidate, Verdict
from occ_audit.validators._marvin import marvin32
from occ_audit.validators._proof import proven, unproven

_ALPHABET = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~"
_SEED = b"AadPwd00"
_KEPT, _WHOLE = 3, 6


def checksum(head: bytes) -> bytes:
    """Return the three characters that follow `head` in a secret with the mark 8Q~."""
    number, digits = marvin32(head, _SEED), b""
    for _ in range(_WHOLE):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit : digit + 1] + digits
    return digits[:_KEPT]


def check(candidate: Candidate) -> Verdict:
    """Try the checksum where there is one: in the 40 characters around the mark 8Q~."""
    secret = candidate.secret
    if secret[3:6] != b"8Q~" or len(secret) != 40:
        return Verdict(reason="its form has no checksum")
    if checksum(secret[:-_KEPT]) == secret[-_KEPT:]:
        return proven("the Marvin32 checksum in its last three characters fits")
    return unproven("the Marvin32 checksum in its last three characters does not fit")
