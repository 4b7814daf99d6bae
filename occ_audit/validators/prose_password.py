"""Judges a word that prose presents as a password: "the password is …", "pw: …", "token (…)"."""

from __future__ import annotations

import re

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict, placeholder, prose, reference
from occ_audit.validators._shape import is_hex, is_random, is_uuid, wordiness
from occ_audit.validators._syntax import is_address, is_digest, is_expression, is_selector

_SYMBOL = re.compile(rb"[!@#$%^&*+=?~]")
_PHRASE = re.compile(
    rb"(?=.*[A-Z])(?=.*[a-z])(?:"
    rb"[A-Za-z]{3,}(?:[-_.!]?[A-Z]?[a-z]{2,}){1,4}[-_.!+#*]?\d{2,6}[!@#$%&*?+]?|"
    rb"[A-Za-z]{3,}[-_.]?\d{2,6}(?:[!@#$%&*?+]|[A-Z][a-z]{2,}))"
)
"""Words made a password by digits: two and a number, or one, a number and a sign or a word."""
_TOKEN = re.compile(rb"(?i)secret|token|api")
_QUOTES = (b"`", b"'", b'"')


def check(candidate: Candidate) -> Verdict:
    """Keep what is mixed like a password, or stands in quotes right after "the password is"."""
    value, lead = candidate.secret, candidate.groups["lead"]
    opening = candidate.groups["open"]
    if why := _none(value) or _follows(candidate):
        return Verdict(keep=False, reason=why)
    if _looks_set(value, lead):
        before = candidate.before + lead + opening
        after = candidate.after
        if why := prose.said_otherwise(before, after, value):
            return Verdict(keep=False, reason=why)
        return prose.presented(before, after)
    apart = "apart" in candidate.groups or "tags" in candidate.groups
    if opening.startswith(_QUOTES) and not apart and not _TOKEN.match(lead):
        return _quoted(value)
    return Verdict(keep=False, reason="the word is an ordinary one")


def is_password(value: bytes) -> bool:
    """Say whether a word by itself is mixed like a password."""
    return not _none(value) and _looks_set(value, b"password")


def _none(value: bytes) -> str:
    if why := placeholder.reason(value) or reference.reason(value):
        return why
    if is_address(value) or is_digest(value) or is_expression(value) or is_selector(value):
        return "the word is an address, a digest or code"
    if is_uuid(value) or value.isdigit() or value.startswith((b"-", b"/", b"--")):
        return "the word is a number, an id or an option"
    return ""


def _follows(candidate: Candidate) -> str:
    """Say why a word that follows without "is" is none: it must be mixed."""
    value = candidate.secret
    if "bare" not in candidate.groups:
        return ""
    symbol = bool(_SYMBOL.search(value))
    mixed = symbol or value != value.lower() or is_random(value)
    if mixed and wordiness(value) < (0.75 if symbol else 0.5) and len(value) < 33:
        return ""
    return "the word only follows"


def _looks_set(value: bytes, lead: bytes) -> bool:
    """Return whether the word has the mixture that password rules ask for."""
    if len(value) >= 9 and not _TOKEN.match(lead) and _PHRASE.fullmatch(value):
        return True
    if is_hex(value) and len(value) in (7, 8, 12, 16, 32, 40, 64):
        return False
    digits = any(48 <= code <= 57 for code in value)
    letters = any(65 <= code <= 90 for code in value) and any(97 <= code <= 122 for code in value)
    symbol = bool(_SYMBOL.search(value))
    if not digits or wordiness(value) > (0.75 if letters and symbol else 0.6):
        return False
    if not _TOKEN.match(lead):
        return len(value) >= 7 and (letters or symbol or is_random(value))
    return len(value) >= 10 and letters and is_random(value)


def _quoted(value: bytes) -> Verdict:
    if len(value) < 6 or (value.istitle() and value.isalpha()) or b"_" in value:
        return Verdict(keep=False, reason="the word is a name or a label")
    if wordiness(value) > 0.6 and (b"-" in value or b"." in value):
        return Verdict(keep=False, reason="the word is a name of several words")
    plain = value.isalpha() and wordiness(value) > 0.6
    return Verdict(
        reason="the text presents it as a password",
        severity=Severity.LOW if plain else None,
        confidence=Confidence.POSSIBLE if plain else None,
    )
