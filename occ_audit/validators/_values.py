"""What a value by itself says: a stand-in, the name of a constant, an object, or a mixed text."""

from __future__ import annotations

import re

from occ_audit.validators import placeholder, reference
from occ_audit.validators._decode import standard
from occ_audit.validators._shape import digits_in, is_random, wordiness

_PASSWORD = (
    "adgangskod", "contrasen", "geslo", "haslo", "heslo", "jelszo", "kennwort", "kodeord",
    "losenord", "lozink", "lykilor", "motdepasse", "parol", "passord", "passwort", "salasana",
    "senha", "sifre", "slaptazod", "wachtwoord",
)  # fmt: skip
"""How a word begins that labels a field for a password in another language."""
_LETTER = re.compile(rb"\\u(?!00[0-9a-bA-B])([0-9a-fA-F]{4})")
_CONSTANT = re.compile(rb"\$?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_CONSTANT_BODY = re.compile(rb"(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{10}")
_MEMBERS = re.compile(rb"\{\s*\\*[\"']\w")
_RUN = re.compile(rb"[0-9A-Za-z+/_\-]{12,}")


def stand_in(value: bytes) -> str:
    """Return why a value stands in for a secret, or an empty text."""
    return reference.reason(value) or placeholder.reason(value) or _encoded_stand_in(value)


def _encoded_stand_in(value: bytes) -> str:
    """Say whether a value is base64 of a stand-in, as in the manifest of a Kubernetes Secret."""
    decoded = standard(value) if len(value) >= 12 and len(value) % 4 == 0 else None
    if not decoded or not decoded.isascii() or not decoded.strip().decode("ascii").isprintable():
        return ""
    why = reference.reason(decoded.strip()) or placeholder.reason(decoded.strip())
    return f"the value is base64: {why}" if why else ""


def is_label(value: bytes) -> bool:
    """Return whether a value is a word of another language, or the word there for a password."""
    text = value.decode(errors="replace").replace("-", "")
    return text.isalpha() and (not text.isascii() or text.lower().startswith(_PASSWORD))


def unescaped(value: bytes) -> bytes:
    """Return a value with the letters of other alphabets that JSON writes as escapes."""
    if b"\\u" not in value:
        return value
    letters = (b"\\u" + match[1] for match in _LETTER.finditer(value))
    table = {text: text.decode("unicode_escape").encode(errors="replace") for text in letters}
    return _LETTER.sub(lambda match: table[b"\\u" + match[1]], value)


def is_utf8(value: bytes) -> bool:
    """Return whether a value is text."""
    return value.decode(errors="ignore").encode() == value


def is_constant_name(value: bytes) -> bool:
    """Return whether a value is written as the name of a constant, such as OTHER_SECRET."""
    return bool(_CONSTANT.fullmatch(value)) and not _CONSTANT_BODY.search(value)


def is_dense(value: bytes) -> bool:
    """Return whether a value is random, has digits and no words."""
    digits = digits_in(value) > 0
    return digits and is_random(value) and wordiness(value) < 0.2 and b"_" not in value


def is_mixed(value: bytes) -> bool:
    """Return whether a value is more than words."""
    if value.startswith(b"-"):
        return False
    return wordiness(value) < (0.35 if value.isalpha() else 0.6)


def is_plain_object(value: bytes) -> bool:
    """Return whether a value is an object in JSON that holds nothing random."""
    return _MEMBERS.match(value) is not None and not holds_random(value)


def holds_random(value: bytes) -> bool:
    """Return whether a part of a value is random; without digits, foreign words look so, too."""
    return any(is_random(run) and digits_in(run) for run in _RUN.findall(value))
