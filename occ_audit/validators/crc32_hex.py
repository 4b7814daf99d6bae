"""Proof by checksum: some tokens end in eight hexadecimal digits, the CRC-32 of what is before.

The rule's pattern names the two parts `data` and `sum`. Grafana writes the checksum with its low
byte first, Atlassian with its high byte first; either order counts.
"""

from __future__ import annotations

import zlib

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict


def checksums(data: bytes) -> tuple[bytes, bytes]:
    """Return the CRC-32 of the data as hexadecimal digits, high byte first and low byte first."""
    value = zlib.crc32(data)
    return value.to_bytes(4, "big").hex().encode(), value.to_bytes(4, "little").hex().encode()


def check(candidate: Candidate) -> Verdict:
    """Raise a token whose checksum fits to certain; one that does not fit is only a sample."""
    groups = candidate.groups
    if groups["sum"].lower() in checksums(groups["data"]):
        reason = "the CRC-32 in the last eight digits fits"
        proof = {"proof": reason}
        return Verdict(reason=reason, confidence=Confidence.CERTAIN, properties=proof)
    reason = "the CRC-32 in the last eight digits does not fit, so it looks like a sample"
    return Verdict(
        reason=reason,
        severity=Severity.INFO,
        confidence=Confidence.POSSIBLE,
        properties={"proof": reason},
    )
