"""Proof by structure: a Cloudflare Tunnel token is JSON of account, tunnel and secret in base64."""

from __future__ import annotations

from occ_audit.model import Confidence
from occ_audit.validators import Candidate, Verdict, _decode
from occ_audit.validators._proof import proven, unproven


def check(candidate: Candidate) -> Verdict:
    """Name account and tunnel; drop what is other JSON, keep what is cut off as possible."""
    claims = _decode.claims(candidate.secret)
    if claims is None:
        return unproven("it does not decode to a tunnel token: cut off or made up")
    if not {"a", "t", "s"} <= claims.keys():
        reason = "it decodes to other JSON than a tunnel token"
        return Verdict(keep=False, reason=reason, confidence=Confidence.POSSIBLE)
    opens = f"Cloudflare tunnel {str(claims['t'])[:40]} of account {str(claims['a'])[:40]}"
    return proven("it decodes to account, tunnel and secret", opens=opens)
