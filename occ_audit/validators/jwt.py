"""Proof by claims: a JSON Web Token says itself who issued it, for which role, and until when."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict, _decode

_TOKEN = re.compile(rb"(e[wy][A-Za-z0-9_-]+)\.(e[wy][A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)")
_SAMPLE_CLAIMS = (("iss", "supabase-demo"), ("sub", "1234567890"), ("name", "John Doe"))
"""Claims of tokens that ship with public software or stand in documentation."""
_REGISTERED = ("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "role", "roles", "scope", "scp")
_USUAL = (
    "azp",
    "sid",
    "ref",
    "client_id",
    "uid",
    "id",
    "userId",
    "user",
    "user_id",
    "email",
    "name",
)
_MEANINGFUL = frozenset((*_REGISTERED, *_USUAL))
"""A token without any of these says neither for whom nor for how long."""
_SUPABASE = "supabase"


def check(candidate: Candidate) -> Verdict:
    """Judge by the claims; a token whose parts are no JSON is kept as merely possible."""
    found = _TOKEN.search(candidate.secret)
    header = _decode.claims(found[1]) if found else None
    payload = _decode.claims(found[2]) if found else None
    if header is None or payload is None:
        return Verdict(reason="its parts do not decode", confidence=Confidence.POSSIBLE)
    if any(payload.get(claim) == value for claim, value in _SAMPLE_CLAIMS):
        return Verdict(keep=False, reason="it is a published sample token")
    if header.get("alg") in ("none", "None", "NONE"):
        return Verdict(keep=False, reason="it is not signed")
    severity, reason = _judge(payload)
    return Verdict(
        reason=reason,
        severity=severity,
        confidence=Confidence.CERTAIN,
        properties={"proof": reason, **_facts(payload)},
    )


def _judge(payload: Mapping[str, Any]) -> tuple[Severity | None, str]:
    role, expires = payload.get("role"), payload.get("exp")
    if isinstance(expires, int | float) and expires < time.time():
        return Severity.LOW, f"its own claims say that it expired on {_decode.day(expires)}"
    if role == "anon" and (
        payload.get("iss") == _SUPABASE or "ref" in payload or "iss" not in payload
    ):
        return Severity.INFO, "role anon: a key that is public by design"
    if role == "service_role":
        return Severity.CRITICAL, "role service_role: it reads and writes all data"
    if role == "authenticated":
        return Severity.MEDIUM, "role authenticated: the session of one user"
    if not _MEANINGFUL.intersection(payload):
        return Severity.LOW, "it claims neither for whom nor until when"
    return None, "its parts decode to claims"


def _facts(payload: Mapping[str, Any]) -> dict[str, object]:
    """Return who, what and until when, as far as the claims are short texts."""
    facts: dict[str, object] = {
        key: text
        for key, claim in (("issuer", "iss"), ("role", "role"))
        if isinstance(text := payload.get(claim), str) and len(text) < 200
    }
    if day := _decode.day(payload.get("exp")):
        facts["expires"] = day
    ref = payload.get("ref")
    if isinstance(ref, str) and re.fullmatch("[a-z]{20}", ref):
        facts["opens"] = f"https://{ref}.supabase.co"
    return facts
