"""Judges what follows `Authorization:`: Basic is decoded, every other scheme must look random."""

from __future__ import annotations

import re

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict, placeholder, reference
from occ_audit.validators._decode import standard
from occ_audit.validators._shape import is_random, wordiness
from occ_audit.validators._syntax import is_digest, is_record

_NAMED = re.compile(
    rb"(?i)[\w-]*hmac-sha[\d-]+|(?-i:[A-Z]+(?:_[A-Z0-9]+)+)|v?\d+(?:\.\d+)+(?:[-+][\w.]+)?"
)
"""A scheme of signatures, the name of a constant, or the version of an image."""


def check(candidate: Candidate) -> Verdict:
    """Drop stand-ins; say who the user is where Basic credentials can be decoded."""
    secret = candidate.secret
    if why := reference.reason(secret) or placeholder.reason(secret):
        return Verdict(keep=False, reason=why)
    scheme = candidate.groups.get("scheme", b"").strip().lower()
    decoded = pair(secret)
    if decoded is not None:
        return _basic(*decoded)
    if scheme == b"basic" and len(secret) < 24:
        return Verdict(keep=False, reason="the value does not decode to user and password")
    if not scheme and secret.isalpha():
        return Verdict(keep=False, reason="the value is a word, and no scheme stands before it")
    if b"://" in secret or is_digest(secret) or is_record(secret) or _NAMED.fullmatch(secret):
        return Verdict(keep=False, reason="the value is a digest or a name")
    if is_random(secret) and wordiness(secret) < 0.6:
        return Verdict(reason="a random value is sent as authorization")
    return Verdict(keep=False, reason="the value is not random")


def pair(secret: bytes) -> tuple[bytes, bytes] | None:
    """Return user and password of Basic credentials; None where they do not decode to that."""
    decoded = standard(secret)
    if not decoded or b":" not in decoded or not decoded.isascii():
        return None
    if not all(32 <= code < 127 for code in decoded.rstrip(b"\r\n")):
        return None
    user, _, password = decoded.rstrip(b"\r\n").partition(b":")
    return user, password


def _basic(user: bytes, password: bytes) -> Verdict:
    why = reference.reason(password) or placeholder.reason(password)
    if why or not password or password == user:
        return Verdict(keep=False, reason=why or "user and password are equal")
    return Verdict(
        reason="the value decodes to user and password",
        severity=Severity.HIGH,
        confidence=Confidence.CERTAIN,
        properties={"proof": "decodes to user and password", "user": user.decode()},
    )
