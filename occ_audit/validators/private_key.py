"""Proof by structure: what stands between BEGIN and END is a key, and says if it is encrypted."""

from __future__ import annotations

import re

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict, _decode

_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----")
_HEADERS = re.compile(
    rb"^(?:\\+[rn]|[\s\"'])*(?:[A-Za-z][A-Za-z-]{2,20}: [^\n\\]{0,200}(?:\r?\n|\\+r|\\+n)+){1,6}"
)
# Between two string literals `+` joins them; elsewhere it is a digit of base64.
_NOISE = re.compile(rb"[\"'][\s+.,&]{0,80}[\"']|\\+[nrt]|[^A-Za-z0-9+/=]+")
_OPENSSH = b"openssh-key-v1\0"
_ENCRYPTED = (b"Proc-Type: 4,ENCRYPTED", b"DEK-Info:")
_SHORTEST = 40
"""Decoded bytes: an Ed25519 key in PKCS #8 has 48."""


def check(candidate: Candidate) -> Verdict:
    """Drop what is no key, lower what is encrypted or cut off; raw and escaped forms are one."""
    text = _plain(candidate.secret)
    label = _LABEL.search(text)
    body = _body(text[label.end() :] if label else text)
    data = _decode.standard(body)
    name = label[1].decode() if label else candidate.rule.name
    reason = _refusal(body, data, name)
    if reason or data is None:
        return Verdict(keep=False, reason=reason)
    severity, confidence, reason = _state(text, data, name)
    return Verdict(
        reason=reason,
        severity=severity,
        confidence=confidence,
        identity=data,
        properties={"proof": reason, "key": name},
    )


def _plain(secret: bytes) -> bytes:
    """Undo one base64 around a whole PEM text."""
    return (_decode.standard(secret) or secret) if secret.startswith(b"LS0tLS1") else secret


def _body(text: bytes) -> bytes:
    end = text.find(b"-----END")
    text = text if end < 0 else text[:end]
    text = _NOISE.sub(b"", _HEADERS.sub(b"", text, count=1))
    # PGP appends a checksum after the padding: `=` and four characters.
    return re.sub(rb"=[A-Za-z0-9+/]{4}$", b"", text)


def _refusal(body: bytes, data: bytes | None, name: str) -> str:
    if data is None or len(data) < _SHORTEST:
        return "too little stands between BEGIN and END"
    if len(set(body)) < 16:
        return "the same few characters repeat, so it is a sample"
    if "PGP" not in name and not data.startswith((b"\x30", _OPENSSH)) and _is_text(body):
        return "words stand between BEGIN and END"
    return ""


def _is_text(body: bytes) -> bool:
    """Words run together have hardly any digit or capital; base64 of a key has a third."""
    marks = sum(1 for byte in body if not 97 <= byte <= 122)
    return marks * 4 < len(body)


def _state(text: bytes, data: bytes, name: str) -> tuple[Severity | None, Confidence, str]:
    if "ENCRYPTED" in name or any(mark in text for mark in _ENCRYPTED) or _has_cipher(data):
        return Severity.MEDIUM, Confidence.CERTAIN, "a private key under a passphrase"
    if data.startswith(_OPENSSH) or _is_der(data):
        return None, Confidence.CERTAIN, "a private key without passphrase"
    return None, Confidence.LIKELY, "the shape of a private key, cut off or altered"


def _has_cipher(data: bytes) -> bool:
    """Read the cipher, which an OpenSSH key names first."""
    return data.startswith(_OPENSSH) and not data[len(_OPENSSH) + 4 :].startswith(b"none")


def _is_der(data: bytes) -> bool:
    """Return whether this is a SEQUENCE whose length is what follows."""
    if data[:1] != b"\x30":
        return False
    width = data[1] & 0x7F if data[1] & 0x80 else 0
    size = int.from_bytes(data[2 : 2 + width], "big") if width else data[1]
    return len(data) == 2 + width + size
