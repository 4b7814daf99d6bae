"""Proof by neighbours: a JSON Web Key names its type and public half beside the private number."""

from __future__ import annotations

import re

from occ_audit.model import Confidence
from occ_audit.validators import Candidate, Verdict

_TYPE = re.compile(rb'"kty\\?"\s{0,4}:\s{0,4}\\?"(RSA|EC|OKP)')
_NEAR = 1024


def check(candidate: Candidate) -> Verdict:
    """Keep the number only inside a key."""
    found = _TYPE.search(candidate.before[-_NEAR:]) or _TYPE.search(candidate.after)
    if not found:
        return Verdict(keep=False, reason="no key type stands beside it")
    reason = f"the private part of a JSON Web Key ({found[1].decode()})"
    return Verdict(reason=reason, confidence=Confidence.CERTAIN, properties={"proof": reason})
