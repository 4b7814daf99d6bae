"""Judges a word that prose presents as a password: "the password is …", "pw: …", "token (…)"."""

from __future__ import annotations

import re

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict, placeholder, prose, reference
from occ_audit.validators._shape import is_hex, is_random, is_uuid, is_word, parts, wordiness
from occ_audit.validators._syntax import (
    KEYWORDS,
    is_address,
    is_digest,
    is_expression,
    is_package,
    is_selector,
)

_SYMBOL = re.compile(rb"[!@#$%^&*+=?~]")
_CLOSED_IN = re.compile(
    rb"(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z]).{4,}[A-Za-z0-9][!$%^~?#&*][A-Za-z0-9].*"
)
"""A sign amid letters of both cases and digits."""
_PHRASE = re.compile(
    rb"(?=.{9})(?=.*[a-z]{2})(?=[A-Za-z]{2}.*[0-9])"
    rb"(?:(?:[A-Za-z]++|[0-9]{1,6}+)[-_.!#*+@$&%?]?+){2,9}+"
)
"""Words that digits make a password, in one or with a sign between them."""
_STRESSED = re.compile(rb"[A-Z][a-z0-9]+(?:[-_.][A-Z][a-z0-9]+)+[-_.]?[0-9]{2,6}")
_DOTTED = re.compile(rb"(?:[A-Z][a-z]+\.){1,3}[A-Z]?[a-z]+[0-9]{1,4}[!?]?")
_NUMBERED = re.compile(
    rb"(?i)(?:sha|md|base|utf|iso|rfc|cve|rsa|aes|[hrep]s|ed|argon|pbkdf|[bs]?crypt|ntlm|o?auth|http|"
    rb"tls|ssl|x|ipv|kerberos|win|windows|python|node|java|php|v|ver|version|rev|release|build|"
    rb"step|level|chapter|section|part|page|figure|table|line|row|column|field|slot|option|type|"
    rb"class|phase|day|week|user|account|item|entry|err(?:or)?|event)[-_.]?\d.*|"
    rb"[12m]fa\b.*|.*(?:hash|encod|crypt).*|(?-i:[a-z\d._-]*[-_.]0?\d|.*[-_.]v\d+)|(?-i:[a-z]+(?:[A-Z][a-z]+)+\d)"
)
"""What has a number for another reason: an algorithm, a version, a name in code, one of several."""
_PUBLIC = re.compile(rb"(?i)pub(?:lic)?[-_]?key")
_TICKET = re.compile(rb"[A-Z]{1,6}(?:[-_/.#][0-9]{1,8})+|GHSA(?:-[0-9a-z]{4}){3}")
"""The number of an order, a ticket or a file."""
_WITH = re.compile(rb"(?i)\b(?:with|mit|avec|con)[ ](?:the[ ])?pass\w*[ ]\Z")
_LEET = re.compile(rb"[A-Za-z]+(?:[0134][A-Za-z]+)+")
_MEANT = bytes.maketrans(b"0134", b"oiea")
"""Digits that stand for letters."""
_TOKEN = re.compile(rb"(?i)secret|token|api")
_AT_ONCE = 9
"""So many bytes a colon or "is" takes in other scripts, with blanks around."""
_KEY = re.compile(rb"(?i)clave")
"""A word for keys of any kind, too."""
_USED = re.compile(rb"(?i)(?:with|using) \Z")
_QUOTES = (b"`", b"'", b'"')


def check(candidate: Candidate) -> Verdict:
    """Keep what is mixed like a password, or stands in quotes right after "the password is"."""
    value, lead = candidate.secret, candidate.groups["lead"]
    opening = candidate.groups["open"]
    if why := _none(value):
        return Verdict(keep=False, reason=why)
    if why := _follows(candidate):
        # Something else may present it.
        return Verdict(keep=False, reason=why, confidence=Confidence.POSSIBLE)
    if _is_token(candidate) if "token" in candidate.groups else _looks_set(value, lead):
        slashed = lead.removesuffix(b"/") if _SYMBOL.search(value) else lead
        before = candidate.before + slashed + opening
        after = candidate.after
        if why := prose.said_otherwise(before, after, value):
            return Verdict(keep=False, reason=why)
        return prose.presented(before, after)
    apart = {"apart", "tags", "token", "bare"}.intersection(candidate.groups)
    if opening.startswith(_QUOTES) and not apart and not _TOKEN.match(lead):
        return _quoted(value)
    why = "the word is an ordinary one"
    return Verdict(keep=False, reason=why, confidence=Confidence.POSSIBLE)


