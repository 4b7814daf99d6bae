"""Proof by checksum: a routable GitLab token ends in the CRC-32 of all that stands before it."""

from __future__ import annotations

import re
import zlib

from occ_audit.validators import Candidate, Verdict, _decode
from occ_audit.validators._proof import proven, unproven

_BASE36 = b"0123456789abcdefghijklmnopqrstuvwxyz"
_SUFFIX = 7
_ROUTED = re.compile(rb"(?:gl[a-z]+-(?:t\d_)?)([0-9A-Za-z_-]{27,300})\.")
_OWNERS = re.compile(rb"(?m)^([cgopu]):([0-9a-z]{1,13})$")
_KINDS = {b"o": "organization", b"g": "group", b"p": "project", b"u": "user", b"c": "cell"}


def checksum(head: bytes) -> bytes:
    """Return the CRC-32/IEEE of prefix, payload and lengths in base 36, padded to seven digits."""
    number, digits = zlib.crc32(head), b""
    for _ in range(_SUFFIX):
        number, digit = divmod(number, len(_BASE36))
        digits = _BASE36[digit : digit + 1] + digits
    return digits


def check(candidate: Candidate) -> Verdict:
    """Prove a routable token and name whom it routes to; older tokens have no checksum."""
    secret = candidate.secret
    found = _ROUTED.match(secret)
    if not found:
        return Verdict(reason="its form has no checksum")
    if checksum(secret[:-_SUFFIX]) != secret[-_SUFFIX:].lower():
        return unproven("the CRC-32 in its last seven characters does not fit: altered or made up")
    routes = _OWNERS.findall(_decode.standard(found[1]) or b"")
    opens = ", ".join(f"{_KINDS[kind]} {int(number, 36)}" for kind, number in routes)
    reason = "the CRC-32 in its last seven characters fits"
    return proven(reason, **({"opens": f"GitLab {opens}"} if opens else {}))
