"""Proof by structure: the first part of some tokens is a number in base64, as Discord's bot id.

The rule's pattern names that part `payload`; personal access tokens of Jira and Confluence Data
Center carry a number, a colon and random bytes there.
"""

from __future__ import annotations

import re

from occ_audit.model import Confidence
from occ_audit.validators import Candidate, Verdict, _decode

_NUMBER = re.compile(rb"[0-9]{10,20}(?::(?=[\x00-\x7f]*[\x80-\xff])[\x00-\xff]{16,})?")
"""Random bytes, other than text that somebody encoded, hold one beyond ASCII."""


def check(candidate: Candidate) -> Verdict:
    """Drop a candidate whose payload is no number: nobody's server has issued it."""
    decoded = _decode.standard(candidate.groups["payload"]) or b""
    if _NUMBER.fullmatch(decoded) is None:
        return Verdict(keep=False, reason="its first part is no number in base64")
    reason = "its first part is a number in base64"
    return Verdict(reason=reason, confidence=Confidence.CERTAIN, properties={"proof": reason})
