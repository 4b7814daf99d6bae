"""Judges a value that is assigned to a telling name: by the name, the place and the value itself.

The rule's pattern gives the groups `key` (the telling part of the name), `tail` (the rest of the
name), `sep` (what assigns) and `open` (the opening quote, if any); the name's head stands before,
or is the group `head`. What is no secret, `_objections` says; here is rated what is left.
"""

from __future__ import annotations

import functools
import re

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict
from occ_audit.validators._naming import Assigned, is_token, own_name
from occ_audit.validators._objections import IN_SENTENCE, objection
from occ_audit.validators._shape import (
    digits_in,
    entropy,
    is_hex,
    is_random,
    is_uuid,
    parts,
    wordiness,
)
from occ_audit.validators._values import unescaped

BY_LINE = True
STRONG = 60.0
"""Bits by the value's own statistics from which on a random value is rated high."""

_TITLE = re.compile(rb"[A-Z][a-z]+|[A-Z]{2,}")
_QUALIFIER = re.compile(rb"(?i)\b(?:shared|signing|encryption|hmac|master|licen[cs]e|auth)[ ]\Z")
_BUNDLED = (b"MIX_", b"VITE_", b"REACT_APP_", b"GATSBY_", b"VUE_APP_")
"""What begins the name of a variable whose value every visitor of the built page is given."""
_HASHED = frozenset(b"hash hashed digest crypt".split())
_DIGEST = re.compile(rb"(?i)(?:md5|sha\d{1,3})\Z")
_ENCRYPTED = frozenset(b"hashed encrypted obscured sealed wrapped".split())


def check(candidate: Candidate) -> Verdict:
    """Say how likely the assigned value is a secret, and drop what is none."""
    groups = candidate.groups
    if candidate.rule.group not in groups:
        return Verdict(keep=False, reason="nothing is compared with the name")
    line = candidate.before.rpartition(b"\n")[2][-160:] + groups.get("head", b"")
    return _judge(
        Assigned(
            before=line,
            key=groups.get("key", b""),
            tail=groups.get("tail", b""),
            sep=groups.get("sep", b""),
            quoted=bool(groups.get("open")) or groups.get("sep", b"").endswith(b">"),
            value=candidate.secret,
            after=candidate.after.partition(b"\n")[0][:60],
        )
    )


@functools.lru_cache(maxsize=65536)
def _judge(it: Assigned) -> Verdict:
    it = it._replace(value=unescaped(it.value))
    if why := objection(it):
        # A sentence is for the rules of prose to judge.
        unsure = Confidence.POSSIBLE if why == IN_SENTENCE else None
        return Verdict(keep=False, reason=why, confidence=unsure)
    if _is_transformed(it):
        return _weak("the value is the hash of a secret, or an encrypted one")
    return _as_token(it) if is_token(it) else _as_password(it)


def _is_transformed(it: Assigned) -> bool:
    head = parts(own_name(it)[: -len(it.tail) or None])
    if not is_token(it) and b"encoded" in head and is_random(it.value):
        return True
    hashed = _HASHED.intersection(parts(it.tail)[-1:]) or _DIGEST.search(it.tail)
    return bool(hashed or _ENCRYPTED.intersection(head))


def _as_password(it: Assigned) -> Verdict:
    value = it.value
    if is_random(value):
        return _strong(value)
    plain = wordiness(value) > 0.6 and value.replace(b"_", b"").replace(b"-", b"").isalpha()
    if value.isdigit():
        if len(value) < (5 if it.quoted else 6):
            return Verdict(keep=False, reason="the value is a small number")
    elif not (it.sep or it.quoted) and len(value) < 5 and value.isalpha() and value.islower():
        return Verdict(keep=False, reason="the value is a short word after an option")
    elif plain and (_TITLE.fullmatch(value) or len(value) < 5):
        return Verdict(keep=False, reason="the value is a plain word, rather a label")
    elif plain and not it.quoted and not _is_setting(it):
        return _weak("the value is a plain word without quotes")
    elif plain and it.tail == b"s" and it.quoted:
        return _weak("the name is that of several, and the value a plain word")
    elif plain and len(parts(value)) > 1:
        return _weak("the value reads like a name of several words")
    return Verdict(reason="a value is assigned to a name that says password")


def _is_setting(it: Assigned) -> bool:
    """Return whether the line is `NAME=value` of an environment or properties file."""
    upper = it.key.isupper() or b"." in own_name(it)
    return it.sep == b"=" and upper


def _as_token(it: Assigned) -> Verdict:
    value = it.value
    if it.key == b"KEY" and own_name(it).startswith(_BUNDLED):
        return _weak("the value is built into a page")
    if value.isalpha() and value.isupper() and len(value) < 12:
        return Verdict(keep=False, reason="the value is a keyword in capitals")
    if is_random(value):
        bare = own_name(it).lower().strip(b"._-") in (b"key", b"auth", b"salt")
        if bare and b":" in it.sep and it.quoted and value.isalnum() and len(value) < 24:
            return Verdict(keep=False, reason="the value may as well be an id of a record")
        if (bare and is_hex(value) and not _QUALIFIER.search(it.before)) or b"id" in parts(it.tail):
            return _weak("the value is random, but the name says little")
        return _strong(value)
    digits = digits_in(value)
    letters = sum(chr(code).isalpha() for code in value)
    if it.key.lower() == b"key" or len(value) < 6:
        return Verdict(keep=False, reason="the value is not random")
    if digits and letters and wordiness(value) < 0.5 and len(value) >= 7 and digits < len(value):
        return Verdict(reason="letters and digits are assigned to a telling name")
    if letters >= 8 and wordiness(value) < 0.35 and entropy(value) > 2.2:
        return Verdict(reason="an unreadable value is assigned to a telling name")
    if digits and letters and it.quoted and wordiness(value) < 0.75:
        return _weak("the value may be a word with digits")
    return Verdict(keep=False, reason="the value reads like words")


def _strong(value: bytes) -> Verdict:
    strong = entropy(value) * len(value) >= STRONG and not is_uuid(value)
    return Verdict(
        reason="a random value is assigned to a telling name",
        severity=Severity.HIGH if strong else None,
    )


def _weak(why: str) -> Verdict:
    return Verdict(reason=why, severity=Severity.LOW, confidence=Confidence.POSSIBLE)
