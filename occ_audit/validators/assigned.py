"""Judges a value that is assigned to a telling name: by the name, the place and the value itself.

The rule's pattern gives the groups `key` (the telling part of the name), `tail` (the rest of the
name), `sep` (what assigns) and `open` (the opening quote, if any); the name's head stands before,
or is the group `head`.
"""

from __future__ import annotations

import functools
import re

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict, placeholder, reference
from occ_audit.validators._decode import standard
from occ_audit.validators._naming import PASSWORD, Assigned, otherwise_named, own_name
from occ_audit.validators._shape import (
    digits_in,
    entropy,
    is_hex,
    is_random,
    is_uuid,
    parts,
    wordiness,
)
from occ_audit.validators._syntax import (
    KEYWORDS,
    is_address,
    is_code_line,
    is_digest,
    is_expression,
    is_file_argument,
    is_form_rule,
    is_record,
    is_selector,
)

BY_LINE = True
STRONG = 60.0
"""Bits by the value's own statistics from which on a random value is rated high."""


_RESOURCE = re.compile(rb"(?i)\b(?:arn:aws[\w-]*:[\w:/.-]*|(?:checksum|digest|sha256)/[\w.-]*)\Z")
_JOINED = re.compile(rb"[\"'`]\s*(?:\+|\.\s?\$|<<|%\s|\.format)")
_CALLED = re.compile(rb"(?:\(\s*\\{0,2}[\"'`][\w.\-/ ]*|[\"'`\s]--[\w-]*)\Z")
_PATTERN = re.compile(rb"\[\^?(?:a-z|A-Z|0-9|\\[dws])")
_CONSTANT = re.compile(rb"\$?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_CONSTANT_BODY = re.compile(rb"(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{10}")
_QUALIFIED = re.compile(rb"[A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)+")
_SENTENCE = re.compile(rb"[ \t]+[a-zA-Z']+[ \t]+[a-zA-Z]+")
_PHRASE = re.compile(rb"[ \t]+[a-zA-Z0-9']+[ \t]*(?:[.,;!?]|\Z|[ \t]\w)")
_STATEMENT = re.compile(rb"(?i)\b(?:create|alter)\s+(?:user|role|login)\b")
_DEFINED = re.compile(rb"#[ \t]*define[ \t]+\w*\Z")
_TITLE = re.compile(rb"[A-Z][a-z]+|[A-Z]{2,}")
_QUALIFIER = re.compile(rb"(?i)\b(?:shared|signing|encryption|hmac|master|licen[cs]e|auth)[ ]\Z")
_BUNDLED = (b"MIX_", b"VITE_", b"REACT_APP_", b"GATSBY_", b"VUE_APP_")
"""What begins the name of a variable whose value every visitor of the built page is given."""
_IN_SENTENCE = "the value is quoted in a sentence"
_HASHED = ([b"hash"], [b"hashed"], [b"digest"], [b"crypt"])
_IDENTIFIER = re.compile(rb"[A-Za-z_$][\w$]*")


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
    for objection in _OBJECTIONS:
        if why := objection(it):
            # A sentence is for the rules of prose to judge.
            unsure = Confidence.POSSIBLE if why == _IN_SENTENCE else None
            return Verdict(keep=False, reason=why, confidence=unsure)
    if parts(it.tail)[-1:] in _HASHED:
        return _weak("the value is the hash of a secret")
    return _as_token(it) if _is_token(it) else _as_password(it)


def _is_token(it: Assigned) -> bool:
    return bool(it.key) and PASSWORD.match(it.key) is None


def _stands_in(it: Assigned) -> str:
    if it.after.lstrip(b"\"'`").startswith((b"..", b"\xe2\x80\xa6")):
        return "the value is cut short"
    if _RESOURCE.search(it.before):
        return "the value is a part of the name of a resource"
    return reference.reason(it.value) or placeholder.reason(it.value) or _encoded_stand_in(it.value)


def _encoded_stand_in(value: bytes) -> str:
    """Say whether a value is base64 of a stand-in, as in the manifest of a Kubernetes Secret."""
    decoded = standard(value) if len(value) >= 12 and len(value) % 4 == 0 else None
    if not decoded or not decoded.isascii() or not decoded.strip().decode("ascii").isprintable():
        return ""
    why = reference.reason(decoded.strip()) or placeholder.reason(decoded.strip())
    return f"the value is base64: {why}" if why else ""


def _is_code(it: Assigned) -> str:
    if it.quoted:
        return _is_text(it)
    if is_selector(it.value):
        return "the value selects an element of a page, or is a colour"
    if is_expression(it.value):
        return "the value is a piece of code"
    if it.after[:1] == b"(" or it.after[:2] in (b"::", b"->") or _is_member(it):
        return "the value is a call"
    if b"==" in it.sep and (b"?" in it.value or not is_random(it.value)):
        return "the value is a piece of code"
    if not it.sep:
        return ""
    if _is_constant(it):
        return "the value is the name of a variable"
    if b":" in it.sep and _goes_on(it) and not is_random(it.value):
        return "the value is a word of a sentence"
    identifier = _IDENTIFIER.fullmatch(it.value) and not is_random(it.value)
    if identifier and is_code_line(it.before, it.sep, it.after):
        return "the value is a name in a line of code"
    return ""


def _goes_on(it: Assigned) -> bool:
    """Return whether further words follow; one is enough where the value is a word itself."""
    plain = it.value.isalpha() and wordiness(it.value) > 0.6
    return bool((_PHRASE if plain else _SENTENCE).match(it.after))


def _is_member(it: Assigned) -> bool:
    """Return whether the value ends within `name->member`, or is a constructor with arguments."""
    arrow = it.value.endswith(b"-") and it.after.startswith(b">")
    return arrow or bool(
        _QUALIFIED.fullmatch(it.value) and it.after.startswith((b" [", b" {", b" ("))
    )


def _is_constant(it: Assigned) -> bool:
    """Return whether the value is the name of another variable, such as OTHER_SECRET."""
    return _is_constant_name(it.value) and (wordiness(it.value) >= 0.3 or b":" in it.sep)


def _is_constant_name(value: bytes) -> bool:
    return bool(_CONSTANT.fullmatch(value)) and not _CONSTANT_BODY.search(value)


def _is_text(it: Assigned) -> str:
    if it.sep.rstrip().endswith(b",") and not _CALLED.search(it.before) and not _is_dense(it.value):
        return "name and value are neighbours in a list"
    if not it.sep.strip() and it.sep and (it.key.lower() == b"pass" or not _is_mixed(it.value)):
        return "" if _is_setter(it) else _IN_SENTENCE
    if it.sep == b" :" and _STATEMENT.search(it.before):
        return "the value is the name of a variable"
    if is_selector(it.value):
        return "the value selects an element of a page"
    if _JOINED.match(it.after) and not is_random(it.value):
        return "the value is a part of a longer text"
    return ""


def _is_setter(it: Assigned) -> bool:
    """Return whether a name such as storePassword, or one defined, is given a text with digits."""
    compound = re.search(rb"[a-z](?=Pass|Secret|Token)", own_name(it)[:-3])
    named = compound or _DEFINED.search(it.before)
    return bool(named) and digits_in(it.value) > 0 and b" " not in it.value


def _is_dense(value: bytes) -> bool:
    digits = digits_in(value) > 0
    return digits and is_random(value) and wordiness(value) < 0.2 and b"_" not in value


def _is_mixed(value: bytes) -> bool:
    if value.startswith(b"-"):
        return False
    return wordiness(value) < (0.35 if value.isalpha() else 0.6)


def _is_no_text(it: Assigned) -> str:
    if any(code < 32 and code != 9 for code in it.value):
        return "the value is not text"
    if _PATTERN.search(it.value):
        return "the value is a pattern"
    if is_form_rule(it.value):
        return "the value lists what a form asks of a field"
    return ""


def _points_elsewhere(it: Assigned) -> str:
    if is_address(it.value) or is_file_argument(it.value):
        return "the value is a path, an address or a file name"
    if is_digest(it.value):
        return "the value is a digest, a public key or a certificate"
    if it.value.endswith(b"aws4_request"):
        return "the value names who signed an address"
    if it.key.lower() == b"key" and not it.tail and is_record(it.value):
        return "the value names an object of a store"
    return ""


def _is_sentence(it: Assigned) -> str:
    if not it.value.isascii() and (
        _is_token(it) or sum(code > 127 for code in it.value) > len(it.value) // 3
    ):
        return "the value is text in another script"
    digits = digits_in(it.value)
    if b" " in it.value and (wordiness(it.value) > 0.45 or not digits or not is_random(it.value)):
        return "the value is a phrase"
    return ""


def _is_label(it: Assigned) -> str:
    """Say whether the value repeats the name, or names a kind of secret in separate words."""
    words = parts(it.value)
    if digits_in(it.value) and not it.value.isdigit():
        joined = wordiness(it.value) > 0.5 and b"-" in it.value
        named = KEYWORDS.intersection(words) and (joined or _is_constant_name(it.value))
        return "the value names a kind of secret" if named else ""
    if it.value.isalpha() and it.value.islower() and words == [it.value]:
        return "" if it.value not in KEYWORDS else "the value names a kind of secret"
    short = all(len(word) <= 3 or wordiness(word) > 0.5 for word in words)
    if KEYWORDS.intersection(words) and (short or wordiness(it.value) > 0.5):
        return "the value names a kind of secret"
    if b"".join(words) == b"".join(parts(own_name(it).rpartition(b".")[2])):
        return "the value repeats the name"
    return ""


def _is_outcome(it: Assigned) -> str:
    """Say whether the line tells how a test ended, as `PASS: suite/case` and `t.pass("…")` do."""
    name = own_name(it)
    logged = name == b"PASS" and b":" in it.sep and (b"/" in it.value or it.after[:1] == b":")
    called = name.endswith(b".pass") and it.sep.startswith(b"(") and not digits_in(it.value)
    return "the line tells how a test ended" if logged or called else ""


_OBJECTIONS = (
    otherwise_named,
    _is_outcome,
    _is_no_text,
    _stands_in,
    _is_code,
    _points_elsewhere,
    _is_sentence,
    _is_label,
)


def _as_password(it: Assigned) -> Verdict:
    value = it.value
    if is_random(value):
        return _strong(value)
    plain = wordiness(value) > 0.6 and value.replace(b"_", b"").replace(b"-", b"").isalpha()
    if value.isdigit():
        if len(value) < (5 if it.quoted else 6):
            return Verdict(keep=False, reason="the value is a small number")
    elif plain and (_TITLE.fullmatch(value) or len(value) < 5):
        return Verdict(keep=False, reason="the value is a plain word, rather a label")
    elif plain and not it.quoted and not _is_setting(it):
        return _weak("the value is a plain word without quotes")
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
