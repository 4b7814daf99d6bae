"""Proof by structure: a 1Password service account token is JSON that names its account."""

from __future__ import annotations

from occ_audit.validators import Candidate, Verdict, _decode
from occ_audit.validators._proof import proven, unproven


def check(candidate: Candidate) -> Verdict:
    """Name the account that the token signs in to; what does not decode is only possible."""
    claims = _decode.claims(candidate.secret.removeprefix(b"ops_"))
    if claims is None or "secretKey" not in claims:
        return unproven("it does not decode to a service account: cut off or made up")
    account = claims.get("signInAddress")
    opens = {"opens": account[:100]} if isinstance(account, str) else {}
    return proven("it decodes to a service account with its secret key", **opens)
