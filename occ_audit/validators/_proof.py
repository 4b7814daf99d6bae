"""Verdicts that several proofs share."""

from __future__ import annotations

import time

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Verdict, _decode


def proven(reason: str, **facts: object) -> Verdict:
    """Return the verdict on what a checksum or a structure proves, with facts for the reader."""
    return Verdict(
        reason=reason, confidence=Confidence.CERTAIN, properties={"proof": reason, **facts}
    )


def unproven(reason: str) -> Verdict:
    """Return the verdict on what has the form but not the inside: kept, as merely possible."""
    return Verdict(reason=reason, confidence=Confidence.POSSIBLE, properties={"proof": reason})


def until(reason: str, end: float, **facts: object) -> Verdict:
    """Return the verdict on what is valid until `end`, in seconds since 1970; 0 is no end."""
    if not end:
        return proven(reason, **facts)
    day = _decode.day(end)
    expired = end < time.time()
    reason = f"{reason}, {'expired on' if expired else 'valid until'} {day or 'a far day'}"
    return Verdict(
        reason=reason,
        severity=Severity.LOW if expired else None,
        confidence=Confidence.CERTAIN,
        properties={"proof": reason, **({"expires": day} if day else {}), **facts},
    )
