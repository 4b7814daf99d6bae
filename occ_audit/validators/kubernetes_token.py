"""Proof by claims: a token of a Kubernetes service account names namespace and account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from occ_audit.model import Confidence
from occ_audit.validators import Candidate, Verdict, _decode
from occ_audit.validators._proof import until

_LEGACY = "kubernetes.io/serviceaccount/"


def check(candidate: Candidate) -> Verdict:
    """Keep a token that is a service account's; its severity falls when it has expired."""
    parts = candidate.secret.split(b".")
    claims = _decode.claims(parts[1]) if len(parts) == 3 else None
    owner = _owner(claims or {})
    if claims is None or not owner:
        # Possible: that it is another kind of JWT must not silence the rule for those.
        reason = "it is no token of a Kubernetes service account"
        return Verdict(keep=False, reason=reason, confidence=Confidence.POSSIBLE)
    end = claims.get("exp", 0)
    if not isinstance(end, int | float):
        end = 0
    reason = "its claims name a service account"
    return until(reason, end, opens=f"Kubernetes service account {owner}")


def _owner(claims: Mapping[str, Any]) -> str:
    """Return `namespace/account`; empty for other tokens."""
    bound = claims.get("kubernetes.io")
    if isinstance(bound, dict):
        account = bound.get("serviceaccount")
        name = account.get("name", "") if isinstance(account, dict) else ""
        return f"{bound.get('namespace', '')}/{name}"[:200]
    if claims.get("iss") == "kubernetes/serviceaccount":
        name = claims.get(f"{_LEGACY}service-account.name", "")
        return f"{claims.get(f'{_LEGACY}namespace', '')}/{name}"[:200]
    return ""
