"""Proof by checksum: a prefixed Cloudflare credential ends in the CRC-32 of its 40 characters."""

from __future__ import annotations

import zlib

from occ_audit.validators import Candidate, Verdict
from occ_audit.validators._proof import proven, unproven

_DIGITS = 8


def checksum(body: bytes) -> bytes:
    """Return the CRC-32/IEEE of the body as eight hexadecimal digits."""
    return b"%08x" % zlib.crc32(body)


def check(candidate: Candidate) -> Verdict:
    """Raise a credential whose checksum fits to certain; another one is only possible."""
    body = candidate.secret.partition(b"_")[2]
    if checksum(body[:-_DIGITS]) == body[-_DIGITS:]:
        return proven("the CRC-32 in its last eight digits fits")
    return unproven("the CRC-32 in its last eight digits does not fit: altered or made up")
