"""Proof by structure: a Fly.io token is a list of macaroons, MessagePack in base64."""

from __future__ import annotations

import time
from collections.abc import Iterator

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict, _decode

_MACAROONS = (b"fm2_", b"fm1r_", b"fm1a_")
_ORGANISATION, _VALIDITY = 0, 4
"""Types of caveats, from the vendor's macaroon library."""
_DEEPEST = 16


def check(candidate: Candidate) -> Verdict:
    """Read location, organisation and validity; what does not decode stays, at lower severity."""
    parts = [
        _macaroon(part) for part in candidate.secret.split(b",") if part.startswith(_MACAROONS)
    ]
    if not parts:
        return Verdict()
    read = [part for part in parts if part]
    if not read:
        return Verdict(
            reason="it does not decode to a macaroon: cut off or made up",
            severity=Severity.MEDIUM,
            confidence=Confidence.POSSIBLE,
        )
    facts: dict[str, object] = {}
    ends = [end for part in read if (end := _facts(part, facts))]
    expired = bool(ends) and min(ends) < time.time()
    reason = "it decodes to a macaroon" + (" that has expired" if expired else "")
    return Verdict(
        reason=reason,
        severity=Severity.LOW if expired else None,
        confidence=Confidence.CERTAIN,
        properties={"proof": reason, **facts},
    )


def _macaroon(part: bytes) -> list[object] | None:
    data = _decode.standard(part.partition(b"_")[2])
    try:
        value, _ = _unpack(data or b"", 0, 0)
    except (IndexError, ValueError):
        return None
    if isinstance(value, list) and len(value) == 4 and isinstance(value[1], bytes):
        return value
    return None


def _facts(macaroon: list[object], facts: dict[str, object]) -> int:
    """Fill in what a reader may know; return when the macaroon ends, or 0."""
    location = macaroon[1]
    if isinstance(location, bytes) and location.startswith(b"https://api.fly.io/"):
        facts.setdefault("issuer", location.decode("ascii", "replace"))
    ends = 0
    for kind, body in _caveats(macaroon[2]):
        if kind == _ORGANISATION and body and isinstance(body[0], int):
            facts.setdefault("opens", f"Fly.io organisation {body[0]}")
        if kind == _VALIDITY and len(body) > 1 and isinstance(body[1], int):
            ends = body[1]
            facts["expires"] = _decode.day(ends)
    return ends


def _caveats(value: object) -> Iterator[tuple[object, list[object]]]:
    """Yield the caveats of a flat list: type, body, type, body and so on."""
    flat = value if isinstance(value, list) else []
    for kind, body in zip(flat[::2], flat[1::2], strict=False):
        if isinstance(body, list):
            yield kind, body


def _unpack(data: bytes, at: int, depth: int) -> tuple[object, int]:
    """Decode one MessagePack value; raises IndexError or ValueError for what is none."""
    code = data[at]
    if code < 0x80:
        return code, at + 1
    if 0x80 <= code < 0xA0 or 0xDC <= code <= 0xDF:
        return _collection(data, at, depth)
    if 0xA0 <= code < 0xC0:
        return _take(data, at + 1, code & 0x1F)
    if code in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[code], at + 1
    if code in _SIZED:
        width = _SIZED[code]
        return _take(data, at + 1 + width, int.from_bytes(data[at + 1 : at + 1 + width], "big"))
    if 0xCC <= code <= 0xD3:
        width = 1 << (code & 3)
        raw, end = _take(data, at + 1, width)
        return int.from_bytes(raw, "big", signed=code >= 0xD0), end
    if code >= 0xE0:
        return code - 256, at + 1
    raise ValueError("not part of a macaroon")


_SIZED = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
"""Binary and text values by the bytes of their length."""


def _take(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    if at + size > len(data):
        raise IndexError("cut off")
    return data[at : at + size], at + size


def _collection(data: bytes, at: int, depth: int) -> tuple[object, int]:
    code = data[at]
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if code < 0xA0:
        size, at = code & 0x0F, at + 1
    else:
        raw, at = _take(data, at + 1, 4 if code & 1 else 2)
        size = int.from_bytes(raw, "big")
    is_map = code < 0x90 or code >= 0xDE
    items = []
    for _ in range(size * 2 if is_map else size):
        item, at = _unpack(data, at, depth + 1)
        items.append(item)
    return items, at