def is_password(value: bytes) -> bool:
    """Say whether a word by itself is mixed like a password."""
    return not _none(value) and _looks_set(value, b"password")


def _none(value: bytes) -> str:
    if why := placeholder.reason(value) or reference.reason(value):
        return why
    named = is_expression(value) and not _DOTTED.fullmatch(value)
    if is_address(value) or is_digest(value) or named or is_selector(value):
        return "the word is an address, a digest or code"
    if value.count(b"|") > 1:
        return "the word is a row of a table"
    if _PUBLIC.search(value) or is_package(value):
        return "the word names a public key or a version"
    if _TICKET.fullmatch(value):
        return "the word is the number of an order or a ticket"
    if is_uuid(value) or value.upper() == value.lower() or value.startswith((b"-", b"/", b"\\")):
        return "the word is a number, an id or an option"
    return ""


def _follows(candidate: Candidate) -> str:
    """Say why a word that follows without "is" is none: it must be mixed."""
    value = candidate.secret
    if "bare" not in candidate.groups:
        return ""
    quoted = candidate.groups["open"].startswith(_QUOTES)
    if "pair" in candidate.groups or (quoted and not _USED.search(candidate.groups["lead"])):
        return ""
    symbol = bool(_SYMBOL.search(value))
    mixed = symbol or value != value.lower() or is_random(value)
    told = _WITH.search(candidate.groups["lead"]) and _STRESSED.fullmatch(value)
    if mixed and (symbol or told or wordiness(value) < 0.5) and len(value) < 33:
        return ""
    return "the word only follows"


def _is_token(candidate: Candidate) -> bool:
    """Return whether a token follows a word for one; hexadecimal has to follow at once."""
    value, told = candidate.secret, candidate.groups["lead"]
    apart = len(told) - len(candidate.groups["token"]) > _AT_ONCE
    return not prose.unlike_a_token(value) and not (apart and is_hex(value))


def _looks_set(value: bytes, lead: bytes) -> bool:
    """Return whether the word has the mixture that password rules ask for."""
    symbol = bool(_SYMBOL.search(value))
    if (_NUMBERED.fullmatch(value) or (_KEY.match(lead) and not symbol)) and not is_random(value):
        return False
    if not _TOKEN.match(lead) and _is_phrase(value):
        return True
    if is_hex(value) and len(value) in (7, 8, 12, 16, 32, 40, 64):
        return False
    if not _TOKEN.match(lead) and (_is_leet(value) or _CLOSED_IN.fullmatch(value)):
        return True
    digits = any(48 <= code <= 57 for code in value)
    letters = any(65 <= code <= 90 for code in value) and any(97 <= code <= 122 for code in value)
    if not digits or wordiness(value) > (0.75 if letters and symbol else 0.6):
        return False
    if not _TOKEN.match(lead):
        return len(value) >= 7 and (letters or symbol or is_random(value))
    return len(value) >= 10 and letters and is_random(value)


def _is_leet(value: bytes) -> bool:
    """Return whether digits stand for letters in a word of a mixture, as in `m0nday-Blues`."""
    mixed = value != value.lower() or _SYMBOL.search(value)
    meant = (run.translate(_MEANT) for run in _LEET.findall(value) if len(run) > 4)
    return len(value) >= 9 and bool(mixed) and any(map(is_word, meant))


def _is_phrase(value: bytes) -> bool:
    """Return whether words and digits are joined as people do who must think of a password."""
    words = [word for word in parts(value) if word.isalpha()]
    named = len(words) > 1 and KEYWORDS.intersection(words) and not _SYMBOL.search(value)
    return bool(_PHRASE.fullmatch(value)) and not named


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
