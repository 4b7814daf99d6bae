"""Proof by checksum: GitHub's classic tokens, and npm's, end in a CRC-32 of their body."""

from __future__ import annotations

import zlib

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict

_DIGITS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = 6


def checksum(body: bytes) -> bytes:
    """Return CRC-32/IEEE of the body in base 62, padded with zeros to six characters."""
    number, digits = zlib.crc32(body), b""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit : digit + 1] + digits
    return digits.rjust(_SUFFIX, b"0")


def check(candidate: Candidate) -> Verdict:
    """Raise a token whose checksum fits to certain; one that does not fit is only a sample."""
    body = candidate.secret.partition(b"_")[2]
    if checksum(body[:-_SUFFIX]) == body[-_SUFFIX:]:
        reason = "the CRC-32 in the last six characters fits"
        proof = {"proof": reason}
        return Verdict(reason=reason, confidence=Confidence.CERTAIN, properties=proof)
    reason = "the CRC-32 in the last six characters does not fit, so it looks like a sample"
    return Verdict(
        reason=reason,
        severity=Severity.INFO,
        confidence=Confidence.POSSIBLE,
        properties={"proof": reason},
    )
