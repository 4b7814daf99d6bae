"""Proof by claims: a Turso token says whether it may write, and until when."""

from __future__ import annotations

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict, _decode
from occ_audit.validators._proof import until

_ACCESS = {"rw": "to read and write", "ro": "to read"}


def check(candidate: Candidate) -> Verdict:
    """Keep a token with an access claim; one that may only read is of medium severity."""
    parts = candidate.secret.split(b".")
    claims = _decode.claims(parts[1]) if len(parts) == 3 else None
    access = (claims or {}).get("a")
    if claims is None or not (access in _ACCESS or isinstance(claims.get("p"), dict)):
        reason = "it has not the claims of a Turso token"
        return Verdict(keep=False, reason=reason, confidence=Confidence.POSSIBLE)
    end = claims.get("exp", 0)
    may = _ACCESS.get(access, "some tables") if isinstance(access, str) else "some tables"
    verdict = until("its claims are a Turso token's", end if isinstance(end, int) else 0, may=may)
    if verdict.severity is None and access == "ro":
        return Verdict(
            reason=verdict.reason,
            severity=Severity.MEDIUM,
            confidence=verdict.confidence,
            properties=verdict.properties,
        )
    return verdict
